import { describe, expect, it } from 'vitest';
import {
  COMPRESSIONS,
  InvalidBatchError,
  type RecordBatch,
  splitBatches,
  stampBatch,
} from '../../../proto/record-batch/index.js';
import { buildBatch, LIMITS } from './record-arbitrary.js';
import { batchOf, rawRecord, withHeader } from './tampered-batch.js';

const RECORDS = [{ timestampMs: 1000, key: 'k', value: 'hello' }, { timestampMs: 1005 }];

describe('splitBatches', () => {
  it('yields each batch with its header and bytes, and where the next begins', async () => {
    const bytes = Buffer.concat([await batchAt(10), await batchAt(20)]);
    const batches = [...splitBatches(bytes, { checkCrc: true })];
    expect(batches.map(({ baseOffset, nextOffset }) => [baseOffset, nextOffset])).toEqual([
      [10, 12],
      [20, 22],
    ]);
    expect(Buffer.concat(batches.map((batch) => batch.bytes))).toEqual(bytes);
    expect([...splitBatches(Buffer.alloc(0))]).toEqual([]);
  });

  it('throws at a cut-off last batch, or ends before it if asked to, wherever the cut', async () => {
    const first = await batchAt(10);
    const bytes = Buffer.concat([first, await batchAt(12)]);
    for (let length = first.length + 1; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      const seen: number[] = [];
      expect(() => collect(cut, seen)).toThrow(InvalidBatchError);
      expect(seen).toEqual([10]);
      expect([...splitBatches(cut, { allowTruncated: true })]).toHaveLength(1);
    }
  });

  it('names the damaged batch by its offset', async () => {
    const bytes = Buffer.concat([await batchAt(10), await batchAt(12)]);
    bytes[bytes.length - 1]! ^= 1;
    expect(thrownBy(() => [...splitBatches(bytes, { checkCrc: true })])).toMatchObject({
      offset: 12,
      reason: 'its CRC does not match its bytes',
      message: 'invalid record batch at offset 12: its CRC does not match its bytes',
    });
    expect(thrownBy(() => [...splitBatches(bytes.subarray(0, -1))])).toMatchObject({
      offset: 12,
      reason: expect.stringMatching(/^it has \d+ bytes, but only \d+ are there$/),
    });
  });

  it.each([
    ['magic', { magic: 1 }, /magic is 1/],
    ['length', { sizeBytes: 60 }, /says 60 bytes in all; its header alone has 61/],
    ['negative length', { sizeBytes: -5 }, /says -5 bytes/],
    ['negative offset', { baseOffset: -1 }, /base offset is -1/],
    ['negative count', { recordsCount: -1 }, /records count is -1 and last offset delta 1/],
    ['more records than offsets', { recordsCount: 3 }, /records count is 3 and last offset delta 1/],
    ['offsets beyond the safe integers', { baseOffset: Number.MAX_SAFE_INTEGER }, /do not go together/],
  ])('refuses a header that cannot be read from: %s', async (_, change, reason) => {
    const bytes = withHeader(await batchAt(0), change);
    const error = thrownBy(() => [...splitBatches(bytes, { allowTruncated: true })]);
    expect(error).toBeInstanceOf(InvalidBatchError);
    expect((error as InvalidBatchError).reason).toMatch(reason);
  });

  it('throws nothing but its error on any bytes', () => {
    for (let seed = 1; seed < 300; seed++) {
      const bytes = Buffer.from(Array.from({ length: 200 }, (_, i) => (seed * (i + 7) * 2654435761) >>> 24));
      bytes[16] = 2;
      bytes[22]! &= 0b1111_1000;
      bytes.fill(0, 0, 11);
      expect(thrownBy(() => collect(bytes, []))).toBeInstanceOf(InvalidBatchError);
    }
  });
});

describe('records', () => {
  it('of a compacted batch keep their offsets, with gaps, and the batch its end', () => {
    const records = Buffer.concat([rawRecord(0, 0, 3, -1, -1, 0), rawRecord(0, 0, 7, -1, -1, 0)]);
    const batch = only(batchOf(records, 2, { baseOffset: 100, lastOffsetDelta: 9 }));
    expect([...batch.cursor()].map(({ offset }) => offset)).toEqual([103, 107]);
    expect(batch.nextOffset).toBe(110);
  });

  it('of an empty batch, as Kafka leaves behind, are none', () => {
    const batch = only(batchOf(Buffer.alloc(0), 0, { baseOffset: 5, lastOffsetDelta: 4 }));
    expect([...batch.cursor()]).toEqual([]);
    expect(batch.nextOffset).toBe(10);
  });

  it('of a control batch are not shown', async () => {
    const batch = only(batchOf(rawRecord(0, 0, 0, 4, Buffer.alloc(4), -1, 0), 1, { attributes: 0x30 }));
    expect(batch.isControl).toBe(true);
    expect([...batch.cursor()]).toEqual([]);
    expect([...(await batch.decompress(LIMITS))]).toEqual([]);
  });

  it('of a batch stamped at its append all have its time', () => {
    const records = Buffer.concat([rawRecord(0, 1, 0, -1, -1, 0), rawRecord(0, 2, 1, -1, -1, 0)]);
    const batch = only(batchOf(records, 2, { attributes: 8, maxTimestamp: 777 }));
    expect([...batch.cursor()].map(({ timestampMs }) => timestampMs)).toEqual([777, 777]);
  });

  it('are views of the Buffer that was read', async () => {
    const bytes = await batchAt(0);
    const [record] = [...only(bytes).cursor()];
    record!.value!.write('J');
    expect(bytes.includes('Jello')).toBe(true);
  });

  it('that are damaged throw with their offset', () => {
    const records = Buffer.concat([rawRecord(0, 0, 0, -1, -1, 0), rawRecord(0, 0, 1, 9, -1, 0)]);
    const batch = only(batchOf(records, 2, { baseOffset: 50 }));
    const cursor = batch.cursor();
    expect(cursor.next()).toBe(true);
    expect(thrownBy(() => cursor.next())).toMatchObject({
      name: 'InvalidBatchError',
      offset: 51,
      reason: expect.stringMatching(/^record 1 has a key of 9 bytes/),
    });
  });

  it.each([
    ['beyond the last of the batch', [0, 10]],
    ['the same twice', [4, 4]],
    ['backwards', [4, 3]],
    ['below the base offset', [-1, 3]],
  ])('with offsets that cannot be throw: %s', (_, deltas) => {
    const records = Buffer.concat(deltas.map((delta) => rawRecord(0, 0, delta, -1, -1, 0)));
    const batch = only(batchOf(records, 2, { baseOffset: 100, lastOffsetDelta: 9 }));
    expect(thrownBy(() => [...batch.cursor()])).toMatchObject({
      name: 'InvalidBatchError',
      reason: expect.stringMatching(/has offset delta/),
    });
  });

  it('with damaged headers throw when the headers are asked for', () => {
    const cursor = only(batchOf(rawRecord(0, 0, 0, -1, -1, 1, 9, -1), 1)).cursor();
    expect(cursor.next()).toBe(true);
    expect(() => cursor.headers()).toThrow(InvalidBatchError);
    expect(() => cursor.checkHeaders()).toThrow(InvalidBatchError);
  });

  it('go on after their headers were read, or not', async () => {
    const headers = [{ key: 'a', value: '1' }, { key: 'a', value: null }, { key: '' }];
    const bytes = await buildBatch([
      { timestampMs: 0, headers },
      { timestampMs: 0, headers },
      { timestampMs: 0 },
    ]);
    const cursor = only(bytes).cursor();
    cursor.next();
    expect(cursor.headers()).toEqual(cursor.headers());
    expect(cursor.headers()).toHaveLength(3);
    expect(cursor.next()).toBe(true);
    expect(cursor.headerCount).toBe(3);
    expect(cursor.next()).toBe(true);
    expect(cursor.headers()).toEqual([]);
    expect(cursor.next()).toBe(false);
    expect(cursor.next()).toBe(false);
  });

  it.each(COMPRESSIONS.slice(1))(
    'of a compressed batch need it to be decompressed first (%s)',
    async (codec) => {
      const batch = only(await buildBatch([{ timestampMs: 0, value: 'a'.repeat(1000) }], codec));
      expect(batch.isCompressed).toBe(true);
      expect(() => batch.cursor()).toThrow(TypeError);
      expect([...(await batch.decompress(LIMITS))]).toHaveLength(1);
    },
  );

  it('of a codec that is not defined, or that do not decompress, are damage at the batch', async () => {
    for (const attributes of [1, 2, 3, 4, 5, 6, 7]) {
      const batch = only(batchOf(Buffer.from('no compressed records'), 1, { attributes, baseOffset: 70 }));
      await expect(batch.decompress(LIMITS)).rejects.toMatchObject({ name: 'InvalidBatchError', offset: 70 });
    }
  });
});

async function batchAt(offset: number): Promise<Buffer> {
  const batch = await buildBatch(RECORDS);
  stampBatch(batch, offset, 0);
  return batch;
}

function only(bytes: Buffer): RecordBatch {
  return [...splitBatches(bytes, { checkCrc: true })][0]!;
}

function collect(bytes: Buffer, offsets: number[]): void {
  for (const batch of splitBatches(bytes)) {
    offsets.push(batch.baseOffset);
    for (const _ of batch.cursor());
  }
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

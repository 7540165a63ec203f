import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BatchBuilder,
  COMPRESSIONS,
  compressionOf,
  InvalidBatchError,
  type NewLogRecord,
  type RecordBatch,
  readHeader,
  retainRecords,
  splitBatches,
  stampBatch,
} from '../../../proto/record-batch/index.js';
import { buildBatch, LIMITS, read, recordsArbitrary, written } from './record-arbitrary.js';
import { batchOf, rawRecord } from './tampered-batch.js';

describe.each(COMPRESSIONS)('retainRecords, with compression %s', (compression) => {
  it('keeps just the chosen records, unchanged, at their offsets', async () => {
    await fc.assert(
      fc.asyncProperty(recordsArbitrary, fc.infiniteStream(fc.boolean()), async (records, choices) => {
        const chosen = records.map(() => choices.next().value === true);
        const bytes = await buildBatch(records, compression);
        stampBatch(bytes, 500, 2);
        const kept = await retainRecords(only(bytes), (cursor) => chosen[cursor.index]!, LIMITS);
        expect(await readAll(kept)).toEqual(written(records, 500).filter((_, i) => chosen[i]));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps the range of offsets, base timestamp, producer and epoch; counts and dates anew', async () => {
    const builder = new BatchBuilder();
    for (let i = 0; i < 10; i++) builder.append({ timestampMs: 1000 + i, value: 'a value '.repeat(50) });
    const producer = { producerId: 9, producerEpoch: 1, baseSequence: 77 };
    const bytes = await builder.build({ compression, producer });
    stampBatch(bytes, 500, 2);
    const kept = await retainRecords(only(bytes), ({ index }) => index === 2 || index === 6, LIMITS);
    const header = readHeader(kept!);
    expect(header).toMatchObject({
      ...producer,
      baseOffset: 500,
      leaderEpoch: 2,
      lastOffsetDelta: 9,
      baseTimestamp: 1000,
      maxTimestamp: 1006,
      recordsCount: 2,
      sizeBytes: kept!.length,
    });
    expect(compressionOf(header)).toBe(compression);
  });

  it('leaves a batch as it is when all is kept, and nothing when nothing is', async () => {
    const records: NewLogRecord[] = [{ timestampMs: 1, value: 'a'.repeat(100) }, { timestampMs: 2 }];
    const bytes = await buildBatch(records, compression);
    expect(await retainRecords(only(bytes), () => true, LIMITS)).toEqual(bytes);
    expect(await retainRecords(only(bytes), () => false, LIMITS)).toBeUndefined();
  });
});

describe('retainRecords', () => {
  it('can be applied again to what it has made', async () => {
    const records = Array.from({ length: 9 }, (_, i) => ({ timestampMs: i, value: `${i}` }));
    const once = await retainRecords(only(await buildBatch(records)), ({ index }) => index % 2 === 0, LIMITS);
    const twice = await retainRecords(only(once!), ({ offset }) => offset > 3, LIMITS);
    expect((await readAll(twice)).map(({ offset }) => offset)).toEqual([4, 6, 8]);
  });

  it('keeps the time of a batch stamped at its append', async () => {
    const records = Buffer.concat([rawRecord(0, 1, 0, -1, -1, 0), rawRecord(0, 2, 1, -1, -1, 0)]);
    const batch = only(batchOf(records, 2, { attributes: 8, maxTimestamp: 777 }));
    const kept = await retainRecords(batch, ({ index }) => index === 0, LIMITS);
    expect(readHeader(kept!)).toMatchObject({ maxTimestamp: 777, attributes: 8 });
  });

  it('leaves control batches alone', async () => {
    const bytes = batchOf(rawRecord(0, 0, 0, 4, Buffer.alloc(4), -1, 0), 1, { attributes: 0x20 });
    expect(await retainRecords(only(bytes), () => false, LIMITS)).toEqual(bytes);
  });

  it('refuses a damaged batch, and one beyond the limit', async () => {
    const damaged = only(batchOf(rawRecord(0, 0, 0, 5, -1, 0), 1));
    await expect(retainRecords(damaged, () => true, LIMITS)).rejects.toThrow(InvalidBatchError);
    const large = only(await buildBatch([{ timestampMs: 0, value: 'a'.repeat(1000) }], 'zstd'));
    await expect(retainRecords(large, () => true, { maxUncompressedBytes: 999 })).rejects.toThrow(
      /limit is 999/,
    );
  });
});

function only(bytes: Buffer): RecordBatch {
  return [...splitBatches(bytes, { checkCrc: true })][0]!;
}

async function readAll(bytes: Buffer | undefined) {
  if (bytes === undefined) return [];
  return [...(await only(bytes).decompress(LIMITS))].map(read);
}

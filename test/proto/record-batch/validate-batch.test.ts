import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BatchBuilder,
  type BatchHeader,
  COMPRESSIONS,
  type Compression,
  InvalidBatchError,
  validateBatch,
  validateCompressedBatch,
} from '../../../proto/record-batch/index.js';
import { compressPlainly } from './compressed-bytes.js';
import { buildBatch, LIMITS } from './record-arbitrary.js';
import { batchOf, rawRecord, varint, withHeader, withRecords } from './tampered-batch.js';

const RECORDS = [
  { timestampMs: 1000, key: 'k1', value: 'hello', headers: [{ key: 'h', value: 'x' }] },
  { timestampMs: 1005, key: 'k2', value: 'a value that repeats, a value that repeats, a value that repeats' },
  { timestampMs: 1003 },
];
const plain = await buildBatch(RECORDS);

describe('a header that lies is refused, with a valid CRC', () => {
  const lies: [what: string, change: Partial<BatchHeader>, reason: RegExp][] = [
    ['magic 1', { magic: 1 }, /^magic is 1; expected 2$/],
    ['one byte more', { sizeBytes: plain.length + 1 }, /length field says \d+ bytes in all; it has \d+/],
    ['one byte less', { sizeBytes: plain.length - 1 }, /length field says/],
    ['a negative length', { sizeBytes: 0 }, /length field says 0 bytes/],
    ['no records', { recordsCount: 0, lastOffsetDelta: -1 }, /^records count is 0; expected 1 or more$/],
    ['a negative count', { recordsCount: -3, lastOffsetDelta: -4 }, /^records count is -3/],
    ['one record more', { recordsCount: 4, lastOffsetDelta: 3 }, /record 3 ends within a number/],
    ['one record less', { recordsCount: 2, lastOffsetDelta: 1 }, /bytes are left over behind the last of 2/],
    ['millions of records', { recordsCount: 1e6, lastOffsetDelta: 1e6 - 1 }, /count is 1000000; \d+ bytes/],
    ['another last offset', { lastOffsetDelta: 3 }, /^last offset delta is 3; expected 2/],
    ['a smaller last offset', { lastOffsetDelta: 1 }, /^last offset delta is 1; expected 2/],
    ['codec 5', { attributes: 5 }, /^compression codec is 5; expected 0 to 4$/],
    ['codec 7', { attributes: 7 }, /^compression codec is 7/],
    ['append time', { attributes: 8 }, /timestamp type is append time/],
    ['a transaction', { attributes: 16 }, /transactional/],
    ['a control batch', { attributes: 32 }, /control batch/],
    ['a delete horizon', { attributes: 64 }, /delete horizon/],
    ['reserved bits', { attributes: 128 }, /reserved bits/],
    ['the sign bit', { attributes: -32768 }, /0x8000 \(reserved bits\)/],
    ['a producer without epoch', { producerId: 1, baseSequence: 0 }, /producer id, epoch and base sequence/],
    ['a producer without id', { producerEpoch: 0, baseSequence: 0 }, /are -1, 0, 0; expected all −1/],
    ['a producer id of -2', { producerId: -2, producerEpoch: -1, baseSequence: -1 }, /are -2, -1, -1/],
    ['a huge producer id', { producerId: 2 ** 53, producerEpoch: 0, baseSequence: 0 }, /within the safe/],
    ['a negative base time', { baseTimestamp: -1 }, /^base timestamp is -1; expected 0 to/],
    ['an unsafe base time', { baseTimestamp: 2 ** 53 }, /^base timestamp is 9007199254740992/],
    ['a negative max time', { maxTimestamp: -1 }, /^max timestamp is -1/],
    [
      'another base time',
      { baseTimestamp: 999 },
      /max timestamp is 1005; the largest of its records is 1004/,
    ],
    ['a later max time', { maxTimestamp: 1006 }, /max timestamp is 1006; the largest of its records is 1005/],
    ['an earlier max time', { maxTimestamp: 1003 }, /max timestamp is 1003/],
  ];

  it.each(lies)('%s', (_, change, reason) => {
    expectInvalid(withHeader(plain, change), reason);
  });

  it('a time below 0 by a delta', () => {
    const records = Buffer.concat([rawRecord(0, 0, 0, -1, -1, 0), rawRecord(0, -1, 1, -1, -1, 0)]);
    expectInvalid(batchOf(records, 2), /record 1 has timestamp -1; expected 0 or more/);
  });
});

describe('what the broker stamps may be anything', () => {
  it.each([
    { baseOffset: -1 },
    { baseOffset: Number.MAX_SAFE_INTEGER },
    { leaderEpoch: -5 },
    { producerId: 0, producerEpoch: 0, baseSequence: 0 },
    { producerId: Number.MAX_SAFE_INTEGER, producerEpoch: 32767, baseSequence: 2 ** 31 - 1 },
  ])('%o', (change) => {
    expect(validateBatch(withHeader(plain, change), LIMITS)).toMatchObject(change);
  });

  it('an offset beyond the safe integers', () => {
    const batch = Buffer.from(plain);
    batch.fill(0xff, 0, 8);
    batch[0] = 0x7f;
    expect(validateBatch(batch, LIMITS).recordsCount).toBe(3);
  });
});

describe('a record that lies is refused, with a valid CRC', () => {
  const empty = rawRecord(0, 0, 0, -1, -1, 0);
  const lies: [what: string, records: Buffer, reason: RegExp][] = [
    ['length beyond the end', Buffer.concat([varint(7), empty.subarray(1)]), /record 0 claims 7 bytes/],
    ['length too small', Buffer.concat([varint(5), empty.subarray(1)]), /record 0 claims 5 bytes/],
    ['negative length', Buffer.concat([varint(-1), empty.subarray(1)]), /record 0 claims -1 bytes/],
    ['attributes', rawRecord(1, 0, 0, -1, -1, 0), /record 0 has attributes 1; expected 0/],
    ['first offset delta 1', rawRecord(0, 0, 1, -1, -1, 0), /record 0 has offset delta 1; expected/],
    ['negative offset delta', rawRecord(0, 0, -1, -1, -1, 0), /record 0 has offset delta -1/],
    ['key beyond the record', rawRecord(0, 0, 0, 3, -1, 0), /record 0 has a key of 3 bytes/],
    ['key of -2', rawRecord(0, 0, 0, -2, -1, 0), /record 0 has a key of -2 bytes/],
    ['value beyond the record', rawRecord(0, 0, 0, -1, 2, 0), /record 0 has a value of 2 bytes/],
    ['value of -2', rawRecord(0, 0, 0, -1, -2, 0), /record 0 has a value of -2 bytes/],
    ['bytes behind the headers', rawRecord(0, 0, 0, -1, -1, 0, 0), /1 bytes longer than what it holds/],
    ['negative header count', rawRecord(0, 0, 0, -1, -1, -1), /claims -1 headers/],
    ['more headers than bytes', rawRecord(0, 0, 0, -1, -1, 2, 0, -1), /claims 2 headers/],
    ['null header name', rawRecord(0, 0, 0, -1, -1, 1, -1, -1), /has a header name of -1 bytes/],
    ['header name beyond the record', rawRecord(0, 0, 0, -1, -1, 1, 5, -1), /header name of 5 bytes/],
    ['header value beyond the record', rawRecord(0, 0, 0, -1, -1, 1, 0, 5), /header value of 5 bytes/],
    ['header value of -2', rawRecord(0, 0, 0, -1, -1, 1, 0, -2), /header value of -2 bytes/],
    ['bytes behind its header', rawRecord(0, 0, 0, -1, -1, 1, 0, -1, 0), /1 bytes longer/],
    ['a number that ends too late', rawRecord(0, 0, 0, -1, -1, Buffer.of(0x80)), /ends within a number/],
    ['a varint of 33 bits', rawRecord(0, 0, varint(2n ** 32n), -1, -1, 0), /varint of more than 32 bits/],
    ['a varint without end', rawRecord(0, 0, Buffer.alloc(6, 0x80), -1, -1, 0), /more than 32 bits/],
    ['a varlong without end', rawRecord(0, Buffer.alloc(11, 0x80), 0, -1, -1, 0), /more than 64 bits/],
    ['an unsafe time', rawRecord(0, varint(2n ** 53n), 0, -1, -1, 0), /beyond the safe integers/],
    ['the least time', rawRecord(0, varint(-(2n ** 63n)), 0, -1, -1, 0), /beyond the safe integers/],
  ];

  it.each(lies)('%s', (_, records, reason) => {
    expectInvalid(batchOf(records, 1), reason);
  });

  it.each([
    ['key', rawRecord(0, 0, 0, 9, -1, 0)],
    ['value', rawRecord(0, 0, 0, -1, 9, 0)],
    ['header name', rawRecord(0, 0, 0, -1, -1, 1, 9, -1)],
    ['header value', rawRecord(0, 0, 0, -1, -1, 1, 0, 9)],
  ])('a %s that reaches into the next record', (field, record) => {
    const records = Buffer.concat([record, rawRecord(0, 0, 1, -1, 20, Buffer.alloc(20), 0)]);
    expectInvalid(batchOf(records, 2), new RegExp(`record 0 has a ${field} of 9 bytes`));
  });

  it('a number that goes on in the next record', () => {
    const records = Buffer.concat([rawRecord(0, 0, 0, -1, -1, Buffer.of(0x80)), empty]);
    expectInvalid(batchOf(records, 2), /record 0 ends within a number/);
  });

  it.each([
    ['the same offset twice', [0, 0]],
    ['a gap', [0, 2]],
    ['backwards', [1, 0]],
  ])('offset deltas: %s', (_, deltas) => {
    const records = Buffer.concat(deltas.map((delta) => rawRecord(0, 0, delta, -1, -1, 0)));
    expectInvalid(batchOf(records, 2), /offset delta/);
  });

  it.each(COMPRESSIONS)('also within a batch compressed with %s', async (compression) => {
    const good = Array.from({ length: 50 }, (_, i) => rawRecord(0, 0, i, -1, 5, Buffer.from('value'), 0));
    const bad = good.with(30, rawRecord(0, 0, 31, -1, 5, Buffer.from('value'), 0));
    const builder = new BatchBuilder();
    for (const _ of good) builder.append({ timestampMs: 0, value: 'value' });
    const compressed = await builder.build({ compression });
    await validateCompressedBatch(compressed, LIMITS);
    const lying = await compressRecords(Buffer.concat(bad), compression);
    await expect(validateCompressedBatch(lying, LIMITS)).rejects.toThrow(/record 30 has offset delta 31/);
  });
});

describe('limits', () => {
  it('more uncompressed bytes than allowed are refused', () => {
    const limit = plain.length - 61;
    expect(validateBatch(plain, { maxUncompressedBytes: limit }).recordsCount).toBe(3);
    expectInvalid(plain, /its records have \d+ bytes; the limit is \d+/, { maxUncompressedBytes: limit - 1 });
  });

  it('a count that the limit cannot hold is refused before anything is decompressed', async () => {
    const batch = await buildBatch([{ timestampMs: 0, value: 'a'.repeat(1000) }], 'zstd');
    const lying = withHeader(batch, { recordsCount: 1000, lastOffsetDelta: 999 });
    expectInvalid(lying, /records count is 1000; 2000 bytes hold at most 285/, {
      maxUncompressedBytes: 2000,
    });
  });
});

describe('damage', () => {
  it.each(COMPRESSIONS)(
    'any byte changed is refused (%s), but for those that the broker stamps',
    async (codec) => {
      const batch = await buildBatch([...RECORDS, { timestampMs: 5, value: 'x'.repeat(300) }], codec);
      for (let at = 0; at < batch.length; at++) {
        if (at < 8 || (at >= 12 && at < 16)) continue;
        const changed = Buffer.from(batch);
        changed[at]! ^= 0xa5;
        expectInvalid(changed, /./);
      }
    },
  );

  it.each(COMPRESSIONS)('any truncation is refused (%s)', async (codec) => {
    const batch = await buildBatch([...RECORDS, { timestampMs: 5, value: 'x'.repeat(300) }], codec);
    for (let length = 0; length < batch.length; length++) expectInvalid(batch.subarray(0, length), /./);
  });

  it.each(COMPRESSIONS)('compressed bytes changed at will never do harm (%s)', async (codec) => {
    const batch = await buildBatch([...RECORDS, { timestampMs: 5, value: 'x'.repeat(300) }], codec);
    const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const records = Buffer.from(batch.subarray(61));
        for (const [at, mask] of changes) records[at % records.length]! ^= mask;
        await expectOutcome(withRecords(batch, records));
      }),
      { numRuns: 200 },
    );
  });

  it('random bytes for records never do harm, whatever the codec', async () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.nat({ max: 4 }),
        fc.integer({ min: 1, max: 9 }),
        async (records, attributes, count) => {
          await expectOutcome(batchOf(Buffer.from(records), count, { attributes }));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('random bytes are no batch', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => expectInvalid(Buffer.from(bytes), /./)),
      { numRuns: 500 },
    );
  });
});

function expectInvalid(batch: Buffer, reason: RegExp, limits = LIMITS): void {
  let thrown: unknown;
  try {
    validateBatch(batch, limits);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(InvalidBatchError);
  expect((thrown as InvalidBatchError).reason).toMatch(reason);
  expect((thrown as InvalidBatchError).offset).toBeUndefined();
}

/** It is valid after all, or refused with the typed error: nothing else. */
async function expectOutcome(batch: Buffer): Promise<void> {
  try {
    await validateCompressedBatch(batch, LIMITS);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidBatchError);
  }
}

/** A batch that claims 50 records and holds these bytes, compressed. */
async function compressRecords(records: Buffer, compression: Compression): Promise<Buffer> {
  const attributes = COMPRESSIONS.indexOf(compression);
  return batchOf(await compressPlainly(compression, records), 50, { attributes });
}

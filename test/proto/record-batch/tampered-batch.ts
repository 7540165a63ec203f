/** Batches that lie: changed behind the builder's back, with a CRC that is right all the same. */
import {
  type BatchHeader,
  HEADER_BYTES,
  MAGIC,
  readHeader,
  sealBatch,
} from '../../../proto/record-batch/index.js';

/** A copy of `batch` whose header says what `change` says. */
export function withHeader(batch: Buffer, change: Partial<BatchHeader>): Buffer {
  const copy = Buffer.from(batch);
  return sealBatch(copy, { ...readHeader(copy), ...change });
}

/** A copy of `batch` with other bytes for its records, compressed or not; the length is right. */
export function withRecords(batch: Buffer, records: Buffer, change: Partial<BatchHeader> = {}): Buffer {
  const copy = Buffer.concat([batch.subarray(0, HEADER_BYTES), records]);
  return sealBatch(copy, { ...readHeader(batch), sizeBytes: copy.length, ...change });
}

/** A batch around records as they are, with a header that fits `recordsCount` of them, all of the time 0. */
export function batchOf(records: Buffer, recordsCount: number, change: Partial<BatchHeader> = {}): Buffer {
  const batch = Buffer.concat([Buffer.alloc(HEADER_BYTES), records]);
  return sealBatch(batch, {
    baseOffset: 0,
    sizeBytes: batch.length,
    leaderEpoch: -1,
    magic: MAGIC,
    crc: 0,
    attributes: 0,
    lastOffsetDelta: recordsCount - 1,
    baseTimestamp: 0,
    maxTimestamp: 0,
    producerId: -1,
    producerEpoch: -1,
    baseSequence: -1,
    recordsCount,
    ...change,
  });
}

/** A record's bytes behind its length, which is worked out: attributes and the like, as zig-zag varints or raw bytes. */
export function rawRecord(...fields: (number | Buffer)[]): Buffer {
  const [attributes, ...rest] = fields;
  const body = Buffer.concat([
    Buffer.from([Number(attributes)]),
    ...rest.map((field) => (typeof field === 'number' ? varint(field) : field)),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

/** A zig-zag varint of up to 64 bits, by BigInt: not by the code under test. */
export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

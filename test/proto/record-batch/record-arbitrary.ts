/** Records for property tests, and what they must read as. */
import fc from 'fast-check';
import {
  BatchBuilder,
  type Bytes,
  type Compression,
  type LogRecord,
  type NewLogRecord,
} from '../../../proto/record-batch/index.js';

export const LIMITS = { maxUncompressedBytes: 16 * 1024 ** 2 };

const bytesArbitrary: fc.Arbitrary<Bytes> = fc.oneof(
  fc.constantFrom(undefined, null, ''),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.uint8Array({ maxLength: 200 }),
  // Compresses well, so that the compressed form is the smaller one and is kept.
  fc.nat({ max: 4000 }).map((length) => Buffer.alloc(length, 'respool ')),
);

const timestampArbitrary = fc.oneof(
  fc.nat({ max: 100 }).map((ms) => 1_700_000_000_000 + ms),
  fc.maxSafeNat(),
  fc.constantFrom(0, Number.MAX_SAFE_INTEGER),
);

const recordArbitrary: fc.Arbitrary<NewLogRecord> = fc.record({
  timestampMs: timestampArbitrary,
  key: bytesArbitrary,
  value: bytesArbitrary,
  headers: fc.array(fc.record({ key: fc.string({ unit: 'binary', maxLength: 20 }), value: bytesArbitrary }), {
    maxLength: 4,
  }),
});

export const recordsArbitrary = fc.array(recordArbitrary, { minLength: 1, maxLength: 30 });

/** A record in a form that compares fast: bytes as hexadecimal text. */
export interface PlainRecord {
  offset: number;
  timestampMs: number;
  key: string | undefined;
  value: string | undefined;
  headers: [name: string, value: string | undefined][];
}

/** What records must read as, with offsets from `baseOffset`. */
export function written(records: readonly NewLogRecord[], baseOffset = 0): PlainRecord[] {
  return records.map(({ timestampMs, key, value, headers = [] }, i) => ({
    offset: baseOffset + i,
    timestampMs,
    key: hex(key),
    value: hex(value),
    headers: headers.map((header) => [Buffer.from(header.key).toString(), hex(header.value)]),
  }));
}

/** What was read. */
export function read({ offset, timestampMs, key, value, headers }: LogRecord): PlainRecord {
  return {
    offset,
    timestampMs,
    key: hex(key),
    value: hex(value),
    headers: headers.map((header) => [header.key, hex(header.value)]),
  };
}

export async function buildBatch(
  records: readonly NewLogRecord[],
  compression: Compression = 'none',
): Promise<Buffer> {
  const builder = new BatchBuilder();
  for (const record of records) builder.append(record);
  return builder.build({ compression });
}

function hex(bytes: Bytes): string | undefined {
  return bytes === undefined || bytes === null ? undefined : Buffer.from(bytes as Uint8Array).toString('hex');
}

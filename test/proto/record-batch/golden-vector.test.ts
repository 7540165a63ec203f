import { describe, expect, it } from 'vitest';
import {
  BatchBuilder,
  InvalidBatchError,
  splitBatches,
  stampBatch,
  validateBatch,
} from '../../../proto/record-batch/index.js';

/** Written out by hand from the format, and read by Kafka's own classes. */
const GOLDEN = Buffer.from(
  '00000000000004d20000004a0000000002bc85ccad0000000000010000018bcfe568000000018bcfe56805ffffffffff' +
    'ffffffffffffffffff0000000222000000046b310a68656c6c6f02026802780c000a02010100',
  'hex',
);
const LIMITS = { maxUncompressedBytes: 1024 };

describe('the golden vector', () => {
  it('is what the builder writes', () => {
    const builder = new BatchBuilder();
    const headers = [{ key: 'h', value: 'x' }];
    builder.append({ timestampMs: 1_700_000_000_000, key: 'k1', value: Buffer.from('hello'), headers });
    builder.append({ timestampMs: 1_700_000_000_005 });
    const batch = builder.build();
    stampBatch(batch, 1234, 0);
    expect(batch.toString('hex')).toBe(GOLDEN.toString('hex'));
  });

  it('is valid', () => {
    expect(validateBatch(GOLDEN, LIMITS)).toMatchObject({ recordsCount: 2, crc: 0xbc85ccad, sizeBytes: 86 });
  });

  it('reads as the two records that were written', () => {
    const records = [...splitBatches(GOLDEN, { checkCrc: true })].flatMap((batch) => [...batch.cursor()]);
    expect(records).toEqual([
      {
        offset: 1234,
        timestampMs: 1_700_000_000_000,
        key: Buffer.from('k1'),
        value: Buffer.from('hello'),
        headers: [{ key: 'h', value: Buffer.from('x') }],
      },
      { offset: 1235, timestampMs: 1_700_000_000_005, key: undefined, value: undefined, headers: [] },
    ]);
  });

  it('is refused with any bit flipped, but for those that the broker stamps', () => {
    for (let bit = 0; bit < GOLDEN.length * 8; bit++) {
      const at = bit >> 3;
      const flipped = Buffer.from(GOLDEN);
      flipped[at]! ^= 1 << (bit & 7);
      const stamped = at < 8 || (at >= 12 && at < 16);
      if (stamped) expect(validateBatch(flipped, LIMITS).recordsCount, `byte ${at}`).toBe(2);
      else expect(() => validateBatch(flipped, LIMITS), `byte ${at}`).toThrow(InvalidBatchError);
    }
  });

  it('is refused when it is cut anywhere, or has more behind it', () => {
    for (let length = 0; length < GOLDEN.length; length++) {
      expect(() => validateBatch(GOLDEN.subarray(0, length), LIMITS), `${length}`).toThrow(InvalidBatchError);
    }
    expect(() => validateBatch(Buffer.concat([GOLDEN, Buffer.alloc(1)]), LIMITS)).toThrow(InvalidBatchError);
  });
});

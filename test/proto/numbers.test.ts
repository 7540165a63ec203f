import fc from 'fast-check';
import { expect, test } from 'vitest';
import { respool } from '../../proto/index.js';

const { ProduceAck, RecordPosition } = respool.v1;

test('64-bit integers are read as the numbers that were written', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeInteger(), (unsigned, signed) => {
      const ack = ProduceAck.decode(
        ProduceAck.encode({ correlationId: unsigned, baseOffset: signed }).finish(),
      );
      expect([ack.correlationId, ack.baseOffset]).toEqual([unsigned, signed]);
    }),
  );
});

test('a 64-bit integer beyond 2^53 is read as an unsafe one, never as a small one', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }), (value) => {
      const { offset } = RecordPosition.decode(Buffer.from([2 << 3, ...varint(value)]));
      expect(Number.isSafeInteger(offset)).toBe(false);
      expect(offset / Number(value)).toBeCloseTo(1);
    }),
  );
});

function varint(value: bigint): number[] {
  return value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
}

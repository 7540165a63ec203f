import fc from 'fast-check';
import { expect, test } from 'vitest';
import { respool } from '../../proto/index.js';

const { ProduceAck, RecordPosition, ResetTarget } = respool.v1;

test('64-bit integers are read as the numbers that were written', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeInteger(), (unsigned, signed) => {
      const ack = ProduceAck.decode(
        ProduceAck.encode({ correlationId: unsigned, baseOffset: signed }).finish(),
      );
      const { shiftBy } = ResetTarget.decode(ResetTarget.encode({ shiftBy: signed }).finish());
      expect([ack.correlationId, ack.baseOffset, shiftBy]).toEqual([unsigned, signed, signed]);
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

test('a zig-zag integer beyond 2^53 is read as an unsafe one, with its sign', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 2n ** 54n, max: 2n ** 64n - 1n }), (zigZag) => {
      const { shiftBy } = ResetTarget.decode(Buffer.from([5 << 3, ...varint(zigZag)]));
      expect(Number.isSafeInteger(shiftBy)).toBe(false);
      expect(Math.sign(shiftBy ?? 0)).toBe(zigZag % 2n === 0n ? 1 : -1);
    }),
  );
});

function varint(value: bigint): number[] {
  return value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
}

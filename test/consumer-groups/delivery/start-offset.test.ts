import { describe, expect, test } from 'vitest';
import { startOffset } from '../../../consumer-groups/delivery/start-offset.js';
import type { OffsetReset } from '../../../consumer-groups/index.js';

const place = { group: 'workers', topic: 'orders', partition: 3 };
const range = { logStartOffset: 10, highWatermark: 20 };

describe('delivery begins', () => {
  test.each<[committed: number | undefined, policy: OffsetReset, at: number]>([
    [undefined, 'earliest', 10],
    [undefined, 'latest', 20],
    [10, 'none', 10],
    [15, 'earliest', 15],
    [15, 'latest', 15],
    [20, 'none', 20],
    [9, 'earliest', 10],
    [9, 'latest', 20],
    [21, 'earliest', 10],
    [21, 'latest', 20],
  ])('with %s committed of 10..20 and the policy %s at %i', (committed, policy, at) => {
    expect(startOffset(place, committed, range, policy)).toBe(at);
  });

  test('nowhere without a committed offset and a policy', () => {
    expect(() => startOffset(place, undefined, range, 'none')).toThrow(
      expect.objectContaining({ code: 'NO_COMMITTED_OFFSET', details: place }),
    );
  });

  test.each([9, 21])('nowhere with %i committed of 10..20 and no policy', (committed) => {
    const details = { topic: 'orders', partition: 3, offset: committed, startOffset: 10, endOffset: 20 };
    expect(() => startOffset(place, committed, range, 'none')).toThrow(
      expect.objectContaining({ code: 'OFFSET_OUT_OF_RANGE', details }),
    );
  });
});

/** Plans: pure functions of a position and of what is asked. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  offsetsBetween,
  type PartitionPosition,
  type PartitionTarget,
  planPartition,
} from '../../../consumer-groups/reset/partition-plan.js';

const offset = fc.nat(200);

const position = fc.tuple(offset, offset, fc.option(offset, { nil: undefined })).map(
  ([a, b, committed]): PartitionPosition => ({
    group: 'g',
    topic: 't',
    partition: 0,
    committed,
    logStartOffset: Math.min(a, b),
    highWatermark: Math.max(a, b),
  }),
);

const target = fc.oneof(
  fc.constantFrom<PartitionTarget>({ to: 'earliest' }, { to: 'latest' }, { to: 'current' }),
  fc.integer({ min: -50, max: 300 }).map((offset): PartitionTarget => ({ to: 'offset', offset })),
  fc.integer({ min: -300, max: 300 }).map((by): PartitionTarget => ({ to: 'shift', by })),
  fc.constant<PartitionTarget>({ to: 'found', offset: undefined }),
);

const isPlannable = (at: PartitionPosition, to: PartitionTarget) =>
  to.to !== 'shift' || at.committed !== undefined;

it('never leaves the log, and says so exactly where it was asked to', () => {
  fc.assert(
    fc.property(position, target, (at, to) => {
      fc.pre(isPlannable(at, to));
      const { after, asked } = planPartition(at, to);
      expect(after).toBeGreaterThanOrEqual(at.logStartOffset);
      expect(after).toBeLessThanOrEqual(at.highWatermark);
      if (asked !== undefined) {
        expect(asked).not.toBe(after);
        expect(asked < at.logStartOffset || asked > at.highWatermark).toBe(true);
        expect([at.logStartOffset, at.highWatermark]).toContain(after);
      }
    }),
    { numRuns: 2000 },
  );
});

it('counts as read again or skipped exactly the records between the two positions that are in the log', () => {
  fc.assert(
    fc.property(position, target, (at, to) => {
      fc.pre(isPlannable(at, to));
      const planned = planPartition(at, to);
      const { committed = at.logStartOffset, logStartOffset, highWatermark } = at;
      let readAgain = 0;
      let skipped = 0;
      for (let record = logStartOffset; record < highWatermark; record += 1) {
        if (record < committed && record >= planned.after) readAgain += 1;
        if (record >= committed && record < planned.after) skipped += 1;
      }
      expect(Math.min(readAgain, skipped)).toBe(0);
      expect(planned.records).toBe(skipped - readAgain);
      const { startOffset, endOffset } = offsetsBetween(planned);
      expect(endOffset - startOffset).toBe(skipped + readAgain);
    }),
    { numRuns: 2000 },
  );
});

it('stays where it is once it was carried out', () => {
  fc.assert(
    fc.property(position, target, (at, to) => {
      fc.pre(isPlannable(at, to));
      const { after } = planPartition(at, to);
      const again = planPartition({ ...at, committed: after }, { to: 'current' });
      expect(again).toMatchObject({ before: after, after, asked: undefined, records: 0 });
    }),
    { numRuns: 1000 },
  );
});

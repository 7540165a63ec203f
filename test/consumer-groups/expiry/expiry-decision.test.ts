/** The decision whether offsets are forgotten: only of groups that nobody uses, and never because a clock is wrong. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgeingTime } from '../../../consumer-groups/expiry/ageing-time.js';
import {
  type ExpiryCandidate,
  isExpired,
  RETURN_TIME_MS,
} from '../../../consumer-groups/expiry/expiry-decision.js';
import { SteerableClock } from './steerable-clock.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const TIMES = { nowMs: 100 * DAY_MS, sinceStartMs: 50 * DAY_MS, offsetsRetentionMs: 7 * DAY_MS };
const OLD_MS = TIMES.nowMs - 7 * DAY_MS;

const empty = (emptySinceMs: number, newestCommitMs?: number): ExpiryCandidate => ({
  hasMembers: false,
  state: { generation: 1, emptySinceMs },
  newestCommitMs,
});

describe('a group', () => {
  it('is forgotten after the retention time without members, not a millisecond earlier', () => {
    expect(isExpired(empty(OLD_MS), TIMES)).toBe(true);
    expect(isExpired(empty(OLD_MS + 1), TIMES)).toBe(false);
    expect(isExpired(empty(0, OLD_MS), TIMES)).toBe(true);
  });

  it('that was committed to from outside counts from then', () => {
    expect(isExpired(empty(0, OLD_MS + 1), TIMES)).toBe(false);
    expect(isExpired({ hasMembers: false, state: undefined, newestCommitMs: OLD_MS }, TIMES)).toBe(true);
    expect(isExpired({ hasMembers: false, state: undefined, newestCommitMs: OLD_MS + 1 }, TIMES)).toBe(false);
  });

  it('is never forgotten while it has members, or nothing tells since when it has none', () => {
    const any = fc.record({
      nowMs: fc.nat(),
      sinceStartMs: fc.nat(),
      offsetsRetentionMs: fc.nat(),
    });
    fc.assert(
      fc.property(any, fc.nat(), fc.nat(), (times, emptySinceMs, newestCommitMs) => {
        expect(isExpired({ ...empty(emptySinceMs, newestCommitMs), hasMembers: true }, times)).toBe(false);
        const state = { generation: 1, emptySinceMs: undefined };
        expect(isExpired({ hasMembers: false, state, newestCommitMs }, times)).toBe(false);
        expect(isExpired({ hasMembers: false, state: undefined, newestCommitMs: undefined }, times)).toBe(
          false,
        );
      }),
    );
  });

  it('has a while after every start in which its members can come back', () => {
    expect(isExpired(empty(0), { ...TIMES, sinceStartMs: RETURN_TIME_MS - 1 })).toBe(false);
    expect(isExpired(empty(0), { ...TIMES, sinceStartMs: RETURN_TIME_MS })).toBe(true);
    const short = { ...TIMES, offsetsRetentionMs: 1000 };
    expect(isExpired(empty(0), { ...short, sinceStartMs: 999 })).toBe(false);
    expect(isExpired(empty(0), { ...short, sinceStartMs: 1000 })).toBe(true);
  });
});

describe('the time that ages are measured by', () => {
  it('passes as time does', () => {
    const clock = new SteerableClock();
    const time = new AgeingTime(clock);
    clock.pass(5000);
    expect(time.nowMs()).toBe(clock.wallMs());
    expect(time.sinceStartMs()).toBe(5000);
  });

  it('makes what was there at the start no older than the time that has passed since, however the wall clock jumps', () => {
    const step = fc.record({ passMs: fc.nat(DAY_MS), jumpMs: fc.integer({ min: -DAY_MS, max: DAY_MS }) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const clock = new SteerableClock();
        const startMs = clock.wallMs();
        const time = new AgeingTime(clock);
        for (const { passMs, jumpMs } of steps) {
          clock.jump(jumpMs);
          clock.pass(passMs);
          expect(time.nowMs() - startMs).toBeLessThanOrEqual(clock.monotonicMs());
        }
      }),
    );
  });

  it('makes what is written before or after a jump of the wall clock no older than it is', () => {
    const times = fc.record({
      beforeMs: fc.nat(DAY_MS),
      jumpMs: fc.integer({ min: -DAY_MS, max: DAY_MS }),
      afterMs: fc.nat(DAY_MS),
      writtenMs: fc.nat(2 * DAY_MS),
    });
    fc.assert(
      fc.property(times, ({ beforeMs, jumpMs, afterMs, writtenMs }) => {
        fc.pre(writtenMs <= beforeMs + afterMs);
        const clock = new SteerableClock();
        const time = new AgeingTime(clock);
        const startMs = clock.wallMs();
        clock.pass(beforeMs);
        clock.jump(jumpMs);
        clock.pass(afterMs);
        const writtenWallMs = startMs + writtenMs + (writtenMs < beforeMs ? 0 : jumpMs);
        expect(time.nowMs() - writtenWallMs).toBeLessThanOrEqual(beforeMs + afterMs - writtenMs);
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { Pacer, type ReplayPace, remainingMs } from '../../sdk/replay/replay-pace.js';

const START_MS = 5000;

/** When records with these timestamps are let go, by a clock that stands still but for waiting. */
function times(
  pace: ReplayPace,
  timestamps: readonly number[],
  stallBefore: Record<number, number> = {},
): number[] {
  const pacer = new Pacer(pace, START_MS, timestamps[0]!);
  let nowMs = START_MS;
  return timestamps.map((timestampMs, i) => {
    nowMs += stallBefore[i] ?? 0;
    nowMs = Math.max(nowMs, pacer.dueMs(nowMs, timestampMs));
    return nowMs - START_MS;
  });
}

describe('the pace', () => {
  it('flat out is at once', () => {
    expect(times('flat-out', [0, 9_999_999, 3])).toEqual([0, 0, 0]);
  });

  it('by time has the pauses of the original, divided', () => {
    expect(times({ speed: 1 }, [100, 150, 150, 400])).toEqual([0, 50, 50, 300]);
    expect(times({ speed: 10 }, [100, 150, 150, 400])).toEqual([0, 5, 5, 30]);
    expect(times({ speed: 0.5 }, [100, 150])).toEqual([0, 100]);
  });

  it('by time takes records that are out of order as they come, and catches up after a stall', () => {
    expect(times({ speed: 1 }, [100, 200, 120, 300])).toEqual([0, 100, 100, 200]);
    expect(times({ speed: 1 }, [0, 100, 200, 300], { 1: 250 })).toEqual([0, 250, 250, 300]);
  });

  it('by rate lets so many go in any second, give or take what a timer cannot tell', () => {
    const at = times({ recordsPerSecond: 100 }, new Array<number>(301).fill(0));
    expect(at.at(-1)).toBe(3000 - 20);
    for (let i = 100; i < at.length; i++) expect(at[i]! - at[i - 100]!).toBeGreaterThanOrEqual(1000 - 20);
  });

  it('by rate does not catch up after a stall', () => {
    const at = times({ recordsPerSecond: 100 }, new Array<number>(200).fill(0), { 100: 60_000 });
    expect(at[199]! - at[100]!).toBeGreaterThanOrEqual(990 - 20);
  });
});

describe('the time that is left', () => {
  const reach = { total: 1000, passed: 250, elapsedMs: 5000, firstTimestampMs: 0, lastTimestampMs: 60_000 };

  it.each<[string, ReplayPace, Partial<typeof reach>, number | undefined]>([
    ['flat out is measured', 'flat-out', {}, 15_000],
    ['flat out is unknown before anything was measured', 'flat-out', { passed: 0, elapsedMs: 0 }, undefined],
    ['by rate is counted', { recordsPerSecond: 10 }, {}, 75_000],
    ['by rate is measured where the rate is not reached', { recordsPerSecond: 1_000_000 }, {}, 15_000],
    ['by time is what is left of the time', { speed: 2 }, {}, 25_000],
    ['by time is never less than nothing', { speed: 1000 }, {}, 0],
    ['is none at the end', { speed: 1 }, { passed: 1000 }, 0],
  ])('%s', (_what, pace, change, expected) => {
    expect(remainingMs(pace, { ...reach, ...change })).toBe(expected);
  });

  it('by time is unknown without times, and then measured', () => {
    const untimed = { ...reach, firstTimestampMs: undefined, lastTimestampMs: undefined };
    expect(remainingMs({ speed: 2 }, untimed)).toBe(15_000);
  });
});

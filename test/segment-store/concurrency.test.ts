/** The small parts that order and bound what runs at the same time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppendBudget } from '../../segment-store/append-budget.js';
import { DiskSpace } from '../../segment-store/disk-space.js';
import { Gate } from '../../segment-store/gate.js';
import type { StoreEvent } from '../../segment-store/index.js';
import { Mutex } from '../../segment-store/mutex.js';
import { TailWaiters, WaiterBudget } from '../../segment-store/tail-waiters.js';
import { WatchedFileSystem } from './fixtures/watched-file-system.js';

/** Work that runs until it is told to end, one way or the other. */
function works(count: number) {
  let running = 0;
  let most = 0;
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const work = (number: number, fails: boolean) => async () => {
    running += 1;
    most = Math.max(most, running);
    started.push(number);
    await new Promise<void>((resolve) => {
      ends[number] = resolve;
    });
    running -= 1;
    if (fails) throw new Error(`${number} failed`);
    return number;
  };
  const endAll = async () => {
    for (let ended = 0; ended < count; ) {
      await new Promise(setImmediate);
      for (const number of started.slice(ended)) ends[number]!();
      ended = started.length;
    }
  };
  return { work, endAll, started, most: () => most };
}

const failing = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 });

describe('a gate', () => {
  it('lets so many run at a time, in the order of the calls, whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(failing, fc.integer({ min: 1, max: 5 }), async (fails, limit) => {
        const { work, endAll, started, most } = works(fails.length);
        const gate = new Gate(limit);
        const results = Promise.allSettled(fails.map((one, number) => gate.run(work(number, one))));
        await endAll();
        expect((await results).map(({ status }) => status === 'rejected')).toEqual(fails);
        expect(most()).toBe(Math.min(limit, fails.length));
        expect(started).toEqual(fails.map((_, number) => number));
        expect(await gate.run(async () => 'free')).toBe('free');
      }),
      { numRuns: 30 },
    );
  });
});

describe('a mutex', () => {
  it('runs one after the other, in the order of the calls, whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(failing, async (fails) => {
        const { work, endAll, started, most } = works(fails.length);
        const mutex = new Mutex();
        const results = Promise.allSettled(fails.map((one, number) => mutex.run(work(number, one))));
        await endAll();
        expect((await results).map(({ status }) => status === 'rejected')).toEqual(fails);
        expect(most()).toBe(1);
        expect(started).toEqual(fails.map((_, number) => number));
      }),
      { numRuns: 30 },
    );
  });
});

describe('the append budget', () => {
  it('never holds more than its limit, but for a single append, and gives all back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 150 })), (sizes) => {
        const budget = new AppendBudget(100);
        const taken: number[] = [];
        for (const size of sizes) {
          const fits = taken.length === 0 || budget.waitingBytes + size <= 100;
          if (fits) {
            budget.take(size);
            taken.push(size);
          } else {
            expect(() => budget.take(size)).toThrow('the limit (appendQueueBytes) is 100');
            budget.giveBack(taken.shift()!);
          }
          expect(budget.waitingBytes).toBe(taken.reduce((sum, one) => sum + one, 0));
        }
      }),
    );
  });
});

describe('readers that wait', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('wait' as const), offset: fc.nat(20) }),
    fc.record({ do: fc.constant('wake' as const), offset: fc.nat(20) }),
    fc.record({ do: fc.constant('abort' as const), offset: fc.nat(20) }),
  );

  it('are woken when the high watermark passes them, end with their signal, and give their place back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const budget = new WaiterBudget(5);
        const waiters = new TailWaiters(budget);
        const waiting: { offset: number; aborter: AbortController; ended: Promise<unknown> }[] = [];
        const endedBy = async (what: string, which: (one: (typeof waiting)[number]) => boolean) => {
          for (const one of waiting.filter(which)) {
            expect(await one.ended).toBe(what);
            waiting.splice(waiting.indexOf(one), 1);
          }
        };
        for (const { do: action, offset } of steps) {
          if (action === 'wait') {
            const aborter = new AbortController();
            if (waiting.length === 5) {
              expect(() => waiters.wait(offset, aborter.signal)).toThrow('which is the limit (maxWaiters)');
              continue;
            }
            const ended = waiters.wait(offset, aborter.signal).then(
              () => 'woken',
              (reason: unknown) => reason,
            );
            waiting.push({ offset, aborter, ended });
          } else if (action === 'wake') {
            waiters.wake(offset);
            await endedBy('woken', (one) => one.offset < offset);
          } else {
            const aborted = waiting[offset % Math.max(1, waiting.length)];
            aborted?.aborter.abort('aborted');
            await endedBy('aborted', (one) => one === aborted);
          }
          expect(budget.waiting).toBe(waiting.length);
        }
        waiters.failAll('gone');
        await endedBy('gone', () => true);
        expect(budget.waiting).toBe(0);
      }),
    );
  });

  it('never begin to wait with a signal that is aborted', () => {
    const budget = new WaiterBudget(1);
    expect(() => new TailWaiters(budget).wait(0, AbortSignal.abort(new Error('before')))).toThrow('before');
    expect(budget.waiting).toBe(0);
  });
});

describe('the room on the disk', () => {
  function diskSpace(freeBytes: number | undefined) {
    const disk = new WatchedFileSystem();
    disk.freeBytes = freeBytes;
    const events: StoreEvent[] = [];
    const timers: (() => void)[] = [];
    const clock = {
      wallMs: () => 0,
      monotonicMs: () => 0,
      after: (_: number, callback: () => void) => {
        timers.push(callback);
        return () => {
          timers.splice(timers.indexOf(callback), 1);
        };
      },
    };
    const space = new DiskSpace(disk.fileSystem, clock, '/', 100, (event) => events.push(event));
    const look = async () => {
      timers.shift()!();
      await new Promise(setImmediate);
    };
    return { disk, space, events, look, timers };
  }

  it('is full below the reserve or after a write without room, and has room again at the next look that finds it', async () => {
    const { disk, space, events, look, timers } = diskSpace(99);
    await space.start();
    expect(() => space.check()).toThrow('There is no room on the disk');
    await look();
    disk.freeBytes = 100;
    await look();
    space.check();
    space.reportFull();
    space.reportFull();
    expect(() => space.check()).toThrow();
    await look();
    space.check();
    expect(events.map(({ event }) => event)).toEqual([
      'disk-full',
      'disk-recovered',
      'disk-full',
      'disk-recovered',
    ]);
    expect(timers).toHaveLength(1);
    space.stop();
    expect(timers).toEqual([]);
  });

  it('goes on looking when a look fails', async () => {
    const { disk, space, events, look, timers } = diskSpace(1000);
    const heal = disk.fail('freeBytes', '', 'EIO');
    await space.start();
    space.check();
    heal();
    disk.freeBytes = 0;
    await look();
    expect(() => space.check()).toThrow();
    expect(events.map(({ event }) => event)).toEqual(['background-error', 'disk-full']);
    expect(timers).toHaveLength(1);
  });
});

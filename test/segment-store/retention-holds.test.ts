/** Holds: what anybody holds, neither age nor size takes; and nothing is taken before the holds can be there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clock, type StoreEvent, systemClock } from '../../segment-store/index.js';
import { segmentsToDelete } from '../../segment-store/retention.js';
import { RetentionHolds } from '../../segment-store/retention-holds.js';
import { MovableClock } from './fixtures/movable-clock.js';
import { type OpenStore, storeFolder } from './fixtures/opened-store.js';
import { batchOf, readLog } from './fixtures/test-batch.js';

const NOW_MS = 1000;
const RECORDS = 40;

const folder = storeFolder();

/** A topic of which all is too old at `clock.aheadMs = 1000`, in many segments. */
async function fill(store: OpenStore, clock: Clock, config: object = { retentionMs: 100 }): Promise<void> {
  await store.createTopic('a', { config: { segmentBytes: 1024, ...config } });
  const timestampMs = clock.wallMs();
  const batches = await Promise.all(
    Array.from({ length: RECORDS }, (_, n) => batchOf([{ value: `${n}:${'x'.repeat(200)}`, timestampMs }])),
  );
  await Promise.all(batches.map((batch) => store.append('a', 0, batch)));
}

async function logStart(store: OpenStore): Promise<number> {
  return (await store.bounds('a', 0)).logStartOffset;
}

describe('the decision', () => {
  const segments = fc
    .array(
      fc.record({ sizeBytes: fc.integer({ min: 0, max: 50 }), length: fc.integer({ min: 1, max: 20 }) }),
      {
        minLength: 1,
        maxLength: 8,
      },
    )
    .map((sizes) => {
      let endOffset = 0;
      return sizes.map(({ sizeBytes, length }, n) => {
        endOffset += length;
        return { sizeBytes, endOffset, largestTimestampMs: n * 100 };
      });
    });
  const config = fc.record({
    cleanupPolicy: fc.constantFrom('delete' as const, 'compact' as const, 'compact,delete' as const),
    retentionMs: fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }),
    retentionBytes: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
  });

  it('takes no segment that has a held offset, but for what lies before the log start', () => {
    fc.assert(
      fc.property(segments, config, fc.nat(160), fc.nat(160), (log, settings, start, heldFrom) => {
        const count = segmentsToDelete(log, start, settings, NOW_MS, heldFrom);
        for (const { endOffset } of log.slice(0, count))
          expect(endOffset <= heldFrom || endOffset <= start).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes otherwise what it would take without the hold', () => {
    fc.assert(
      fc.property(segments, config, fc.nat(160), fc.nat(160), (log, settings, start, heldFrom) => {
        const unheld = segmentsToDelete(log, start, settings, NOW_MS);
        const held = segmentsToDelete(log, start, settings, NOW_MS, heldFrom);
        const countBelow = (offset: number) => log.filter(({ endOffset }) => endOffset <= offset).length;
        // The last segment does not go for lying before the start: it is the active one.
        const free = Math.max(countBelow(heldFrom), Math.min(countBelow(start), log.length - 1));
        expect(held).toBe(Math.min(unheld, free));
        expect(segmentsToDelete(log, start, settings, NOW_MS, log.at(-1)!.endOffset)).toBe(unheld);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('holds', () => {
  it('of one holder replace each other; the lowest of all counts', () => {
    const holds = new RetentionHolds();
    expect(holds.lowest).toBeUndefined();
    holds.set('x', 7);
    holds.set('y', 5);
    expect(holds.lowest).toBe(5);
    holds.set('y', 9);
    expect(holds.lowest).toBe(7);
    holds.set('x', undefined);
    expect(holds.lowest).toBe(9);
    holds.set('nobody', undefined);
    holds.set('y', undefined);
    expect(holds.lowest).toBeUndefined();
    holds.set('x', 0);
    expect(holds.lowest).toBe(0);
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('are not from %d on', (fromOffset) => {
    const holds = new RetentionHolds();
    expect(() => holds.set('x', fromOffset)).toThrow('whole number');
    expect(holds.lowest).toBeUndefined();
  });

  it('keep what is old, from their segment on, until they move or end', async () => {
    const clock = new MovableClock();
    const store = await folder.open({}, { clock });
    await fill(store, clock);
    clock.aheadMs = 1000;
    store.holdRetention('a', 0, 'one', 21);
    store.holdRetention('a', 0, 'two', 30);
    await store.cleanUp();
    const first = await logStart(store);
    // The segment that holds it stays, whole; those before are gone.
    expect(first).toBeGreaterThan(21 - 5);
    expect(first).toBeLessThanOrEqual(21);
    store.holdRetention('a', 0, 'one', 35);
    await store.cleanUp();
    const second = await logStart(store);
    expect(second).toBeGreaterThan(30 - 5);
    expect(second).toBeLessThanOrEqual(30);
    store.holdRetention('a', 0, 'two', undefined);
    store.holdRetention('a', 0, 'one', RECORDS);
    await store.cleanUp();
    expect(await logStart(store)).toBe(RECORDS);
  });

  it('keep what is too much', async () => {
    const store = await folder.open();
    await fill(store, systemClock, { retentionMs: undefined, retentionBytes: 0 });
    store.holdRetention('a', 0, 'one', 0);
    await store.cleanUp();
    expect(await logStart(store)).toBe(0);
    store.holdRetention('a', 0, 'one', undefined);
    await store.cleanUp();
    expect(await logStart(store)).toBe(RECORDS);
  });

  it('keep every record at or above the lowest, whatever is held and however it is kept', async () => {
    const holds = fc.array(fc.record({ holder: fc.constantFrom('x', 'y', 'z'), from: fc.nat(RECORDS + 5) }), {
      minLength: 1,
      maxLength: 5,
    });
    const kept = fc.constantFrom(
      { retentionMs: 100 },
      { retentionBytes: 2000, retentionMs: undefined },
      { retentionBytes: 0, retentionMs: 100, cleanupPolicy: 'compact,delete' },
    );
    let topics = 0;
    const clock = new MovableClock();
    const store = await folder.open({}, { clock });
    await fc.assert(
      fc.asyncProperty(holds, kept, async (placed, config) => {
        topics += 1;
        clock.aheadMs = topics * 10_000;
        await fill(store, clock, config);
        clock.aheadMs += 1000;
        const lowestOf = new Map(placed.map(({ holder, from }) => [holder, from]));
        for (const { holder, from } of placed) store.holdRetention('a', 0, holder, from);
        const lowest = Math.min(...lowestOf.values());
        await store.cleanUp();
        const left = (await readLog(store, 'a')).map(({ offset }) => offset);
        const held = Array.from({ length: Math.max(0, RECORDS - lowest) }, (_, n) => lowest + n);
        expect(left.filter((offset) => offset >= lowest)).toEqual(held);
        await store.deleteTopic('a');
      }),
      { numRuns: 12 },
    );
  });

  it('do not keep the log from being truncated by hand', async () => {
    const store = await folder.open();
    await fill(store, systemClock);
    store.holdRetention('a', 0, 'one', 3);
    expect(await store.truncatePrefix('a', 0, 20)).toBe(20);
    expect(await logStart(store)).toBe(20);
  });

  it('end with the store: after a restart without them what was held goes', async () => {
    const clock = new MovableClock();
    const store = await folder.open({}, { clock });
    await fill(store, clock);
    clock.aheadMs = 1000;
    store.holdRetention('a', 0, 'one', 0);
    await store.cleanUp();
    expect(await logStart(store)).toBe(0);
    await store.close();
    const again = await folder.open({}, { clock });
    await again.cleanUp();
    expect(await logStart(again)).toBe(RECORDS);
  });

  it('end with their topic: a new one of the name is not held', async () => {
    const clock = new MovableClock();
    const store = await folder.open({}, { clock });
    await fill(store, clock);
    store.holdRetention('a', 0, 'one', 0);
    await store.deleteTopic('a');
    expect(() => store.holdRetention('a', 0, 'one', 0)).toThrow('There is no topic');
    await fill(store, clock);
    clock.aheadMs = 1000;
    await store.cleanUp();
    expect(await logStart(store)).toBe(RECORDS);
  });
});

/** A promise to be resolved or rejected by the test. */
function openPromise() {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}

describe('cleaning', () => {
  /** A store with nothing but old records, opened with `beforeCleanup`. */
  async function reopened(beforeCleanup: Promise<void>, clock: MovableClock, events: StoreEvent[] = []) {
    const store = await folder.open({}, { clock });
    await fill(store, clock);
    await store.close();
    clock.aheadMs = 1000;
    const onEvent = (event: StoreEvent) => void events.push(event);
    return folder.open({ cleanupIntervalMs: TICK_MS }, { clock, beforeCleanup, onEvent });
  }

  it('begins when it may, so that the holds of a start are there, even if it was asked for before', async () => {
    const may = openPromise();
    const store = await reopened(may.promise, new MovableClock());
    const cleaning = store.cleanUp();
    expect(await readLog(store, 'a')).toHaveLength(RECORDS);
    store.holdRetention('a', 0, 'one', 0);
    may.resolve();
    await cleaning;
    expect(await logStart(store)).toBe(0);
    store.holdRetention('a', 0, 'one', undefined);
    await store.cleanUp();
    expect(await logStart(store)).toBe(RECORDS);
  });

  it('in the background waits as well, and goes on by itself', async () => {
    const may = openPromise();
    const clock = new TickingClock();
    const events: StoreEvent[] = [];
    const store = await reopened(may.promise, clock, events);
    clock.tick();
    expect(await readLog(store, 'a')).toHaveLength(RECORDS);
    expect(clock.waiting).toBe(0);
    may.resolve();
    await clock.scheduled();
    expect(await logStart(store)).toBe(RECORDS);
    expect(events).toContainEqual(expect.objectContaining({ event: 'segments-deleted' }));
  });

  it('that may never begin keeps nobody from truncating and closing', async () => {
    const store = await reopened(new Promise(() => {}), new MovableClock());
    const cleaning = store.cleanUp();
    expect(await store.truncatePrefix('a', 0, 10)).toBe(10);
    await store.close();
    await cleaning;
    const again = await folder.open();
    expect(await logStart(again)).toBe(10);
  });

  it('never begins if what it waits for fails, which is told', async () => {
    const may = openPromise();
    const events: StoreEvent[] = [];
    const store = await reopened(may.promise, new MovableClock(), events);
    const cleaning = store.cleanUp();
    may.reject(new Error('no holds'));
    expect(await readLog(store, 'a')).toHaveLength(RECORDS);
    expect(events).toContainEqual({
      event: 'background-error',
      doing: 'waiting until cleaning may begin',
      error: new Error('no holds'),
    });
    await store.close();
    await cleaning;
  });
});

/** No other timer of a store takes so long. */
const TICK_MS = 123_456_789;

/** A clock whose timers of {@link TICK_MS} are run by the test. */
class TickingClock extends MovableClock {
  #due: (() => void)[] = [];
  #onScheduled: () => void = () => {};

  get waiting(): number {
    return this.#due.length;
  }

  override after(ms: number, callback: () => void): () => void {
    if (ms !== TICK_MS) return super.after(ms, callback);
    this.#due.push(callback);
    this.#onScheduled();
    return () => {
      this.#due = this.#due.filter((one) => one !== callback);
    };
  }

  /** Runs what waits. */
  tick(): void {
    for (const callback of this.#due.splice(0)) callback();
  }

  /** Resolves when a timer is set. */
  scheduled(): Promise<void> {
    return new Promise((resolve) => {
      this.#onScheduled = resolve;
    });
  }
}

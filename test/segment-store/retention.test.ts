/** Retention: what must go goes, what must stay stays. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RetainedSegment, segmentsToDelete } from '../../segment-store/retention.js';
import { MovableClock } from './fixtures/movable-clock.js';
import { storeFolder } from './fixtures/opened-store.js';
import { BASE_TIME_MS, batchOf, readValues } from './fixtures/test-batch.js';

const NOW_MS = 1000;

const segment = fc.record({
  sizeBytes: fc.integer({ min: 0, max: 50 }),
  largestTimestampMs: fc.option(fc.integer({ min: 0, max: 1200 }), { nil: undefined }),
});

const log = fc.array(segment, { minLength: 1, maxLength: 8 }).map((segments) =>
  segments.map(
    (one, n): RetainedSegment => ({
      ...one,
      largestTimestampMs: one.sizeBytes === 0 ? undefined : one.largestTimestampMs,
      endOffset: (n + 1) * 10,
    }),
  ),
);

const config = fc.record({
  cleanupPolicy: fc.constantFrom('delete' as const, 'compact' as const, 'compact,delete' as const),
  retentionMs: fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }),
  retentionBytes: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
});

const sum = (segments: readonly RetainedSegment[]) =>
  segments.reduce((bytes, one) => bytes + one.sizeBytes, 0);

describe('the decision', () => {
  it('takes a segment only for a reason that the configuration names', () => {
    fc.assert(
      fc.property(
        log,
        config,
        fc.nat(90),
        (segments, { cleanupPolicy, retentionMs, retentionBytes }, start) => {
          const count = segmentsToDelete(
            segments,
            start,
            { cleanupPolicy, retentionMs, retentionBytes },
            NOW_MS,
          );
          if (count === 0) return;
          const deletes = cleanupPolicy !== 'compact';
          for (const [number, { endOffset, largestTimestampMs }] of segments.slice(0, count).entries()) {
            const beforeStart = endOffset <= start;
            const ageMs = NOW_MS - (largestTimestampMs ?? NOW_MS);
            const expired = deletes && retentionMs !== undefined && ageMs > retentionMs;
            // Those of unknown age go with one behind them.
            const unknown = deletes && largestTimestampMs === undefined && number < count - 1;
            const rest = sum(segments.slice(number + 1));
            const surplus = deletes && retentionBytes !== undefined && rest >= retentionBytes;
            expect(beforeStart || expired || unknown || surplus).toBe(true);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('leaves nothing that is due: no old segment at the front, no more bytes than a segment over the limit', () => {
    fc.assert(
      fc.property(log, config, fc.nat(90), (segments, settings, start) => {
        const { cleanupPolicy, retentionMs, retentionBytes } = settings;
        const left = segments.slice(segmentsToDelete(segments, start, settings, NOW_MS));
        if (left.length > 1) expect(left[0]!.endOffset).toBeGreaterThan(start);
        if (cleanupPolicy === 'compact') return;
        const firstKnown = left.find((one) => one.largestTimestampMs !== undefined);
        if (retentionMs !== undefined && firstKnown)
          expect(NOW_MS - firstKnown.largestTimestampMs!).toBeLessThanOrEqual(retentionMs);
        const firstFull = left.find((one) => one.sizeBytes > 0);
        if (retentionBytes !== undefined && firstFull)
          expect(sum(left) - firstFull.sizeBytes).toBeLessThan(retentionBytes);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a log on disk', () => {
  const folder = storeFolder();
  const SMALL = { segmentBytes: 1024 };
  const text = (n: number) => `${n}:${'x'.repeat(300)}`;

  it('loses what is too old when the clock says so, the active segment too, and goes on where it ended', async () => {
    const clock = new MovableClock();
    let store = await folder.open({}, { clock });
    await store.createTopic('a', { config: { ...SMALL, retentionMs: 60_000 } });
    const appendNow = async (n: number) =>
      store.append('a', 0, await batchOf([{ value: text(n), timestampMs: clock.wallMs() }]));
    for (let n = 0; n < 10; n += 1) await appendNow(n);
    await store.cleanUp();
    expect(await readValues(store, 'a')).toHaveLength(10);
    clock.aheadMs = 50_000;
    for (let n = 10; n < 13; n += 1) await appendNow(n);
    clock.aheadMs = 61_000;
    await store.cleanUp();
    const kept = await readValues(store, 'a');
    expect(kept.length).toBeLessThan(7);
    expect(kept.slice(-3)).toEqual([10, 11, 12].map(text));
    clock.aheadMs = 120_000;
    await store.cleanUp();
    expect(await store.bounds('a', 0)).toMatchObject({
      logStartOffset: 13,
      highWatermark: 13,
      logEndOffset: 13,
    });
    expect((await store.describeTopics())[0]!.partitions[0]).toMatchObject({ segments: 1, sizeBytes: 0 });
    expect((await appendNow(13)).baseOffset).toBe(13);
    await store.close();
    store = await folder.open({}, { clock });
    expect(await readValues(store, 'a')).toEqual([text(13)]);
  });

  it('keeps no more than one segment over its size, and never less than its size', async () => {
    const store = await folder.open();
    await store.createTopic('a', { config: { ...SMALL, retentionBytes: 4000, retentionMs: undefined } });
    for (let n = 0; n < 40; n += 1) await store.append('a', 0, await batchOf([text(n)]));
    await store.cleanUp();
    const [partition] = (await store.describeTopics())[0]!.partitions;
    expect(partition!.sizeBytes).toBeGreaterThanOrEqual(4000);
    expect(partition!.sizeBytes).toBeLessThan(4000 + SMALL.segmentBytes);
    await store.alterTopic('a', { set: { retentionBytes: 0 } });
    await store.cleanUp();
    expect(await readValues(store, 'a')).toEqual([]);
    expect(await store.bounds('a', 0)).toMatchObject({ logStartOffset: 40, logEndOffset: 40 });
  });

  it('lets a look-up by time that is under way go on behind what it took', async () => {
    const store = await folder.open();
    await store.createTopic('a', { config: SMALL });
    for (let n = 0; n < 40; n += 1)
      await store.append('a', 0, await batchOf([{ value: text(n), timestampMs: BASE_TIME_MS + n }]));
    await store.close();
    const again = await folder.open();
    const looking = Promise.all(
      Array.from({ length: 20 }, () => again.findByTime('a', 0, BASE_TIME_MS + 39)),
    );
    await again.truncatePrefix('a', 0, 35);
    for (const found of await looking) expect(found).toEqual({ offset: 39, timestampMs: BASE_TIME_MS + 39 });
  });
});

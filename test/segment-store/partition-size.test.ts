/** The estimate of how many bytes hold a range: within its margin of a linear scan, and without reading records. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TopicConfig } from '../../segment-store/index.js';
import { type OpenStore, storeFolder } from './fixtures/opened-store.js';
import { type StoredBatch, scanBatches } from './fixtures/stored-batches.js';
import { BASE_TIME_MS, batchOf } from './fixtures/test-batch.js';
import { WatchedFileSystem } from './fixtures/watched-file-system.js';

const INTERVAL_BYTES = 300;
const SMALL = { segmentBytes: 8192, indexIntervalBytes: INTERVAL_BYTES };

const folder = storeFolder();

interface LogShape {
  config?: Partial<TopicConfig>;
  batches?: number;
  maxRecords?: number;
  maxValueBytes?: number;
  keys?: number;
  seed?: number;
}

/** A log of batches of random sizes. */
async function fill(store: OpenStore, shape: LogShape = {}): Promise<void> {
  const { config = {}, batches = 250, maxRecords = 4, maxValueBytes = 200, keys = 1000, seed = 1 } = shape;
  await store.createTopic('a', { config: { ...SMALL, ...config } });
  const record = fc.record({ bytes: fc.nat(maxValueBytes), key: fc.nat(keys - 1) });
  const sizes = fc.sample(fc.array(record, { minLength: 1, maxLength: maxRecords }), {
    numRuns: batches,
    seed,
  });
  const encoded = await Promise.all(
    sizes.map((records) =>
      batchOf(records.map(({ bytes, key }) => ({ key: `k${key}`, value: 'x'.repeat(bytes) }))),
    ),
  );
  await Promise.all(encoded.map((batch) => store.append('a', 0, batch)));
}

function scannedSize(batches: readonly StoredBatch[], start: number, end: number): number {
  return batches
    .filter(({ baseOffset, lastOffset }) => lastOffset >= start && baseOffset < end)
    .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** Holds estimates of ranges anywhere, also outside of the log, against a scan. */
async function expectWithinMargin(store: OpenStore, indexIntervalBytes = INTERVAL_BYTES): Promise<void> {
  const batches = await scanBatches(store, 'a');
  const { logStartOffset, highWatermark } = await store.bounds('a', 0);
  const largest = Math.max(...batches.map(({ sizeBytes }) => sizeBytes));
  const margin = 2 * (indexIntervalBytes + 2 * largest);
  const offset = fc.integer({ min: -5, max: highWatermark + 5 });
  await fc.assert(
    fc.asyncProperty(offset, offset, async (start, end) => {
      const estimate = await store.sizeBetween('a', 0, start, end);
      const scanned =
        start < end ? scannedSize(batches, Math.max(start, logStartOffset), Math.min(end, highWatermark)) : 0;
      expect(Math.abs(estimate - scanned)).toBeLessThanOrEqual(margin);
      expect(estimate).toBeGreaterThanOrEqual(0);
      if (start >= end) expect(estimate).toBe(0);
    }),
    { numRuns: 300 },
  );
}

describe('the size between two offsets', () => {
  it.each<[string, LogShape]>([
    ['small batches', {}],
    ['batches larger than the index interval', { maxRecords: 10, maxValueBytes: 300 }],
    ['one record a batch', { maxRecords: 1, batches: 500 }],
    ['one segment', { config: { segmentBytes: 1024 ** 2 } }],
    ['no index entries at all', { config: { indexIntervalBytes: 1024 ** 2 } }],
  ])('is within its margin: %s', async (_name, shape) => {
    let store = await folder.open();
    await fill(store, shape);
    const interval = shape.config?.indexIntervalBytes ?? INTERVAL_BYTES;
    await expectWithinMargin(store, interval);
    await store.close();
    store = await folder.open();
    await expectWithinMargin(store, interval);
  });

  it('is exact for all of the log and for whole segments, and adds up', async () => {
    const store = await folder.open();
    await fill(store);
    const batches = await scanBatches(store, 'a');
    const { highWatermark } = await store.bounds('a', 0);
    const [partition] = (await store.describeTopics(['a']))[0]!.partitions;
    expect(partition!.segments).toBeGreaterThan(5);
    expect(await store.sizeBetween('a', 0, 0, highWatermark)).toBe(partition!.sizeBytes);
    expect(await store.sizeBetween('a', 0, -7, Number.MAX_SAFE_INTEGER)).toBe(partition!.sizeBytes);
    for (const event of folder.events) {
      if (event.event !== 'segment-rolled') continue;
      const size = await store.sizeBetween('a', 0, 0, event.baseOffset);
      expect(size).toBe(scannedSize(batches, 0, event.baseOffset));
    }
    const cuts = [0, 1, 2, 33, 34, 150, 151, 300, highWatermark];
    let sum = 0;
    for (const [n, end] of cuts.slice(1).entries()) sum += await store.sizeBetween('a', 0, cuts[n]!, end);
    expect(sum).toBe(partition!.sizeBytes);
  });

  it('is nothing for what is empty, the wrong way round, or outside of the log', async () => {
    const store = await folder.open();
    await store.createTopic('a', { config: SMALL });
    expect(await store.sizeBetween('a', 0, 0, 100)).toBe(0);
    await store.deleteTopic('a');
    await fill(store);
    const { highWatermark } = await store.bounds('a', 0);
    await store.truncatePrefix('a', 0, 100);
    for (const [start, end] of [
      [0, 100],
      [highWatermark, highWatermark + 10],
      [150, 150],
      [160, 150],
      [Number.NaN, 150],
    ] as const)
      expect(await store.sizeBetween('a', 0, start, end)).toBe(0);
    await expectWithinMargin(store);
    await expect(store.sizeBetween('a', 1, 0, 1)).rejects.toMatchObject({ code: 'PARTITION_NOT_FOUND' });
    await expect(store.sizeBetween('b', 0, 0, 1)).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
  });

  it('is within its margin where compaction took offsets out', async () => {
    const store = await folder.open();
    await fill(store, {
      keys: 200,
      batches: 400,
      config: { cleanupPolicy: 'compact', minCleanableDirtyRatio: 0 },
    });
    await store.cleanUp();
    expect(folder.events).toContainEqual(expect.objectContaining({ event: 'compacted' }));
    await expectWithinMargin(store);
  });

  it('follows appends as they become readable', async () => {
    const store = await folder.open();
    await store.createTopic('a', { config: SMALL });
    let total = 0;
    for (let n = 0; n < 60; n += 1) {
      const batch = await batchOf([{ value: 'x'.repeat(n * 5), timestampMs: BASE_TIME_MS }]);
      const appending = store.append('a', 0, batch);
      expect(await store.sizeBetween('a', 0, 0, n + 1)).toBeGreaterThanOrEqual(total);
      await appending;
      total += batch.length;
      expect(await store.sizeBetween('a', 0, 0, n + 1)).toBe(total);
    }
  });

  it('reads no records, and no index of a segment that lies within the range', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open();
    await fill(store);
    const { highWatermark } = await store.bounds('a', 0);
    await store.close();
    const again = await folder.open({}, { fs: disk.fileSystem });
    disk.calls.length = 0;
    await again.sizeBetween('a', 0, 0, highWatermark);
    expect(disk.calls).toEqual([]);
    await again.sizeBetween('a', 0, 20, highWatermark - 1);
    expect(disk.of('read', '.log')).toEqual([]);
    expect(disk.of('open', '.index').length).toBeLessThanOrEqual(2);
    expect(disk.of('open', '.index').length).toBeGreaterThan(0);
  });

  it('that is asked for while its records are truncated away is that of what is left', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open();
    await fill(store);
    const { highWatermark } = await store.bounds('a', 0);
    await store.close();
    const again = await folder.open({}, { fs: disk.fileSystem });
    const held = disk.hold('open', '00000000000000000000.index');
    const asked = again.sizeBetween('a', 0, 5, highWatermark);
    await held.arrived;
    await again.truncatePrefix('a', 0, 300);
    held.release();
    expect(await asked).toBe(await again.sizeBetween('a', 0, 300, highWatermark));
  });

  it('that is asked for while the topic is deleted is refused', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open();
    await fill(store);
    await store.close();
    const again = await folder.open({}, { fs: disk.fileSystem });
    const held = disk.hold('open', '00000000000000000000.index');
    const asked = again.sizeBetween('a', 0, 5, 200);
    await held.arrived;
    await again.deleteTopic('a');
    held.release();
    await expect(asked).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
  });
});

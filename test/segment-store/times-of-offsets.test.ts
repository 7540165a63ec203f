/** When the record at an offset was written: what a linear scan says, at the price of a header. */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TopicConfig } from '../../segment-store/index.js';
import { type OpenStore, storeFolder } from './fixtures/opened-store.js';
import { type StoredBatch, scanBatches } from './fixtures/stored-batches.js';
import { BASE_TIME_MS, batchOf } from './fixtures/test-batch.js';
import { WatchedFileSystem } from './fixtures/watched-file-system.js';

const SMALL = { segmentBytes: 4096, indexIntervalBytes: 300 };

const folder = storeFolder();

async function fill(store: OpenStore, config: Partial<TopicConfig> = {}, batches = 200): Promise<void> {
  await store.createTopic('a', { config: { ...SMALL, ...config } });
  const records = fc.record({ count: fc.integer({ min: 1, max: 4 }), ms: fc.nat(1e6), bytes: fc.nat(150) });
  const encoded = await Promise.all(
    fc.sample(records, { numRuns: batches, seed: 3 }).map(({ count, ms, bytes }) =>
      batchOf(
        Array.from({ length: count }, (_, i) => ({
          key: `k${(ms + i) % 60}`,
          value: 'x'.repeat(bytes),
          timestampMs: BASE_TIME_MS + ms + i,
        })),
      ),
    ),
  );
  await Promise.all(encoded.map((batch) => store.append('a', 0, batch)));
}

function scannedTime(batches: readonly StoredBatch[], offset: number): number | undefined {
  return batches.find(({ lastOffset }) => lastOffset >= offset)?.baseTimestampMs;
}

async function expectAsScanned(store: OpenStore): Promise<void> {
  const batches = await scanBatches(store, 'a');
  const { logStartOffset, highWatermark } = await store.bounds('a', 0);
  for (let offset = logStartOffset; offset < highWatermark; offset += 1)
    expect(await store.timeAt('a', 0, offset)).toBe(scannedTime(batches, offset));
  expect(await store.timeAt('a', 0, highWatermark)).toBeUndefined();
}

describe('the time at an offset', () => {
  it('is that of its batch, from any offset, after a restart and a truncation too', async () => {
    let store = await folder.open();
    await fill(store);
    await expectAsScanned(store);
    await store.close();
    store = await folder.open();
    await store.truncatePrefix('a', 0, 101);
    await expectAsScanned(store);
  });

  it('is that of the next record where compaction took some out', async () => {
    const store = await folder.open();
    await fill(store, { cleanupPolicy: 'compact', minCleanableDirtyRatio: 0 });
    await store.cleanUp();
    const batches = await scanBatches(store, 'a');
    const gaps = batches.slice(1).filter(({ baseOffset }, n) => baseOffset > batches[n]!.lastOffset + 1);
    expect(gaps.length).toBeGreaterThan(0);
    await expectAsScanned(store);
  });

  it('is none in an empty log and at the high watermark; beyond either end it is refused', async () => {
    const store = await folder.open();
    await store.createTopic('a', { config: SMALL });
    expect(await store.timeAt('a', 0, 0)).toBeUndefined();
    await store.append('a', 0, await batchOf(['x', 'y', 'z']));
    await store.truncatePrefix('a', 0, 1);
    const range = { topic: 'a', partition: 0, startOffset: 1, endOffset: 3 };
    for (const offset of [0, 4])
      await expect(store.timeAt('a', 0, offset)).rejects.toMatchObject({
        code: 'OFFSET_OUT_OF_RANGE',
        details: { ...range, offset },
      });
    await expect(store.timeAt('a', 1, 0)).rejects.toMatchObject({ code: 'PARTITION_NOT_FOUND' });
    await expect(store.timeAt('b', 0, 0)).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
  });

  it('costs some headers, however large the batches are', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open();
    await store.createTopic('a');
    for (let n = 0; n < 4; n += 1) await store.append('a', 0, await batchOf(['x'.repeat(500_000)]));
    await store.close();
    const again = await folder.open({}, { fs: disk.fileSystem });
    for (let offset = 0; offset < 4; offset += 1) {
      disk.calls.length = 0;
      expect(await again.timeAt('a', 0, offset)).toBe(BASE_TIME_MS);
      const read = disk.of('read', '.log').reduce((sum, { bytes }) => sum + bytes, 0);
      expect(read).toBeLessThanOrEqual(4 * 4096);
    }
  });

  it('is refused where the header is damaged, and right everywhere else', async () => {
    let store = await folder.open();
    await fill(store);
    const batches = await scanBatches(store, 'a');
    await store.close();
    const damaged = 40;
    const { baseOffset: from, lastOffset, sizeBytes } = batches[damaged]!;
    overwriteHeader(batches, damaged);
    store = await folder.open();
    for (let offset = 0; offset < batches.at(-1)!.lastOffset; offset += 1) {
      const time = store.timeAt('a', 0, offset);
      if (offset < from || offset > lastOffset) {
        expect(await time).toBe(scannedTime(batches, offset));
        continue;
      }
      const details = { topic: 'a', partition: 0, startOffset: from, endOffset: lastOffset + 1 };
      await expect(time).rejects.toMatchObject({ code: 'CORRUPT_BATCH', details });
    }
    const highWatermark = batches.at(-1)!.lastOffset + 1;
    const whole = batches.reduce((sum, batch) => sum + batch.sizeBytes, 0);
    expect(await store.sizeBetween('a', 0, 0, highWatermark)).toBe(whole);
    expect(sizeBytes).toBeGreaterThan(0);
  });

  it('is right for a reader that is overtaken by a truncation, or refused if it came too late', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open();
    await fill(store);
    const expected = scannedTime(await scanBatches(store, 'a'), 200);
    await store.close();
    const again = await folder.open({}, { fs: disk.fileSystem });
    const held = disk.hold('open', '00000000000000000000.index');
    const late = again.timeAt('a', 0, 3);
    await held.arrived;
    await again.truncatePrefix('a', 0, 200);
    held.release();
    await expect(late).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    expect(await again.timeAt('a', 0, 200)).toBe(expected);
  });
});

/** Makes nonsense of the format version of a batch on disk. */
function overwriteHeader(batches: readonly StoredBatch[], number: number): void {
  const rolled = folder.events.flatMap((event) =>
    event.event === 'segment-rolled' ? [event.baseOffset] : [],
  );
  const segment = Math.max(0, ...rolled.filter((base) => base <= batches[number]!.baseOffset));
  const before = batches.slice(0, number).filter(({ baseOffset }) => baseOffset >= segment);
  const position = before.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const path = join(folder.path, 'topics', 'a-0', `${String(segment).padStart(20, '0')}.log`);
  writeSync(openSync(path, 'r+'), Buffer.from([77]), 0, 1, position + 16);
}

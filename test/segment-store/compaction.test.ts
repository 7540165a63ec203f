import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BatchBuilder, type Compression, splitBatches } from '../../proto/record-batch/index.js';
import { type Clock, openLogStore, systemClock } from '../../segment-store/index.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();
type Store = Awaited<ReturnType<typeof openLogStore>>;
let store: Store | undefined;

afterEach(() => store?.close());

/** A topic that rolls after a few batches, and is compacted whenever asked. */
const COMPACTED = {
  cleanupPolicy: 'compact',
  segmentBytes: 1024,
  minCleanableDirtyRatio: 0.01,
  deleteRetentionMs: 60_000,
} as const;

async function open(clock: Clock = systemClock): Promise<Store> {
  store = await openLogStore({ dataDir: folder.path, freeSpaceReserveBytes: 0 }, { clock });
  return store;
}

async function append(to: Store, key: string, value: string | undefined, compression: Compression = 'none') {
  const builder = new BatchBuilder();
  builder.append({ key, value, timestampMs: Date.now() });
  builder.append({ key: `${key}-twin`, value, timestampMs: Date.now() });
  return to.append('table', 0, await builder.build({ compression }));
}

/** The records by offset: key and value. */
async function contents(of: Store): Promise<Map<number, [string, string | undefined]>> {
  const found = new Map<number, [string, string | undefined]>();
  const { logStartOffset, highWatermark } = await of.bounds('table', 0);
  for (let at = logStartOffset; at < highWatermark; ) {
    const { batches, nextOffset } = await of.read('table', 0, at, 700);
    for (const batch of splitBatches(batches, { checkCrc: true })) {
      const cursor = await batch.decompress({ maxUncompressedBytes: 1e6 });
      while (cursor.next()) found.set(cursor.offset, [cursor.key()!.toString(), cursor.value()?.toString()]);
    }
    expect(nextOffset).toBeGreaterThan(at);
    at = nextOffset;
  }
  return found;
}

function lastOfEachKey(records: Map<number, [string, string | undefined]>) {
  return new Map([...records.values()].map(([key, value]) => [key, value]));
}

describe('compaction', () => {
  it.each(['none', 'gzip', 'lz4'] as const)(
    'keeps the last record of each key at its offset (%s)',
    async (compression) => {
      const log = await open();
      await log.createTopic('table', { config: COMPACTED });
      for (let n = 0; n < 200; n += 1) await append(log, `k${n % 7}`, `value ${n}`, compression);
      const before = await contents(log);
      const sizeBefore = (await log.describeTopics())[0]!.partitions[0]!;
      await log.cleanUp();
      const after = await contents(log);
      for (const [offset, record] of after) expect(before.get(offset)).toEqual(record);
      expect(lastOfEachKey(after)).toEqual(lastOfEachKey(before));
      const [described] = (await log.describeTopics())[0]!.partitions;
      expect(described!.sizeBytes).toBeLessThan(sizeBefore.sizeBytes / 3);
      expect(described!.damaged).toEqual([]);
      expect(described!.logEndOffset).toBe(400);
    },
  );

  it('merges segments that have become small', async () => {
    const log = await open();
    await log.createTopic('table', { config: COMPACTED });
    for (let n = 0; n < 200; n += 1) await append(log, `k${n % 7}`, `value ${n}`);
    await log.cleanUp();
    const [before] = (await log.describeTopics())[0]!.partitions;
    for (let n = 0; n < 20; n += 1) await append(log, `k${n % 7}`, `more ${n}`);
    const expected = lastOfEachKey(await contents(log));
    await log.cleanUp();
    const [after] = (await log.describeTopics())[0]!.partitions;
    expect(after!.segments).toBeLessThan(before!.segments / 3);
    expect(lastOfEachKey(await contents(log))).toEqual(expected);
  });

  it('reads the same after a restart, and finds the same records by time', async () => {
    const log = await open();
    await log.createTopic('table', { config: COMPACTED });
    for (let n = 0; n < 100; n += 1) await append(log, `k${n % 5}`, `value ${n}`);
    await log.cleanUp();
    const before = await contents(log);
    await log.close();
    const again = await open();
    expect(await contents(again)).toEqual(before);
    const found = await again.findByTime('table', 0, 0);
    expect(found?.offset).toBe([...before.keys()][0]);
    expect((await append(again, 'k9', 'later')).baseOffset).toBe(200);
  });

  it('lets a reader that is under way go on', async () => {
    const log = await open();
    await log.createTopic('table', { config: COMPACTED });
    for (let n = 0; n < 300; n += 1) await append(log, `k${n % 7}`, `value ${n}`);
    const expected = lastOfEachKey(await contents(log));
    const readers = Array.from({ length: 4 }, () => contents(log));
    const cleaning = log.cleanUp();
    for (const records of await Promise.all(readers)) expect(lastOfEachKey(records)).toEqual(expected);
    await cleaning;
    expect(lastOfEachKey(await contents(log))).toEqual(expected);
  });

  it('drops a deletion once every reader had time to see it', async () => {
    let aheadMs = 0;
    const log = await open({ ...systemClock, wallMs: () => Date.now() + aheadMs });
    await log.createTopic('table', { config: COMPACTED });
    await append(log, 'gone', 'value');
    await append(log, 'gone', undefined);
    for (let n = 0; n < 100; n += 1) await append(log, `k${n % 5}`, `value ${n}`);
    await log.cleanUp();
    expect(lastOfEachKey(await contents(log)).has('gone')).toBe(true);
    aheadMs = 61_000;
    for (let n = 0; n < 100; n += 1) await append(log, `k${n % 5}`, `value ${n}`);
    await log.cleanUp();
    expect(lastOfEachKey(await contents(log)).has('gone')).toBe(false);
  });

  it('keeps a deletion while what it deletes may be behind damage', async () => {
    let aheadMs = 0;
    const log = await open({ ...systemClock, wallMs: () => Date.now() + aheadMs });
    await log.createTopic('table', { config: { ...COMPACTED, segmentBytes: 2048 } });
    await append(log, 'gone', 'value');
    for (let n = 0; n < 60; n += 1) await append(log, `k${n % 5}`, `value ${n}`);
    await append(log, 'gone', undefined);
    for (let n = 0; n < 60; n += 1) await append(log, `k${n % 5}`, `value ${n}`);
    const first = join(folder.path, 'topics/table-0/00000000000000000000.log');
    const bytes = readFileSync(first);
    // In a batch of the first segment that has nothing to do with the key.
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(first, bytes);
    aheadMs = 61_000;
    await log.cleanUp();
    expect((await log.read('table', 0, 0, 1)).batches.includes('gone')).toBe(true);
    let deletions = 0;
    for (let at = 100; at < 244; ) {
      const { batches, nextOffset } = await log.read('table', 0, at, 1_000_000);
      for (const batch of splitBatches(batches)) {
        const cursor = batch.cursor();
        while (cursor.next())
          if (cursor.key()?.toString() === 'gone' && cursor.value() === undefined) deletions += 1;
      }
      at = nextOffset;
    }
    expect(deletions).toBe(1);
  });

  it('takes a topic whose policy changes to compaction and back', async () => {
    const log = await open();
    await log.createTopic('table', { config: { ...COMPACTED, cleanupPolicy: 'delete' } });
    for (let n = 0; n < 100; n += 1) await append(log, `k${n % 5}`, `value ${n}`);
    await log.cleanUp();
    expect((await contents(log)).size).toBe(200);
    await log.alterTopic('table', { set: { cleanupPolicy: 'compact' } });
    await log.cleanUp();
    const compacted = await contents(log);
    expect(compacted.size).toBeLessThan(100);
    await log.alterTopic('table', { set: { cleanupPolicy: 'delete' } });
    expect(await contents(log)).toEqual(compacted);
    await log.close();
    expect(await contents(await open())).toEqual(compacted);
  });
});

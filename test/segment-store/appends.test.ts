/** Appending to real files: what is synced when, how many share a sync, what is refused, and what readers see meanwhile. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMPRESSIONS } from '../../proto/record-batch/index.js';
import { storeFolder } from './fixtures/opened-store.js';
import { batchOf, readLog, readValues } from './fixtures/test-batch.js';
import { WatchedFileSystem } from './fixtures/watched-file-system.js';

const folder = storeFolder();
const LOG = '00000000000000000000.log';
const forever = () => new AbortController().signal;
const numbers = (count: number) => Array.from({ length: count }, (_, n) => `${n}`);

describe('group commit', () => {
  it('lets many appends share a sync, and keeps the order of the calls', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open({}, { fs: disk.fileSystem });
    await store.createTopic('a');
    const batches = await Promise.all(numbers(500).map((value) => batchOf([value])));
    const appended = await Promise.all(batches.map((batch) => store.append('a', 0, batch)));
    expect(appended.map(({ baseOffset }) => baseOffset)).toEqual(numbers(500).map(Number));
    expect(disk.of('sync', LOG).length).toBeLessThanOrEqual(3);
    expect(disk.of('write', LOG).length).toBeLessThanOrEqual(3);
    expect(await readValues(store, 'a')).toEqual(numbers(500));
  });

  it('lets what comes during a sync share the next', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open({}, { fs: disk.fileSystem });
    await store.createTopic('a');
    const held = disk.hold('sync', LOG);
    const first = store.append('a', 0, await batchOf(['first']));
    await held.arrived;
    const others = await Promise.all(numbers(100).map((value) => batchOf([value])));
    const appending = others.map((batch) => store.append('a', 0, batch));
    held.release();
    await Promise.all([first, ...appending]);
    expect(disk.of('sync', LOG)).toHaveLength(2);
  });
});

describe('durability', () => {
  it('fsync: nothing is acknowledged or read before it is synced', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open({}, { fs: disk.fileSystem });
    await store.createTopic('a');
    const held = disk.hold('sync', LOG);
    let acknowledged = false;
    const appended = store.append('a', 0, await batchOf(['x'])).then(() => {
      acknowledged = true;
    });
    const waiting = store.awaitRecords('a', 0, 0, forever());
    await held.arrived;
    expect(acknowledged).toBe(false);
    expect(await store.bounds('a', 0)).toMatchObject({ recoveryPoint: 0, highWatermark: 0, logEndOffset: 1 });
    expect((await store.read('a', 0, 0, 1000)).batches).toHaveLength(0);
    held.release();
    await Promise.all([appended, waiting]);
    expect(await store.bounds('a', 0)).toMatchObject({ recoveryPoint: 1, highWatermark: 1 });
  });

  it('os: acknowledged and read without a sync, synced when the store closes', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open({ durability: 'os' }, { fs: disk.fileSystem });
    await store.createTopic('a');
    await store.append('a', 0, await batchOf(['x']));
    expect(disk.of('sync', LOG)).toEqual([]);
    expect(await store.bounds('a', 0)).toMatchObject({ recoveryPoint: 0, highWatermark: 1 });
    expect(await readValues(store, 'a')).toEqual(['x']);
    await store.close();
    expect(disk.of('sync', LOG).length).toBeGreaterThan(0);
    const again = await folder.open();
    expect(folder.events.at(-1)).toMatchObject({ event: 'opened', clean: true });
    expect(await readValues(again, 'a')).toEqual(['x']);
  });

  it('interval: acknowledged without a sync, synced soon after', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open({ durability: 'interval', syncIntervalMs: 5 }, { fs: disk.fileSystem });
    await store.createTopic('a');
    const held = disk.hold('sync', LOG);
    await store.append('a', 0, await batchOf(['x']));
    await held.arrived;
    expect(await store.bounds('a', 0)).toMatchObject({ recoveryPoint: 0, highWatermark: 1 });
    held.release();
    await expect.poll(async () => (await store.bounds('a', 0)).recoveryPoint).toBe(1);
  });

  it.each(['os', 'interval'] as const)(
    '%s: a truncation never leaves the log start behind what is on disk',
    async (durability) => {
      const store = await folder.open({ durability, syncIntervalMs: 1e9 });
      await store.createTopic('a');
      for (const value of numbers(5)) await store.append('a', 0, await batchOf([value]));
      await store.truncatePrefix('a', 0, 4);
      const { logStartOffset, recoveryPoint } = await store.bounds('a', 0);
      expect(logStartOffset).toBe(4);
      expect(recoveryPoint).toBeGreaterThanOrEqual(4);
    },
  );
});

describe('a sync that fails', () => {
  it('takes the partition out of service for good: no acknowledgement, no second try; reads and other partitions go on', async () => {
    const disk = new WatchedFileSystem();
    let store = await folder.open({}, { fs: disk.fileSystem });
    await store.createTopic('a', { partitions: 2 });
    await store.append('a', 0, await batchOf(['kept']));
    const heal = disk.fail('sync', `a-0/${LOG}`, 'EIO');
    const offline = { code: 'PARTITION_OFFLINE', details: { topic: 'a', partition: 0 } };
    await expect(store.append('a', 0, await batchOf(['lost?']))).rejects.toMatchObject(offline);
    heal();
    const syncs = disk.of('sync', `a-0/${LOG}`).length;
    await expect(store.append('a', 0, await batchOf(['no']))).rejects.toMatchObject(offline);
    expect(disk.of('sync', `a-0/${LOG}`)).toHaveLength(syncs);
    expect(await readValues(store, 'a')).toEqual(['kept']);
    await store.append('a', 1, await batchOf(['other']));
    expect((await store.describeTopics())[0]!.partitions.map(({ offline }) => offline)).toEqual([
      true,
      false,
    ]);
    await store.close();
    store = await folder.open();
    expect(folder.events.at(-1)).toMatchObject({ event: 'opened', clean: false });
    expect((await readValues(store, 'a'))[0]).toBe('kept');
    await store.append('a', 0, await batchOf(['on again']));
  });
});

describe('limits', () => {
  it('on waiting bytes refuse more, and take it again when there is room', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open({ appendQueueBytes: 1000 }, { fs: disk.fileSystem });
    await store.createTopic('a', { partitions: 2 });
    const held = disk.hold('sync', LOG);
    const large = store.append('a', 0, await batchOf(['x'.repeat(5000)]));
    const full = { code: 'APPEND_QUEUE_FULL', details: { limitBytes: 1000 } };
    for (const partition of [0, 1])
      await expect(store.append('a', partition, await batchOf(['x']))).rejects.toMatchObject(full);
    held.release();
    expect(await large).toEqual({ baseOffset: 0, duplicate: false });
    expect((await store.append('a', 0, await batchOf(['x']))).baseOffset).toBe(1);
  });

  it('on waiting readers refuse one more, until one is done', async () => {
    const store = await folder.open({ maxWaiters: 2 });
    await store.createTopic('a', { partitions: 3 });
    const aborter = new AbortController();
    const first = store.awaitRecords('a', 0, 0, aborter.signal);
    const second = store.awaitRecords('a', 1, 0, forever());
    const details = { what: 'waiting readers', limit: 2 };
    await expect(store.awaitRecords('a', 2, 0, forever())).rejects.toMatchObject({
      code: 'TOO_MANY',
      details,
    });
    aborter.abort(new Error('done'));
    await expect(first).rejects.toThrow('done');
    const third = store.awaitRecords('a', 2, 0, forever());
    for (const partition of [1, 2]) await store.append('a', partition, await batchOf(['x']));
    await Promise.all([second, third]);
  });

  it('on open files of the process are told as such, and leave the partition in service', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open({}, { fs: disk.fileSystem });
    await store.createTopic('a', { config: { segmentBytes: 1024 } });
    await store.append('a', 0, await batchOf(['x'.repeat(900)]));
    const heal = disk.fail('open', '.log', 'EMFILE');
    await expect(store.append('a', 0, await batchOf(['y'.repeat(900)]))).rejects.toMatchObject({
      code: 'TOO_MANY',
      details: { what: 'open files' },
    });
    heal();
    expect((await store.append('a', 0, await batchOf(['z'.repeat(900)]))).baseOffset).toBe(1);
    expect((await readValues(store, 'a')).map((value) => value![0])).toEqual(['x', 'z']);
  });

  it('on the room of the disk refuse appends, keep reads alive, and end by themselves', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open({}, { fs: disk.fileSystem });
    await store.createTopic('a');
    await store.append('a', 0, await batchOf(['before']));
    disk.freeBytes = 0;
    const heal = disk.fail('write', '.log', 'ENOSPC');
    for (let n = 0; n < 3; n += 1)
      await expect(store.append('a', 0, await batchOf(['no']))).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(disk.of('write', '.log')).toHaveLength(2);
    expect(await readValues(store, 'a')).toEqual(['before']);
    expect(await store.bounds('a', 0)).toMatchObject({ highWatermark: 1, logEndOffset: 1 });
    heal();
    disk.freeBytes = undefined;
    await expect
      .poll(() => folder.events.some(({ event }) => event === 'disk-recovered'), { timeout: 5000 })
      .toBe(true);
    expect((await store.append('a', 0, await batchOf(['after']))).baseOffset).toBe(1);
    expect(await readValues(store, 'a')).toEqual(['before', 'after']);
  });
});

describe('reads', () => {
  it('of any size from any offset are what was appended, for any batches and compressions', async () => {
    const store = await folder.open();
    const batch = fc.record({
      values: fc.array(fc.string({ maxLength: 300 }), { minLength: 1, maxLength: 5 }),
      compression: fc.constantFrom(...COMPRESSIONS),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(batch, { minLength: 1, maxLength: 15 }),
        fc.integer({ min: 1, max: 3000 }),
        async (batches, maxBytes) => {
          run += 1;
          const topic = `t${run}`;
          await store.createTopic(topic, { config: { segmentBytes: 2048, indexIntervalBytes: 100 } });
          const values = batches.flatMap((one) =>
            one.values.map((value) => Buffer.from(value).toString('latin1')),
          );
          for (const { values: of, compression } of batches)
            await store.append(
              topic,
              0,
              await batchOf(
                of.map((value) => ({ value: Buffer.from(value) })),
                { compression },
              ),
            );
          for (let from = 0; from <= values.length; from += 1) {
            const found = await readLog(store, topic, { from, maxBytes });
            expect(found.map(({ offset, value }) => [offset, value])).toEqual(
              values.slice(from).map((value, n) => [from + n, value]),
            );
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it('that follow the end of the log look at the new bytes alone, once', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open({}, { fs: disk.fileSystem });
    await store.createTopic('a');
    let at = 0;
    for (const value of numbers(50)) {
      const batch = await batchOf([value]);
      const sizeBytes = batch.length;
      await store.append('a', 0, batch);
      const before = disk.of('read', LOG).length;
      ({ nextOffset: at } = await store.read('a', 0, at, 100_000));
      const reads = disk.of('read', LOG).slice(before);
      if (at > 1) expect(reads.map(({ bytes }) => bytes)).toEqual([sizeBytes]);
    }
    expect(at).toBe(50);
  });

  it('while a segment is rolled build no index anew', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open({}, { fs: disk.fileSystem });
    await store.createTopic('a', { config: { segmentBytes: 1024 } });
    for (const value of numbers(9)) await store.append('a', 0, await batchOf([value.repeat(30)]));
    const held = disk.hold('open', '.index');
    const rolling = store.append('a', 0, await batchOf(['x'.repeat(900)]));
    await held.arrived;
    expect(await readValues(store, 'a')).toHaveLength(9);
    held.release();
    await rolling;
    expect(folder.events.filter(({ event }) => event === 'rebuilt')).toEqual([]);
  });
});

/** Opening and closing: one owner, a clean mark that is true, and no more work at a start than there is to do. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StoreEvent } from '../../segment-store/index.js';
import { storeFolder } from './fixtures/opened-store.js';
import { batchOf, readValues } from './fixtures/test-batch.js';
import { WatchedFileSystem } from './fixtures/watched-file-system.js';

const folder = storeFolder();
const mark = () => existsSync(join(folder.path, 'clean-shutdown'));

describe('the lock', () => {
  it('refuses a second opener at once, naming the holder, and is free when the first has closed', async () => {
    const store = await folder.open();
    await store.createTopic('a');
    const startedMs = performance.now();
    await expect(folder.open()).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_LOCKED',
      details: { dataDir: folder.path, holder: expect.stringContaining(`process ${process.pid} on `) },
    });
    expect(performance.now() - startedMs).toBeLessThan(1000);
    await store.append('a', 0, await batchOf(['undisturbed']));
    await store.close();
    expect(await readValues(await folder.open(), 'a')).toEqual(['undisturbed']);
  });

  it('is held against other processes, and ends with the one that holds it, however that ends', async () => {
    const holder = fork(
      new URL('./fixtures/lock-holder.mjs', import.meta.url),
      [join(folder.path, '.lock')],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    try {
      await once(holder, 'message');
      await expect(folder.open()).rejects.toMatchObject({
        code: 'DATA_DIRECTORY_LOCKED',
        details: { holder: `process ${holder.pid}` },
      });
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    await (await folder.open()).createTopic('a');
  });
});

describe('the clean mark', () => {
  it('is there after a close, gone while open, and not left by a store whose disk fails', async () => {
    const disk = new WatchedFileSystem();
    let store = await folder.open();
    expect(folder.events.at(-1)).toMatchObject({ event: 'opened', clean: false, topics: 0 });
    await store.createTopic('a');
    expect(mark()).toBe(false);
    await store.close();
    expect(mark()).toBe(true);
    store = await folder.open({}, { fs: disk.fileSystem });
    expect(folder.events.at(-1)).toMatchObject({ event: 'opened', clean: true, topics: 1, partitions: 1 });
    expect(mark()).toBe(false);
    disk.fail('sync', '.log', 'EIO');
    await expect(store.append('a', 0, await batchOf(['x']))).rejects.toMatchObject({
      code: 'PARTITION_OFFLINE',
    });
    await store.close();
    expect(mark()).toBe(false);
  });

  it('lets the next start read nothing of the logs', async () => {
    let store = await folder.open();
    await store.createTopic('a', { partitions: 3, config: { segmentBytes: 2048 } });
    const producer = { producerId: 1, producerEpoch: 0 };
    for (let n = 0; n < 30; n += 1)
      await store.append(
        'a',
        n % 2,
        await batchOf(['x'.repeat(200)], n % 2 ? {} : { producer: { ...producer, baseSequence: n / 2 } }),
      );
    await store.close();
    const disk = new WatchedFileSystem();
    store = await folder.open({}, { fs: disk.fileSystem });
    expect(disk.of('read', '.log')).toEqual([]);
    expect(disk.of('write', '.log')).toEqual([]);
    expect(
      await store.append(
        'a',
        0,
        await batchOf(['x'.repeat(200)], { producer: { ...producer, baseSequence: 14 } }),
      ),
    ).toEqual({
      baseOffset: 14,
      duplicate: true,
    });
  });
});

describe('a start after an unclean end', () => {
  it('reads of each log only what was written behind the last checkpoint', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open({ checkpointBytes: 1 }, { fs: disk.fileSystem });
    await store.createTopic('a');
    const mebibyte = () => batchOf(['x'.repeat(1024 ** 2 - 100)]);
    for (let n = 0; n < 5; n += 1) await store.append('a', 0, await mebibyte());
    await expect
      .poll(() => readdirSync(join(folder.path, 'topics', 'a-0')).some((name) => name.endsWith('.seal')))
      .toBe(true);
    const tail = [await batchOf(['a']), await batchOf(['b'])];
    const tailBytes = tail.reduce((bytes, batch) => bytes + batch.length, 0);
    // A disk that fails from here on leaves what a crash leaves.
    for (const batch of tail) await store.append('a', 0, batch);
    disk.fail('open', '.seal.tmp', 'EIO');
    disk.fail('open', 'clean-shutdown.tmp', 'EIO');
    await store.close();
    expect(mark()).toBe(false);
    const fresh = new WatchedFileSystem();
    const again = await folder.open({}, { fs: fresh.fileSystem });
    const read = fresh.of('read', '.log').reduce((bytes, call) => bytes + call.bytes, 0);
    expect(read).toBeGreaterThanOrEqual(tailBytes);
    expect(read).toBeLessThan(2 * 1024 ** 2 + 4 * tailBytes);
    expect((await readValues(again, 'a')).slice(-2)).toEqual(['a', 'b']);
  });
});

describe('a start on a full disk', () => {
  it('serves what is there, and takes appends when there is room', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open();
    await store.createTopic('a');
    await store.append('a', 0, await batchOf(['kept']));
    await store.close();
    const makeRoom = ['recovery-point-offset-checkpoint.tmp', 'log-start-offset-checkpoint.tmp'].map((file) =>
      disk.fail('write', file, 'ENOSPC'),
    );
    const told: string[] = [];
    const onEvent = (event: StoreEvent) => {
      if (event.event === 'background-error') told.push(event.doing);
    };
    const full = await folder.open({}, { fs: disk.fileSystem, onEvent });
    expect(told).toEqual(['writing the recovery points', 'writing the log start offsets']);
    expect(await readValues(full, 'a')).toEqual(['kept']);
    for (const make of makeRoom.reverse()) make();
    await full.append('a', 0, await batchOf(['new']));
    expect(await readValues(full, 'a')).toEqual(['kept', 'new']);
  });
});

describe('an opening that fails', () => {
  it('leaves nothing at work behind it, and the lock free', async () => {
    const store = await folder.open();
    await store.createTopic('a', { partitions: 40 });
    await store.close();
    const disk = new WatchedFileSystem();
    disk.fail('syncDirectory', 'a-7', 'EIO');
    await expect(folder.open({}, { fs: disk.fileSystem })).rejects.toMatchObject({ code: 'EIO' });
    const calls = disk.calls.length;
    const again = await folder.open();
    expect((await again.describeTopics())[0]!.partitions).toHaveLength(40);
    expect(disk.calls).toHaveLength(calls);
    expect(disk.of('close').length).toBe(disk.of('open').length);
  });
});

describe('a store with many partitions', () => {
  it('opens a thousand in a few seconds', async () => {
    let store = await folder.open();
    await store.createTopic('many', { partitions: 1000 });
    await store.append('many', 999, await batchOf(['last']));
    await store.close();
    const startedMs = performance.now();
    store = await folder.open();
    expect(performance.now() - startedMs).toBeLessThan(8000);
    expect(await readValues(store, 'many', 999)).toEqual(['last']);
  });
});

describe('closing', () => {
  it('finishes what is queued, answers readers, refuses what comes later, and can be asked for twice', async () => {
    const store = await folder.open();
    await store.createTopic('a');
    const batches = await Promise.all(Array.from({ length: 100 }, (_, n) => batchOf([`${n}`])));
    const appending = batches.map((batch) => store.append('a', 0, batch));
    const waiting = store.awaitRecords('a', 0, 1e6, new AbortController().signal);
    const closed = [store.close(), store.close()];
    const late = await batchOf(['late']);
    const shut = { code: 'SHUTTING_DOWN' };
    await expect(waiting).rejects.toMatchObject(shut);
    await expect(store.append('a', 0, late)).rejects.toMatchObject(shut);
    await expect(store.read('a', 0, 0, 100)).rejects.toMatchObject(shut);
    await expect(store.createTopic('b')).rejects.toMatchObject(shut);
    await expect(store.deleteTopic('a')).rejects.toMatchObject(shut);
    await expect(store.allocateProducerId()).rejects.toMatchObject(shut);
    await expect(store.truncatePrefix('a', 0, 0)).rejects.toMatchObject(shut);
    expect((await Promise.all(appending)).map(({ baseOffset }) => baseOffset)).toEqual(
      batches.map((_, n) => n),
    );
    await Promise.all(closed);
    expect(await readValues(await folder.open(), 'a')).toHaveLength(100);
  });

  it('waits for a read that is under way, whose file it must not close', async () => {
    const disk = new WatchedFileSystem();
    const store = await folder.open({}, { fs: disk.fileSystem });
    await store.createTopic('a');
    await store.append('a', 0, await batchOf(['x']));
    const held = disk.hold('read', '.log');
    const reading = store.read('a', 0, 0, 1000);
    await held.arrived;
    const closed = store.close();
    held.release();
    expect((await reading).nextOffset).toBe(1);
    await closed;
    expect(disk.of('close').length).toBe(disk.of('open').length);
  });
});

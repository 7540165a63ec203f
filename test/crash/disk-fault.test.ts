/** A disk that fails, fills up or hangs, under a real broker: nothing is acknowledged that is not durable, reads go on, and the broker says what is wrong. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Respool } from '../../sdk/index.js';
import { LoopMount } from '../fixtures/loop-mount.js';
import { hasCommands, isRoot, requireOrSkip } from '../fixtures/requirement.js';
import { BrokerProcess, type BrokerSettings, freePort } from './broker-process.js';
import { SyscallFault } from './syscall-fault.js';

const canRun = requireOrSkip(
  'disk faults',
  () => isRoot() && hasCommands('strace', 'mkfs.ext4', 'losetup', 'fsfreeze', 'prlimit'),
  'needs root, strace, e2fsprogs and util-linux',
);

const MIB = 1024 ** 2;
const LARGE = Buffer.alloc(100_000, 'x');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'respool-disk-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe.runIf(canRun)('a broker whose', () => {
  it('fdatasync fails acknowledges nothing more, serves what it has, and recovers at the next start', async () => {
    const settings = await settingsFor(folder);
    await using client = new Respool(settings.listen, { retryMaxMs: 20 });
    {
      await using broker = await start(settings, client);
      await append(client, 'before');
      await using fault = await SyscallFault.inject(broker.pid, 'fdatasync', 'EIO');
      await expect(append(client, 'lost or not')).rejects.toMatchObject({
        code: 'PARTITION_OFFLINE',
        outcomeUnknown: true,
      });
      await fault[Symbol.asyncDispose]();
      // The next fdatasync would succeed. It must not be believed.
      await expect(append(client, 'refused')).rejects.toMatchObject({
        code: 'PARTITION_OFFLINE',
        outcomeUnknown: true,
      });
      expect(await values(client)).toEqual(['before']);
      expect(await ask(settings, '/healthz')).toMatchObject({ status: 200, problems: ['partition-offline'] });
      expect(await ask(settings, '/readyz')).toMatchObject({ status: 503 });
    }
    await using again = await start(settings, client);
    await append(client, 'after');
    expect((await values(client)).filter((value) => value !== 'lost or not')).toEqual(['before', 'after']);
    expect(await again.kill('SIGTERM')).toBe(0);
  });

  it.each([0, MIB])(
    'disk is full, but for a reserve of %i bytes, refuses appends, serves reads, and goes on by itself when there is room',
    async (reserveBytes) => {
      await using mount = await LoopMount.make('ext4', { sizeBytes: 24 * MIB });
      const settings = await settingsFor(join(mount.path, 'data'), reserveBytes);
      await using client = new Respool(settings.listen, { retryMaxMs: 20 });
      await using broker = await start(settings, client);
      const filler = join(mount.path, 'filler');
      await writeFile(filler, Buffer.alloc((await freeBytes(mount.path)) - reserveBytes - 2 * MIB));
      const stored = await appendUntilRefused(client);
      expect(stored.error).toMatchObject({ code: 'DISK_FULL', outcomeUnknown: false });
      expect(await values(client)).toHaveLength(stored.count);
      expect(await ask(settings, '/healthz')).toMatchObject({ status: 200, problems: ['disk-full'] });
      await rm(filler);
      await broker.logged('"msg":"disk-recovered"');
      await append(client, 'after');
      expect(await values(client)).toHaveLength(stored.count + 1);
      expect(await broker.kill('SIGTERM')).toBe(0);
    },
  );

  it('disk can hold no more files refuses what needs a new one, and nothing else', async () => {
    await using mount = await LoopMount.make('ext4', { sizeBytes: 24 * MIB, inodes: 256 });
    const settings = await settingsFor(join(mount.path, 'data'));
    await using client = new Respool(settings.listen, { retryMaxMs: 20 });
    await using broker = await start(settings, client);
    await append(client, 'before');
    const fillers = await fillInodes(mount.path);
    await expect(client.admin.createTopic('more')).rejects.toMatchObject({ code: 'DISK_FULL' });
    await append(client, 'meanwhile');
    expect(await values(client)).toEqual(['before', 'meanwhile']);
    await Promise.all(fillers.map((path) => rm(path)));
    await client.admin.createTopic('more');
    expect(await broker.kill('SIGTERM')).toBe(0);
  });

  it('files are at the limit of the process goes on with those that are open, and with more when it may', async () => {
    const settings = await settingsFor(folder);
    await using client = new Respool(settings.listen, { retryMaxMs: 20 });
    await using broker = await start(settings, client);
    await append(client, 'before');
    expect(await values(client)).toEqual(['before']);
    await limitOpenFiles(broker.pid, 3);
    await expect(client.admin.createTopic('more')).rejects.toMatchObject({ name: 'RespoolError' });
    await append(client, 'meanwhile');
    expect(await values(client)).toEqual(['before', 'meanwhile']);
    await limitOpenFiles(broker.pid, 4096);
    await client.admin.createTopic('yet-more');
    expect(await broker.kill('SIGTERM')).toBe(0);
  });

  it('disk hangs answers for its health at once, serves reads, and acknowledges when the disk goes on', async () => {
    await using mount = await LoopMount.make('ext4');
    const settings = await settingsFor(join(mount.path, 'data'));
    await using client = new Respool(settings.listen, { retryMaxMs: 20 });
    await using broker = await start(settings, client);
    await append(client, 'before');
    expect(await values(client)).toEqual(['before']);
    await mount.freeze();
    try {
      let answered = false;
      const hanging = append(client, 'hanging').finally(() => {
        answered = true;
      });
      expect(await ask(settings, '/healthz')).toMatchObject({ status: 200 });
      expect(await values(client)).toEqual(['before']);
      expect(answered).toBe(false);
      await mount.thaw();
      await hanging;
    } finally {
      // A process that hangs in the kernel cannot even be killed.
      await mount.thaw();
    }
    expect(await values(client)).toEqual(['before', 'hanging']);
    expect(await broker.kill('SIGTERM')).toBe(0);
  });
});

async function settingsFor(dataDir: string, reserveBytes = MIB): Promise<BrokerSettings> {
  return {
    dataDir,
    listen: `127.0.0.1:${await freePort()}`,
    http: `127.0.0.1:${await freePort()}`,
    flags: ['--free-space-reserve-bytes', String(reserveBytes)],
  };
}

/** A broker that serves, with a topic. */
async function start(settings: BrokerSettings, client: Respool): Promise<BrokerProcess> {
  const broker = new BrokerProcess(settings);
  await broker.ready;
  const topics = await client.admin.describeTopics();
  if (topics.length === 0) await client.admin.createTopic('orders');
  return broker;
}

async function append(client: Respool, value: string | Buffer): Promise<void> {
  await client.append({ topic: 'orders', records: [{ value }] });
}

async function appendUntilRefused(client: Respool): Promise<{ count: number; error: unknown }> {
  for (let count = 0; count < 1000; count += 1) {
    try {
      await append(client, LARGE);
    } catch (error) {
      return { count, error };
    }
  }
  throw new Error('the disk does not get full');
}

async function values(client: Respool): Promise<string[]> {
  const found: string[] = [];
  for await (const { value } of client.records({ topic: 'orders' })) found.push(value?.toString() ?? 'null');
  return found;
}

async function ask({ http }: BrokerSettings, path: string): Promise<{ status: number; problems: string[] }> {
  const response = await fetch(`http://${http}${path}`);
  const { problems } = (await response.json()) as { problems: { problem: string }[] };
  return { status: response.status, problems: problems.map(({ problem }) => problem) };
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** Makes empty files until there are no inodes left. */
async function fillInodes(path: string): Promise<string[]> {
  const made: string[] = [];
  for (let number = 0; number < 10_000; number += 1) {
    const file = join(path, `filler-${number}`);
    try {
      await writeFile(file, '');
      made.push(file);
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
      return made;
    }
  }
  throw new Error('the inodes do not run out');
}

async function limitOpenFiles(pid: number, limit: number): Promise<void> {
  await promisify(execFile)('prlimit', ['--pid', String(pid), `--nofile=${limit}:4096`]);
}

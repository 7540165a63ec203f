/** The disk must lose what a real one may lose, keep what a real one must keep, and do the same for the same seed. */
import { expect, it } from 'vitest';
import type { FileSystem } from '../../segment-store/file-system.js';
import { SimulatedMachine } from './simulated-machine.js';

const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);

/** Runs `before` on a machine, ends it by power loss or kill, and tells how `path` looks to the next process. */
async function afterwards(
  seed: number,
  crash: 'power loss' | 'kill',
  before: (fs: FileSystem, machine: SimulatedMachine) => Promise<void>,
  path = '/d/a',
): Promise<string | undefined> {
  const machine = new SimulatedMachine(seed);
  const { process, fs } = machine.startProcess();
  await machine.world.run(before(fs, machine));
  if (crash === 'kill') process.kill();
  else machine.losePower();
  return machine.world.run(contentOf(machine.startProcess().fs, path));
}

async function outcomes(...args: Parameters<typeof afterwards> extends [number, ...infer R] ? R : never) {
  const all = new Set<string | undefined>();
  for (const seed of SEEDS) all.add(await afterwards(seed, ...args));
  return all;
}

async function contentOf(fs: FileSystem, path: string): Promise<string | undefined> {
  const stat = await fs.stat(path);
  if (!stat) return undefined;
  const file = await fs.open(path, 'read');
  const content = Buffer.alloc(stat.sizeBytes);
  await file.read(content, 0);
  await file.close();
  return content.toString('latin1');
}

async function put(fs: FileSystem, content: string, { sync = true, syncFolders = true } = {}) {
  await fs.makeDirectory('/d');
  const file = await fs.open('/d/a', 'write');
  await file.write([Buffer.from(content)], 0);
  if (sync) await file.sync();
  await file.close();
  if (!syncFolders) return;
  await fs.syncDirectory('/d');
  await fs.syncDirectory('/');
}

it('what was synced, with its name, is there after any power loss', async () => {
  expect(await outcomes('power loss', (fs) => put(fs, 'kept'))).toEqual(new Set(['kept']));
});

it('bytes that were not synced may be lost, kept, or read as zeros', async () => {
  const seen = await outcomes('power loss', (fs) => put(fs, 'risk', { sync: false }));
  expect(seen).toEqual(new Set(['', 'risk', '\0\0\0\0']));
});

it('a long write that was not synced may be torn between sectors, with holes', async () => {
  const long = 'x'.repeat(2048);
  const seen = await outcomes('power loss', (fs) => put(fs, long, { sync: false }));
  const sectors = (content = '') => content.match(/.{512}/gs)?.map((sector) => sector[0]) ?? [];
  const shapes = [...seen].map((content) => sectors(content).join('').replaceAll('\0', '.'));
  expect(shapes).toEqual(expect.arrayContaining(['', 'xxxx', '....', 'x', 'xx']));
  expect(shapes.some((shape) => /\.x/.test(shape))).toBe(true);
});

it('a file whose folder was not synced may be gone, synced or not', async () => {
  const seen = await outcomes('power loss', (fs) => put(fs, 'kept', { syncFolders: false }));
  expect(seen).toEqual(new Set([undefined, 'kept']));
});

it('a rename that was not made durable leaves the old file or the new one', async () => {
  const seen = await outcomes('power loss', async (fs) => {
    await put(fs, 'old');
    const file = await fs.open('/d/new', 'write');
    await file.write([Buffer.from('new')], 0);
    await file.sync();
    await file.close();
    await fs.rename('/d/new', '/d/a');
  });
  expect(seen).toEqual(new Set(['old', 'new']));
});

it('a deletion that was not made durable may come back', async () => {
  const seen = await outcomes('power loss', async (fs) => {
    await put(fs, 'old');
    await fs.remove('/d/a');
  });
  expect(seen).toEqual(new Set(['old', undefined]));
});

it('a failed sync loses its bytes although the next sync succeeds, and until then they can be read', async () => {
  const failOnce = async (fs: FileSystem, machine: SimulatedMachine) => {
    await put(fs, '');
    const file = await fs.open('/d/a', 'write');
    await file.write([Buffer.from('gone')], 0);
    machine.disk.faults.syncErrorRate = 1;
    await expect(file.sync()).rejects.toMatchObject({ code: expect.stringMatching(/^(EIO|ENOSPC)$/) });
    machine.disk.heal();
    await file.sync();
  };
  expect(await outcomes('kill', failOnce)).toEqual(new Set(['gone']));
  expect(await outcomes('power loss', failOnce)).toEqual(new Set(['\0\0\0\0']));
});

it('a kill keeps what was written, and a write under way is kept in part', async () => {
  expect(await outcomes('kill', (fs) => put(fs, 'kept', { sync: false }))).toEqual(new Set(['kept']));
  const seen = await outcomes('kill', async (fs) => {
    await put(fs, '');
    const file = await fs.open('/d/a', 'write');
    void file.write([Buffer.from('abc')], 0);
  });
  expect(seen).toEqual(new Set(['', 'a', 'ab', 'abc']));
});

it('a write that began before a sync but was not done is not covered by it', async () => {
  const seen = await outcomes('power loss', async (fs) => {
    await put(fs, '');
    const file = await fs.open('/d/a', 'write');
    const written = file.write([Buffer.from('late')], 0);
    await Promise.all([file.sync(), written]);
  });
  expect(seen).toContain('');
});

it('a dead process does nothing any more', async () => {
  const machine = new SimulatedMachine(1);
  const { process, fs } = machine.startProcess();
  await machine.world.run(put(fs, 'kept'));
  process.kill();
  const fates: string[] = [];
  fs.remove('/d/a').then(
    () => fates.push('done'),
    () => fates.push('failed'),
  );
  process.clock.after(1, () => fates.push('timer'));
  const next = machine.startProcess();
  await machine.world.run(next.process.sleep(10));
  expect(fates).toEqual([]);
  expect(await machine.world.run(contentOf(next.fs, '/d/a'))).toBe('kept');
});

it('a full disk takes whole sectors, then answers ENOSPC, and takes more when there is room', async () => {
  const machine = new SimulatedMachine(1);
  const { fs } = machine.startProcess();
  await machine.world.run(put(fs, ''));
  machine.disk.faults.capacityBytes = 1100;
  const file = await machine.world.run(fs.open('/d/a', 'write'));
  expect(await machine.world.run(file.write([Buffer.alloc(2000)], 0))).toBe(1024);
  await expect(machine.world.run(file.write([Buffer.alloc(500)], 1024))).rejects.toMatchObject({
    code: 'ENOSPC',
  });
  expect(await machine.world.run(file.write([Buffer.alloc(500)], 0))).toBe(500);
  machine.disk.heal();
  expect(await machine.world.run(file.write([Buffer.alloc(500)], 1024))).toBe(500);
});

it('too many open files are refused until one is closed', async () => {
  const machine = new SimulatedMachine(1);
  const { fs } = machine.startProcess();
  await machine.world.run(put(fs, 'x'));
  machine.disk.faults.maxOpenFiles = 1;
  const file = await machine.world.run(fs.open('/d/a', 'read'));
  await expect(machine.world.run(fs.open('/d/a', 'read'))).rejects.toMatchObject({ code: 'EMFILE' });
  await machine.world.run(file.close());
  await machine.world.run(fs.open('/d/a', 'read'));
});

it('a hung sync returns when the disk goes on', async () => {
  const machine = new SimulatedMachine(1);
  const { process, fs } = machine.startProcess();
  await machine.world.run(put(fs, 'x'));
  const file = await machine.world.run(fs.open('/d/a', 'write'));
  machine.disk.faults.syncsHang = true;
  let synced = false;
  const syncing = file.sync().then(() => {
    synced = true;
  });
  await machine.world.run(process.sleep(1000));
  expect(synced).toBe(false);
  machine.disk.heal();
  await machine.world.run(syncing);
});

it('the lock of a dead process is free', async () => {
  const machine = new SimulatedMachine(1);
  const first = machine.startProcess();
  const second = machine.startProcess();
  await machine.world.run(first.fs.lock('/.lock', 'first'));
  expect(await machine.world.run(second.fs.lock('/.lock', 'second'))).toEqual({ holder: 'first' });
  first.process.kill();
  expect(await machine.world.run(second.fs.lock('/.lock', 'second'))).toHaveProperty('release');
});

it('one seed gives one run, and seeds differ', async () => {
  const order = async (seed: number) => {
    const machine = new SimulatedMachine(seed);
    const { process, fs } = machine.startProcess();
    const done: number[] = [];
    const jobs = Array.from({ length: 8 }, async (_, i) => {
      await fs.makeDirectory(`/f${i}`);
      await process.sleep(i % 3);
      done.push(i);
    });
    await machine.world.run(Promise.all(jobs));
    return `${done.join()} ${machine.world.nowMs}`;
  };
  expect(await order(7)).toBe(await order(7));
  expect(new Set(await Promise.all([1, 2, 3].map(order))).size).toBe(3);
});

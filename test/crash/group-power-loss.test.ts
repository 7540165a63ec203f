/**
 * Power loss while commits are under way: the same promise as after a kill, on real file systems that lose every page that was not synced.
 *
 * The boot id stays what it was, as no kernel starts anew. LMDB, told to, would take it for a proof that nothing was lost, and read what was never synced. So
 * this is the harder case of the two: nothing that the broker says after the loss may rest on that.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileSystemKind, LoopMount } from '../fixtures/loop-mount.js';
import { hasCommands, isRoot, requireOrSkip } from '../fixtures/requirement.js';
import { checkGroupHistory, type GroupViolation } from '../group-history/check-group-history.js';
import { BrokerProcess, type BrokerSettings, damageIn, freePort } from './broker-process.js';
import { GroupWorkload } from './group-workload.js';

/** Of all file systems together. */
const ROUNDS = Number(process.env['RESPOOL_POWER_LOSS_ROUNDS'] ?? 8);
const MAX_LIFE_MS = 100;
/** The rule that a broker breaks which acknowledges too early, and how often it may get away with it. */
const LOST = 'no acknowledged commit is lost';
const CANARY_TRIES = 20;

const canRun = requireOrSkip(
  'power loss of groups',
  () => isRoot() && hasCommands('xfs_io', 'mkfs.ext4', 'mkfs.xfs', 'losetup'),
  'needs root, e2fsprogs and xfsprogs',
);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'respool-group-power-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe.runIf(canRun).each(['ext4', 'xfs'] as const)('on %s', (kind) => {
  const rounds = Math.ceil(ROUNDS / 2);
  it(`no acknowledged commit is lost in ${rounds} power losses`, { timeout: 60_000 + rounds * 5000 }, () =>
    expect(losePowerAgainAndAgain(kind, rounds)).resolves.toEqual([]),
  );

  // Each time anew, as a checkpoint may just have synced everything when the power goes.
  it('a broker that acknowledges commits before the sync is found out', { timeout: 300_000 }, async () => {
    const found = new Set<string>();
    for (let n = 0; n < CANARY_TRIES && !found.has(LOST); n += 1) {
      await using mount = await LoopMount.make(kind);
      await using bed = await TestBed.make(mount, 'os');
      await bed.liveAndLosePower(true);
      for (const rule of await rulesBrokenAfterwards(bed)) found.add(rule);
    }
    expect([...found]).toContain(LOST);
  });
});

async function losePowerAgainAndAgain(kind: FileSystemKind, rounds: number): Promise<GroupViolation[]> {
  await using mount = await LoopMount.make(kind);
  await using bed = await TestBed.make(mount, 'fsync');
  const { workload } = bed;
  for (let round = 1; round <= rounds; round += 1) await bed.liveAndLosePower(round === 1);
  await using last = await bed.startBroker();
  await workload.describe();
  await workload.stop();
  const history = await workload.history();
  expect(workload.failures).toEqual([]);
  expect(workload.committedFromOutside).toBeGreaterThan(rounds);
  expect(await last.kill('SIGTERM')).toBe(0);
  expect(await damageIn(bed.settings.dataDir)).toEqual([]);
  return checkGroupHistory(history);
}

async function rulesBrokenAfterwards({ settings, workload }: TestBed): Promise<string[]> {
  await using broker = new BrokerProcess(settings);
  await broker.ready;
  await workload.describe();
  await workload.abandon();
  return checkGroupHistory(await workload.history()).map(({ rule }) => rule);
}

/** A broker on a file system that can lose its power, and groups at work whose events are kept elsewhere. */
class TestBed implements AsyncDisposable {
  private constructor(
    private readonly mount: LoopMount,
    readonly settings: BrokerSettings,
    readonly workload: GroupWorkload,
  ) {}

  static async make(mount: LoopMount, durability: 'fsync' | 'os'): Promise<TestBed> {
    const listen = `127.0.0.1:${await freePort()}`;
    const flags = [
      ...['--checkpoint-interval-ms', '200', '--group-view-flush-interval-ms', '30'],
      ...['--free-space-reserve-bytes', '1000000', '--durability', durability],
    ];
    const settings = { dataDir: `${mount.path}/data`, listen, http: 'off', flags };
    const events = await mkdtemp(join(folder, 'events-'));
    // What was acknowledged and lost leaves a gap that no producer gets over.
    const patience = durability === 'fsync' ? {} : { deliveryTimeoutMs: 1000 };
    const workload = new GroupWorkload({ server: listen, folder: events, ...patience });
    return new TestBed(mount, settings, workload);
  }

  async startBroker(): Promise<BrokerProcess> {
    const broker = new BrokerProcess(this.settings);
    await broker.ready;
    return broker;
  }

  async liveAndLosePower(isFirst: boolean): Promise<void> {
    await using broker = await this.startBroker();
    await (isFirst ? this.workload.start() : this.workload.describe());
    await this.workload.awaitCommitted();
    // The one wait that is no signal: the moment of the power loss is what is being tried out.
    await elapse(Math.random() * MAX_LIFE_MS);
    // A machine without power says nothing more. A file system that was shut down may still let a sync return.
    await broker.freeze();
    await this.mount.losePower();
    await broker.kill();
    await this.mount.restore();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.workload[Symbol.asyncDispose]();
  }
}

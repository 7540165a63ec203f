/** Power loss: the same promise as after a kill, on real file systems that lose every page that was not synced. */
import { setTimeout as elapse } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Respool } from '../../sdk/index.js';
import { type FileSystemKind, LoopMount } from '../fixtures/loop-mount.js';
import { hasCommands, isRoot, requireOrSkip } from '../fixtures/requirement.js';
import { checkHistory, type Violation } from '../history/check-history.js';
import { BrokerProcess, type BrokerSettings, damageIn, freePort } from './broker-process.js';
import { ClientWorkload } from './client-workload.js';

/** Of all file systems together. */
const ROUNDS = Number(process.env['RESPOOL_POWER_LOSS_ROUNDS'] ?? 10);
const MAX_LIFE_MS = 150;
/** The rule that a broker breaks which acknowledges too early, and how often it may get away with it. */
const LOST = 'no acknowledged write is unread';
const CANARY_TRIES = 20;

const canRun = requireOrSkip(
  'power loss',
  () => isRoot() && hasCommands('xfs_io', 'mkfs.ext4', 'mkfs.xfs', 'losetup'),
  'needs root, e2fsprogs and xfsprogs',
);

describe.runIf(canRun).each(['ext4', 'xfs'] as const)('on %s', (kind) => {
  const rounds = Math.ceil(ROUNDS / 2);
  it(`nothing is lost or stored twice in ${rounds} power losses`, { timeout: 60_000 + rounds * 5000 }, () =>
    expect(losePowerAgainAndAgain(kind, { rounds, durability: 'fsync' })).resolves.toEqual([]),
  );

  // Each time anew, as a checkpoint or a roll may just have synced everything when the power goes.
  it('a broker that acknowledges before the sync is found out', { timeout: 300_000 }, async () => {
    const found = new Set<string>();
    for (let n = 0; n < CANARY_TRIES && !found.has(LOST); n += 1) {
      for (const { rule } of await losePowerAgainAndAgain(kind, { rounds: 1, durability: 'os' }))
        found.add(rule);
    }
    expect([...found]).toContain(LOST);
  });
});

async function losePowerAgainAndAgain(
  kind: FileSystemKind,
  { rounds, durability }: { rounds: number; durability: 'fsync' | 'os' },
): Promise<Violation[]> {
  await using mount = await LoopMount.make(kind);
  const settings: BrokerSettings = {
    dataDir: `${mount.path}/data`,
    listen: `127.0.0.1:${await freePort()}`,
    http: 'off',
    flags: [
      ...['--topic-segment-bytes', '100000', '--checkpoint-interval-ms', '200'],
      ...['--free-space-reserve-bytes', '1000000', '--durability', durability],
    ],
  };
  await using client = new Respool(settings.listen, { retryMaxMs: 20 });
  // What was acknowledged and lost leaves a gap that no producer gets over.
  const patience = durability === 'fsync' ? {} : { deliveryTimeoutMs: 1000 };
  const workload = new ClientWorkload(client, { topic: 'orders', partitions: 2, inFlight: 8, ...patience });
  for (let round = 1; round <= rounds; round += 1) {
    await using broker = new BrokerProcess(settings);
    await broker.ready;
    if (round === 1) {
      await client.admin.createTopic('orders', { partitions: 2 });
      workload.start();
    }
    await workload.awaitAcknowledged(1);
    // The one wait that is no signal: the moment of the power loss is what is being tried out.
    await elapse(Math.random() * MAX_LIFE_MS);
    // A machine without power says nothing more. A file system that was shut down may still let a sync return.
    await broker.freeze();
    await mount.losePower();
    await broker.kill();
    await mount.restore();
  }

  await using last = new BrokerProcess(settings);
  await last.ready;
  await workload.stop();
  const history = workload.recorder.history(await workload.readLogs());
  expect(workload.acknowledged).toBeGreaterThan(rounds * 10);
  expect(await last.kill('SIGTERM')).toBe(0);
  expect(await damageIn(settings.dataDir)).toEqual([]);
  if (durability === 'fsync') expect(workload.failures).toEqual([]);
  return checkHistory(history);
}

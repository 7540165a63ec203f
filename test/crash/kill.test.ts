/** `kill -9` at any instant: every acknowledged record is there, once, at its offset, byte for byte. Real processes, real clients. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Respool } from '../../sdk/index.js';
import { checkHistory } from '../history/check-history.js';
import { BrokerProcess, type BrokerSettings, damageIn, freePort } from './broker-process.js';
import { ClientWorkload } from './client-workload.js';

const ROUNDS = Number(process.env['RESPOOL_CRASH_ROUNDS'] ?? 15);
/** A kill comes at a random moment of the first so many milliseconds of a process that serves … */
const MAX_LIFE_MS = 150;
/** … or, in one round of so many, of one that is still starting. */
const STARTING_EVERY = 5;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'respool-kill-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it(`nothing is lost or stored twice in ${ROUNDS} kills`, { timeout: 60_000 + ROUNDS * 3000 }, async () => {
  const settings = {
    dataDir: folder,
    listen: `127.0.0.1:${await freePort()}`,
    http: 'off',
    flags: [
      '--topic-segment-bytes',
      '100000',
      '--checkpoint-interval-ms',
      '200',
      '--default-partitions',
      '2',
    ],
  };
  await using client = new Respool(settings.listen, { retryMaxMs: 20 });
  const workload = new ClientWorkload(client, { topic: 'orders', partitions: 2, inFlight: 8 });
  await using first = new BrokerProcess(settings);
  await first.ready;
  await client.admin.createTopic('orders', { partitions: 2 });
  workload.start();
  await workload.awaitAcknowledged(1);
  await first.kill();
  for (let round = 1; round <= ROUNDS; round += 1) await liveAndDie(settings, workload, round);

  await using last = new BrokerProcess(settings);
  await last.ready;
  await workload.stop();
  const history = workload.recorder.history(await workload.readLogs());
  expect(checkHistory(history)).toEqual([]);
  expect(workload.failures).toEqual([]);
  expect(workload.acknowledged).toBeGreaterThan(ROUNDS * 10);
  expect(await last.kill('SIGTERM')).toBe(0);
  expect(await damageIn(folder)).toEqual([]);
});

async function liveAndDie(settings: BrokerSettings, workload: ClientWorkload, round: number): Promise<void> {
  await using broker = new BrokerProcess(settings);
  if (round % STARTING_EVERY !== 0) {
    await broker.ready;
    await workload.awaitAcknowledged(1);
  }
  // The one wait that is no signal: the moment of death is what is being tried out.
  await elapse(Math.random() * MAX_LIFE_MS);
}

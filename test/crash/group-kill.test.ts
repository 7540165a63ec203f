/** `kill -9` of broker and members, at any instant: every acknowledged commit is there, and nothing that nobody committed. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkGroupHistory } from '../group-history/check-group-history.js';
import { BrokerProcess, type BrokerSettings, damageIn, freePort } from './broker-process.js';
import { GroupWorkload } from './group-workload.js';

const ROUNDS = Number(process.env['RESPOOL_CRASH_ROUNDS'] ?? 8);
/** A kill comes at a random moment of the first so many milliseconds after commits go through again … */
const MAX_LIFE_MS = 100;
/** … or, in one round of so many, of a process that is still starting. */
const STARTING_EVERY = 3;
/** The members die as well, in one round of so many. */
const MEMBERS_EVERY = 7;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'respool-group-kill-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it(`no acknowledged commit is lost in ${ROUNDS} kills`, { timeout: 60_000 + ROUNDS * 3000 }, async () => {
  const settings: BrokerSettings = {
    dataDir: join(folder, 'data'),
    listen: `127.0.0.1:${await freePort()}`,
    http: 'off',
    flags: ['--checkpoint-interval-ms', '200', '--group-view-flush-interval-ms', '30'],
  };
  await mkdir(join(folder, 'events'));
  await using workload = new GroupWorkload({ server: settings.listen, folder: join(folder, 'events') });
  await using first = new BrokerProcess(settings);
  await first.ready;
  await workload.start();
  await workload.awaitCommitted();
  await first.kill();
  for (let round = 1; round <= ROUNDS; round += 1) await liveAndDie(settings, workload, round);

  await using last = new BrokerProcess(settings);
  await last.ready;
  await workload.stop();
  expect(checkGroupHistory(await workload.history())).toEqual([]);
  expect(workload.failures).toEqual([]);
  expect(workload.committedFromOutside).toBeGreaterThan(ROUNDS);
  expect(await last.kill('SIGTERM')).toBe(0);
  expect(await damageIn(settings.dataDir)).toEqual([]);
});

async function liveAndDie(settings: BrokerSettings, workload: GroupWorkload, round: number): Promise<void> {
  await using broker = new BrokerProcess(settings);
  if (round % STARTING_EVERY !== 0) {
    await broker.ready;
    await workload.describe();
    if (round % MEMBERS_EVERY === 0) await workload.killMembers();
    await workload.awaitCommitted();
  }
  // The one wait that is no signal: the moment of death is what is being tried out.
  await elapse(Math.random() * MAX_LIFE_MS);
}

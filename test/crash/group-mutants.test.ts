/** What finds nothing in the broker finds faults that are put into it: brokers that break their promises to groups, in real processes that are really killed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkGroupHistory } from '../group-history/check-group-history.js';
import { storm } from '../storm/storm.js';
import { BrokerProcess, type BrokerSettings, freePort } from './broker-process.js';
import { CRASHING_MUTANTS, environmentOf, REBALANCING_MUTANTS, TRUSTING_MUTANT } from './group-mutants.js';
import { GroupWorkload } from './group-workload.js';
import { misplaceOffsets } from './view-damage.js';

/** A mutant that gets away with it so often counts as not found. */
const TRIES = 6;
const KILLS = 3;
const MAX_LIFE_MS = 60;
const STORM_MS = 2500;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'respool-group-mutant-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('kill -9 finds out a broker that', () => {
  it.each(CRASHING_MUTANTS)('$does', { timeout: 180_000 }, async (mutant) => {
    await expectFound(mutant.breaks, () => rulesBrokenAfterKills(environmentOf(mutant)));
  });
});

describe('a storm with resets finds out a broker that', () => {
  it.each(REBALANCING_MUTANTS)('$does', { timeout: 180_000 }, async (mutant) => {
    await expectFound(mutant.breaks, () => rulesBrokenInStorm(environmentOf(mutant)));
  });
});

describe('offsets that change in the view while the broker is down', () => {
  it('are noticed, and never served', { timeout: 60_000 }, async () => {
    expect(await rulesBrokenAfterDamage({})).toEqual(new Set());
  });

  it('find out a broker that believes what it finds in LMDB', { timeout: 180_000 }, async () => {
    await expectFound(TRUSTING_MUTANT.breaks, () => rulesBrokenAfterDamage(environmentOf(TRUSTING_MUTANT)));
  });
});

/** Again and again, each time with a broker that knows nothing yet, until one of the rules is broken. */
async function expectFound(rules: readonly string[], tryOnce: () => Promise<Set<string>>): Promise<void> {
  const broken = new Set<string>();
  for (let n = 0; n < TRIES && !rules.some((rule) => broken.has(rule)); n += 1)
    for (const rule of await tryOnce()) broken.add(rule);
  expect([...broken].filter((rule) => rules.includes(rule))).not.toEqual([]);
}

async function rulesBrokenAfterKills(env: Record<string, string>): Promise<Set<string>> {
  const settings = await newBroker(env);
  await using workload = await newWorkload(settings);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await using broker = new BrokerProcess(settings);
    await broker.ready;
    await (kill === 1 ? workload.start() : workload.describe());
    await workload.awaitCommitted();
    // No signal: the moment of death is what is being tried out.
    await elapse(Math.random() * MAX_LIFE_MS);
  }
  return await rulesBrokenAtLast(settings, workload);
}

/** The broker ends in good order, so that the view holds everything, and nothing else is read. */
async function rulesBrokenAfterDamage(env: Record<string, string>): Promise<Set<string>> {
  const settings = await newBroker(env);
  await using workload = await newWorkload(settings);
  await using broker = new BrokerProcess(settings);
  await broker.ready;
  await workload.start();
  await workload.awaitCommitted();
  await workload.abandon();
  expect(await broker.kill('SIGTERM')).toBe(0);
  expect(await misplaceOffsets(settings.dataDir, 'audit', 'ledger')).toBeGreaterThan(0);
  const broken = await rulesBrokenAtLast(settings, workload);
  // Who abandons its work has not read everything.
  broken.delete('every record is read');
  return broken;
}

async function rulesBrokenAtLast(settings: BrokerSettings, workload: GroupWorkload): Promise<Set<string>> {
  await using broker = new BrokerProcess(settings);
  await broker.ready;
  await workload.describe();
  await workload.abandon();
  return new Set(checkGroupHistory(await workload.history()).map(({ rule }) => rule));
}

async function rulesBrokenInStorm(env: Record<string, string>): Promise<Set<string>> {
  const settings = await newBroker(env);
  await using broker = new BrokerProcess(settings);
  await broker.ready;
  const { history } = await storm({
    ...{ server: settings.listen, folder: await mkdtemp(join(folder, 'events-')), durationMs: STORM_MS },
    ...{ processes: 3, membersPerProcess: 4, partitionsPerTopic: 8, resets: true },
  });
  return new Set(checkGroupHistory(history).map(({ rule }) => rule));
}

async function newBroker(env: Record<string, string>): Promise<BrokerSettings> {
  return {
    dataDir: await mkdtemp(join(folder, 'data-')),
    listen: `127.0.0.1:${await freePort()}`,
    http: 'off',
    flags: ['--checkpoint-interval-ms', '200', '--group-view-flush-interval-ms', '30'],
    env,
  };
}

async function newWorkload({ listen }: BrokerSettings): Promise<GroupWorkload> {
  const events = await mkdtemp(join(folder, 'events-'));
  return new GroupWorkload({ server: listen, folder: events, deliveryTimeoutMs: 1000 });
}

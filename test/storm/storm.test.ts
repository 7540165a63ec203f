/** A rebalancing storm on a real broker, with members in real processes: at most one owner of a partition per generation, every record read, no commit lost. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BrokerProcess, freePort } from '../crash/broker-process.js';
import { checkGroupHistory } from '../group-history/check-group-history.js';
import { storm } from './storm.js';

/** How long it blows. */
const SECONDS = Number(process.env['RESPOOL_STORM_SECONDS'] ?? 5);
/** 50 members where there is time for them to come; a short one makes do with fewer. */
const FLEET =
  SECONDS >= 30 ? { processes: 10, membersPerProcess: 5 } : { processes: 4, membersPerProcess: 4 };
const PARTITIONS_PER_TOPIC = SECONDS >= 30 ? 32 : 12;
/** Where to leave the history of a storm that broke a rule. */
const KEEP_IN = process.env['RESPOOL_STORM_HISTORY'];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'respool-storm-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('in a storm', { timeout: 180_000 + SECONDS * 2000 }, () => {
  it.each([
    {
      what: 'every record is read, no commit is lost, nobody reads what is not its own',
      ...{ resets: false, seconds: SECONDS },
    },
    {
      what: 'resets of the running group are obeyed, and not overwritten',
      ...{ resets: true, seconds: Math.max(5, SECONDS / 2) },
    },
  ])('of $seconds seconds $what', async ({ resets, seconds }) => {
    const server = `127.0.0.1:${await freePort()}`;
    await using broker = new BrokerProcess({
      ...{ dataDir: join(folder, 'data'), listen: server, http: 'off' },
      flags: ['--group-view-flush-interval-ms', '100'],
    });
    await broker.ready;
    const { history, failures, counts } = await storm({
      ...{ server, folder, durationMs: seconds * 1000, resets },
      ...{ ...FLEET, partitionsPerTopic: PARTITIONS_PER_TOPIC },
    });
    console.log(`storm of ${seconds} s${resets ? ' with resets' : ''}: ${JSON.stringify(counts)}`);
    const violations = checkGroupHistory(history);
    if (violations.length > 0 && KEEP_IN !== undefined) await writeFile(KEEP_IN, JSON.stringify(history));
    expect(violations).toEqual([]);
    expect(failures).toEqual([]);
    // A storm in which nothing happens proves nothing.
    expect(counts.kills + counts.stops).toBeGreaterThan(0);
    expect(counts.leaves).toBeGreaterThan(seconds);
    expect(counts.commits).toBeGreaterThan(seconds * 100);
    expect(counts.resets > 0).toBe(resets);
    // Somebody commits what it read before a reset each time.
    if (resets) expect(counts.refused).toBeGreaterThan(0);
    expect(await broker.kill('SIGTERM')).toBe(0);
  });
});

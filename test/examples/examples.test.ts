import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Respool } from 'respool';
import { Broker, formatAddress } from 'respool/server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { produceAndRead } from '../../examples/01-produce-and-read.js';
import { replayFromATime } from '../../examples/02-replay-from-a-time.js';
import { follow } from '../../examples/03-follow.js';
import { increment } from '../../examples/04-conditional-append.js';
import { embedABroker } from '../../examples/05-embed-a-broker.js';
import { writeFast } from '../../examples/06-write-fast.js';

let folder: string;
let broker: Broker;
let server: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'respool-examples-'));
  broker = await Broker.start({
    dataDir: join(folder, 'data'),
    listen: '127.0.0.1:0',
    http: 'off',
    logLevel: 'silent',
  });
  server = formatAddress(broker.address);
});

afterEach(async () => {
  await broker.close();
  await rm(folder, { recursive: true, force: true });
});

test('01 appends records and reads them back', async () => {
  expect(await produceAndRead(server)).toEqual([
    'customer-7: ordered',
    'customer-7: paid',
    expect.stringMatching(/^the last one is at offset 1 of partition [0-2]$/),
  ]);
});

test('02 reads everything from a moment on', async () => {
  await append('orders', [
    { value: 'before', timestampMs: 1_000 },
    { value: 'then', timestampMs: 2_000 },
    { value: 'after', timestampMs: 3_000 },
  ]);
  expect(await replayFromATime(server, new Date(2_000))).toEqual(['then', 'after']);
});

test('03 follows the log', async () => {
  await append('orders', [{ value: 'first' }]);
  const seen = follow(server, 'last');
  await append('orders', [{ value: 'second' }, { value: 'last' }, { value: 'not read any more' }]);
  expect(await seen).toEqual(['first', 'second', 'last']);
});

test('04 counts right, whoever else counts', async () => {
  await append('counter', []);
  const totals = await Promise.all(Array.from({ length: 8 }, () => increment(server)));
  expect(totals.sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('05 embeds a broker', async () => {
  expect(await embedABroker(join(folder, 'embedded'))).toBe('offset 0');
});

test('06 writes fast, and tells what failed', async () => {
  await append('lines', []);
  const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i}`);
  expect(await writeFast(server, 'lines', lines)).toBe('10000 records are stored');
  expect(await writeFast(server, 'nowhere', lines)).toBe(
    '10000 of 10000 failed with TOPIC_NOT_FOUND: create it, or stop',
  );
});

/** Appends to a topic of one partition, which is made if need be. */
async function append(topic: string, records: { value: string; timestampMs?: number }[]): Promise<void> {
  await using client = new Respool(server);
  const topics = await client.admin.describeTopics();
  if (!topics.some((known) => known.topic === topic)) await client.admin.createTopic(topic);
  if (records.length > 0) await client.append({ topic, records });
}

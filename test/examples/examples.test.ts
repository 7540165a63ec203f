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
import { work } from '../../examples/07-consumer-group.js';
import { ring } from '../../examples/08-at-most-once.js';
import { rewind, undo } from '../../examples/09-rewind-a-group.js';
import { replayCustomer } from '../../examples/10-replay-into-another-topic.js';
import { keepLedger } from '../../examples/11-offsets-in-your-database.js';

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

test('07 shares the work of a topic, and leaves with everything done', async () => {
  await append('orders', [{ value: 'first' }, { value: 'second' }, { value: 'third' }]);
  const billed: string[] = [];
  const stop = new AbortController();
  await work(
    server,
    async (order) => {
      billed.push(order);
      if (order === 'second') stop.abort();
    },
    stop.signal,
  );
  expect(billed).toEqual(['first', 'second']);
  expect(await committed('billing')).toEqual([2]);
});

test('08 hands out each record once at the most', async () => {
  await append('alarms', [{ value: 'fire' }]);
  await append('alarms', [{ value: 'flood' }]);
  const rung: string[] = [];
  await ring(server, (text) => rung.push(text), 'fire');
  await ring(server, (text) => rung.push(text), 'flood');
  expect(rung).toEqual(['fire', 'flood']);
});

test('09 sends a group back in time, and undoes it', async () => {
  await append('orders', [
    { value: 'morning', timestampMs: 1_000 },
    { value: 'noon', timestampMs: 2_000 },
    { value: 'evening', timestampMs: 3_000 },
  ]);
  await using client = new Respool(server);
  await client.groups.commitOffsets('billing', [{ topic: 'orders', partition: 0, offset: 3 }]);
  expect(await rewind(server, new Date(2_000))).toEqual(['orders-0: 3 to 1']);
  expect(await committed('billing')).toEqual([1]);
  await undo(server);
  expect(await committed('billing')).toEqual([3]);
});

test('10 replays a part of a topic into another, and goes on where it was stopped', async () => {
  await append('orders', []);
  await append('orders-to-look-at', []);
  await using client = new Respool(server);
  const records = Array.from({ length: 20 }, (_, i) => ({
    key: i % 2 === 0 ? 'anna' : 'otto',
    value: `${i}`,
    timestampMs: 1_000_000 + i * 100,
  }));
  await client.append({ topic: 'orders', records });
  const since = new Date(1_000_000);
  await expect(replayCustomer(server, 'anna', since, AbortSignal.timeout(60))).rejects.toThrow('timeout');
  await replayCustomer(server, 'anna', since);
  const copies: string[] = [];
  for await (const { value } of client.records({ topic: 'orders-to-look-at' })) copies.push(`${value}`);
  expect(copies).toEqual(['0', '2', '4', '6', '8', '10', '12', '14', '16', '18']);
});

test('11 does everything exactly once, though it is stopped and fenced', async () => {
  await append('payments', [{ value: 'one' }, { value: 'two' }]);
  await append('payments', [{ value: 'three' }]);
  const entries: string[] = [];
  let reader = { generation: 0, nextOffset: undefined as number | undefined };
  const ledger = {
    takeOver(_partition: string, generation: number) {
      if (generation > reader.generation) reader = { ...reader, generation };
      return reader.nextOffset;
    },
    book(_partition: string, generation: number, nextOffset: number, entry: string) {
      if (generation < reader.generation) throw new Error('a newer reader has taken over');
      reader = { generation, nextOffset };
      entries.push(entry);
    },
  };
  await keepLedger(server, ledger, 'two');
  // Whatever the group says, the database knows.
  await using client = new Respool(server);
  await client.groups.resetOffsets({ groups: ['ledger'], to: 'earliest', execute: true });
  await keepLedger(server, ledger, 'three');
  expect(entries).toEqual(['one', 'two', 'three']);
});

/** The committed offset of each partition of a group. */
async function committed(group: string): Promise<(number | undefined)[]> {
  await using client = new Respool(server);
  const [description] = await client.groups.describe([group]);
  return description?.partitions.map((progress) => progress.committed?.offset) ?? [];
}

/** Appends to a topic of one partition, which is made if need be. */
async function append(topic: string, records: { value: string; timestampMs?: number }[]): Promise<void> {
  await using client = new Respool(server);
  const topics = await client.admin.describeTopics();
  if (!topics.some((known) => known.topic === topic)) await client.admin.createTopic(topic);
  if (records.length > 0) await client.append({ topic, records });
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AssignedPartition, type ConsumerOptions, Respool } from '../../sdk/index.js';
import { committed, fill, filledTopic, offsetsOf, range, signal, take } from './fixtures/group-topics.js';
import { RunningBroker } from './fixtures/running-broker.js';
import { TcpProxy } from './fixtures/tcp-proxy.js';

let broker: RunningBroker;
let client: Respool;
let groups = 0;
const newGroup = (): string => `group-${groups++}`;

beforeAll(async () => {
  broker = await RunningBroker.start();
  client = new Respool(broker.server);
});
afterAll(async () => {
  await client.close();
  await broker[Symbol.asyncDispose]();
});

describe('a consumer', () => {
  it('hands out every record of all partitions of its topics, each in order', async () => {
    const topic = await filledTopic(client, 100, { partitions: 3 });
    await using consumer = client.consumer({ group: newGroup(), topics: [topic] });
    const records = await take(consumer, 300);
    for (const partition of range(0, 3)) expect(offsetsOf(records, partition)).toEqual(range(0, 100));
    expect(records.every(({ value, offset }) => `${value}` === `${offset}`)).toBe(true);
    expect(consumer.assignment.map(({ partition }) => partition).sort()).toEqual([0, 1, 2]);
    expect(consumer.memberId).toBeTypeOf('string');
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'hands out what was compressed with %s',
    async (compression) => {
      const topic = await filledTopic(client, 0);
      await using producer = client.producer({ compression });
      for (const i of range(0, 50)) producer.write({ topic, value: `${i}`.padEnd(100) });
      await producer.flush();
      await using consumer = client.consumer({ group: newGroup(), topics: [topic] });
      expect(offsetsOf(await take(consumer, 50))).toEqual(range(0, 50));
    },
  );

  it('hands out batches with their generation, and counts a batch as done as a whole', async () => {
    const topic = await filledTopic(client, 30);
    const group = newGroup();
    const consumer = client.consumer({ group, topics: [topic] });
    const seen: number[] = [];
    for await (const batch of consumer.batches()) {
      expect(batch.generation).toBe(consumer.assignment[0]?.generation);
      expect(batch.highWatermark).toBe(30);
      const cursor = batch.cursor();
      while (cursor.next()) seen.push(cursor.offset);
      if (batch.endOffset === 20) break;
    }
    expect(seen).toEqual(range(0, 20));
    await consumer.close();
    expect(await committed(client, group, topic)).toEqual([10]);
  });

  it('goes on where it was when it is iterated again, by records or by batches', async () => {
    const topic = await filledTopic(client, 40);
    await using consumer = client.consumer({ group: newGroup(), topics: [topic] });
    expect(offsetsOf(await take(consumer, 3))).toEqual([0, 1, 2]);
    expect(offsetsOf(await take(consumer, 2))).toEqual([3, 4]);
    for await (const batch of consumer.batches()) {
      expect([...batch.records()].map(({ offset }) => offset)).toEqual(range(5, 10));
      break;
    }
    expect(offsetsOf(await take(consumer, 12))).toEqual(range(10, 22));
  });

  it('is iterated by one at a time', async () => {
    const topic = await filledTopic(client, 3);
    await using consumer = client.consumer({ group: newGroup(), topics: [topic] });
    const first = consumer[Symbol.asyncIterator]();
    await first.next();
    const second = consumer[Symbol.asyncIterator]();
    await expect(second.next()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await first.return?.();
    expect(offsetsOf(await take(consumer, 1))).toEqual([1]);
  });

  it('gives calls of next() that overlap the records in order', async () => {
    const topic = await filledTopic(client, 20);
    await using consumer = client.consumer({ group: newGroup(), topics: [topic] });
    const iteration = consumer[Symbol.asyncIterator]();
    const results = await Promise.all(range(0, 20).map(() => iteration.next()));
    expect(results.map(({ value }) => value?.offset)).toEqual(range(0, 20));
  });

  it('waits for what comes', async () => {
    const topic = await filledTopic(client, 1);
    await using consumer = client.consumer({ group: newGroup(), topics: [topic] });
    const records = take(consumer, 5);
    await fill(client, topic, 1, 5);
    expect(offsetsOf(await records)).toEqual(range(0, 5));
  });

  it('picks up topics that match a pattern later, and names that come into being', async () => {
    const prefix = `late-${newGroup()}`;
    await client.admin.createTopic(`${prefix}.a`);
    const topics = [`${prefix}.*`, `named-${prefix}`];
    await using consumer = client.consumer({ group: newGroup(), topics, awaitTopics: true });
    const records = take(consumer, 3);
    for (const topic of [`${prefix}.a`, `${prefix}.b`, `named-${prefix}`]) {
      if (!topic.endsWith('.a')) await client.admin.createTopic(topic);
      await client.append({ topic, records: [{ value: topic }] });
    }
    expect((await records).map(({ value }) => `${value}`).sort()).toEqual(
      [`${prefix}.a`, `${prefix}.b`, `named-${prefix}`].sort(),
    );
  });

  it.each<[string, Partial<ConsumerOptions>, string]>([
    ['a topic that there is not', { topics: ['nowhere'] }, 'TOPIC_NOT_FOUND'],
    ['a name that no group may have', { group: 'a/b' }, 'INVALID_GROUP_NAME'],
    ['no committed offset and nothing to fall back to', { offsetReset: 'none' }, 'NO_COMMITTED_OFFSET'],
    ['a session time-out that the broker does not grant', { sessionTimeoutMs: 1 }, 'INVALID_ARGUMENT'],
  ])('tells the loop of %s', async (_what, options, code) => {
    const topic = await filledTopic(client, 1);
    await using consumer = client.consumer({ group: newGroup(), topics: [topic], ...options });
    await expect(take(consumer, 1)).rejects.toMatchObject({ code });
    expect(consumer.assignment).toEqual([]);
  });

  it('joins again when it is iterated again after an error', async () => {
    const topic = `made-later-${newGroup()}`;
    await using consumer = client.consumer({ group: newGroup(), topics: [topic] });
    await expect(take(consumer, 1)).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
    await client.admin.createTopic(topic);
    await client.append({ topic, records: [{ value: 'a' }] });
    expect(offsetsOf(await take(consumer, 1))).toEqual([0]);
  });

  it('begins at the end if that is asked for', async () => {
    const topic = await filledTopic(client, 10);
    const assigned = signal<readonly AssignedPartition[]>();
    await using consumer = client.consumer({
      group: newGroup(),
      topics: [topic],
      offsetReset: 'latest',
      onAssigned: assigned.resolve,
    });
    const records = take(consumer, 1);
    expect(await assigned.promise).toMatchObject([{ startOffset: 10, committedOffset: undefined }]);
    await fill(client, topic, 10, 11);
    expect(offsetsOf(await records)).toEqual([10]);
  });

  it('holds no more than its buffer, however much there is', async () => {
    const topic = await filledTopic(client, 4000, { perBatch: 100, size: 4000 });
    await using proxy = await TcpProxy.start(broker.port);
    await using through = new Respool(proxy.address);
    await using consumer = through.consumer({
      group: newGroup(),
      topics: [topic],
      maxBufferedBytes: 1024 ** 2,
    });
    await take(consumer, 1);
    await proxy.quiet();
    // Its credit, and one batch that may exceed it.
    expect(proxy.bytesToClient).toBeLessThan(2 * 1024 ** 2);
    expect(offsetsOf(await take(consumer, 3999))).toEqual(range(1, 4000));
    expect(proxy.bytesToClient).toBeGreaterThan(16_000_000);
  });

  it('is told of offsets that are gone, and goes past them', async () => {
    const topic = await filledTopic(client, 30);
    const skipped: unknown[] = [];
    await using consumer = client.consumer({
      group: newGroup(),
      topics: [topic],
      maxBufferedBytes: 64 * 1024,
      onSkipped: (offsets) => skipped.push(offsets),
    });
    await take(consumer, 1);
    await consumer.seek(topic, 0, 2);
    consumer.pause([{ topic, partition: 0 }]);
    await client.admin.truncatePrefix(topic, 0, 25);
    consumer.resume([{ topic, partition: 0 }]);
    expect(offsetsOf(await take(consumer, 5))).toEqual(range(25, 30));
    expect(skipped).toEqual([{ topic, partition: 0, startOffset: 2, endOffset: 25, reason: 'deleted' }]);
  });
});

describe('pause, resume and seek', () => {
  it('hands out nothing of a paused partition, and goes on with the very next record when it is resumed', async () => {
    const topic = await filledTopic(client, 50, { partitions: 2 });
    await using consumer = client.consumer({ group: newGroup(), topics: [topic] });
    const [first] = await take(consumer, 1);
    const paused = { topic, partition: first!.partition };
    const other = 1 - paused.partition;
    consumer.pause([paused]);
    expect(consumer.paused).toEqual([paused]);
    const meanwhile = await take(consumer, 50);
    expect(offsetsOf(meanwhile, other)).toEqual(range(0, 50));
    consumer.resume([paused]);
    expect(consumer.paused).toEqual([]);
    expect(offsetsOf(await take(consumer, 49))).toEqual(range(1, 50));
  });

  it('holds the others up with nothing, however much was sent of the paused one before', async () => {
    const topic = await filledTopic(client, 500, { partitions: 2, size: 1000 });
    await using consumer = client.consumer({
      group: newGroup(),
      topics: [topic],
      maxBufferedBytes: 64 * 1024,
    });
    const [first] = await take(consumer, 1);
    consumer.pause([{ topic, partition: first!.partition }]);
    const records = await take(consumer, 500);
    expect(offsetsOf(records, 1 - first!.partition)).toEqual(range(0, 500));
  });

  it('counts the record in hand as done though its partition was paused with it', async () => {
    const topic = await filledTopic(client, 5);
    const group = newGroup();
    const consumer = client.consumer({ group, topics: [topic] });
    for await (const { offset, partition } of consumer) {
      if (offset !== 2) continue;
      consumer.pause([{ topic, partition }]);
      consumer.resume([{ topic, partition }]);
      break;
    }
    await take(consumer, 1);
    await consumer.close();
    expect(await committed(client, group, topic)).toEqual([3]);
  });

  it.each([
    ['back', 10, 10],
    ['forward', 70, 70],
    ['to the beginning', 'earliest' as const, 0],
    ['to a time', { timestampMs: 1_700_000_000_000 + 42_000 }, 42],
  ])('goes %s, and hands out nothing from before', async (_where, position, expected) => {
    const topic = await filledTopic(client, 100);
    await using consumer = client.consumer({ group: newGroup(), topics: [topic] });
    expect(offsetsOf(await take(consumer, 25))).toEqual(range(0, 25));
    await consumer.seek(topic, 0, position);
    expect(offsetsOf(await take(consumer, 20))).toEqual(range(expected, expected + 20));
  });

  it('goes to the end, and the next commit says so', async () => {
    const topic = await filledTopic(client, 100);
    const group = newGroup();
    const consumer = client.consumer({ group, topics: [topic] });
    await take(consumer, 1);
    await consumer.seek(topic, 0, 'latest');
    await consumer.close();
    expect(await committed(client, group, topic)).toEqual([100]);
  });

  it('hands a record out again whose handler failed, if the loop goes back to it', async () => {
    const topic = await filledTopic(client, 5);
    await using consumer = client.consumer({ group: newGroup(), topics: [topic] });
    const seen: number[] = [];
    for await (const record of consumer) {
      seen.push(record.offset);
      if (seen.length === 3) await consumer.seek(topic, record.partition, record.offset);
      if (record.offset === 4) break;
    }
    expect(seen).toEqual([0, 1, 2, 2, 3, 4]);
  });

  it('refuses what is not its own, and places outside of the log', async () => {
    const topic = await filledTopic(client, 5);
    await using consumer = client.consumer({ group: newGroup(), topics: [topic] });
    const notOwned = expect.objectContaining({ code: 'PARTITION_NOT_OWNED' });
    expect(() => consumer.pause([{ topic, partition: 0 }])).toThrow(notOwned);
    await take(consumer, 1);
    expect(() => consumer.resume([{ topic, partition: 7 }])).toThrow(notOwned);
    await expect(consumer.seek(topic, 7, 0)).rejects.toMatchObject({ code: 'PARTITION_NOT_OWNED' });
    await expect(consumer.seek(topic, 0, 6)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    expect(offsetsOf(await take(consumer, 1))).toEqual([1]);
  });
});

describe('closing', () => {
  it('commits what is done, not what is in hand, and gives everything up', async () => {
    const topic = await filledTopic(client, 30);
    const group = newGroup();
    const revoked: unknown[] = [];
    const consumer = client.consumer({
      group,
      topics: [topic],
      onRevoked: (names) => void revoked.push(names),
    });
    await take(consumer, 12);
    await consumer.close();
    expect(await committed(client, group, topic)).toEqual([11]);
    expect(revoked).toEqual([[{ topic, partition: 0 }]]);
    const [description] = await client.groups.describe([group]);
    expect(description).toMatchObject({ state: 'empty', members: [] });
    await consumer.close();
    await expect(consumer.commit()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('takes what is committed in the hook, and what is in hand for not done', async () => {
    const topic = await filledTopic(client, 30);
    const group = newGroup();
    const consumer = client.consumer({
      group,
      topics: [topic],
      commit: 'manual',
      onRevoked: () => consumer.commit(),
    });
    await take(consumer, 12);
    await consumer.close();
    expect(await committed(client, group, topic)).toEqual([11]);
  });

  it('waits for the record in hand if asked to', async () => {
    const topic = await filledTopic(client, 30);
    const group = newGroup();
    const consumer = client.consumer({ group, topics: [topic] });
    const inHand = signal();
    const goOn = signal();
    const loop = (async () => {
      for await (const { offset } of consumer) {
        if (offset < 5) continue;
        inHand.resolve();
        await goOn.promise;
      }
    })();
    await inHand.promise;
    const closing = consumer.close({ finishMs: 60_000 });
    goOn.resolve();
    await Promise.all([closing, loop]);
    expect(await committed(client, group, topic)).toEqual([6]);
  });

  it('ends a loop that waits, also when the client is closed', async () => {
    const topic = await filledTopic(client, 1);
    const another = new Respool(broker.server);
    const group = newGroup();
    const consumer = another.consumer({ group, topics: [topic] });
    const first = signal();
    const seen: number[] = [];
    const loop = (async () => {
      for await (const { offset } of consumer) {
        seen.push(offset);
        first.resolve();
      }
    })();
    await first.promise;
    await another.close();
    await loop;
    expect(seen).toEqual([0]);
    expect(() => another.consumer({ group, topics: [topic] })).toThrow(
      expect.objectContaining({ code: 'CLOSED' }),
    );
  });

  it('is done at once if it never joined', async () => {
    const consumer = client.consumer({ group: newGroup(), topics: ['nowhere'] });
    await consumer.close();
    expect(await consumer[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });

  it('from within the loop does not wait for itself', async () => {
    const topic = await filledTopic(client, 10);
    const group = newGroup();
    const consumer = client.consumer({ group, topics: [topic] });
    const seen: number[] = [];
    for await (const { offset } of consumer) {
      seen.push(offset);
      if (offset === 3) await consumer.close();
    }
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(await committed(client, group, topic)).toEqual([3]);
  });

  it('rejects as the hook does, and has committed and left all the same', async () => {
    const topic = await filledTopic(client, 10);
    const group = newGroup();
    const onRevoked = () => Promise.reject(new Error('the hook failed'));
    const consumer = client.consumer({ group, topics: [topic], onRevoked });
    await take(consumer, 5);
    await expect(consumer.close()).rejects.toThrow('the hook failed');
    expect(await committed(client, group, topic)).toEqual([4]);
    expect(await client.groups.describe([group])).toMatchObject([{ state: 'empty' }]);
  });
});

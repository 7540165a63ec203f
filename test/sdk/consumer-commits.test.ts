import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsumerOptions, Respool } from '../../sdk/index.js';
import { committed, filledTopic, offsetsOf, range, signal, take } from './fixtures/group-topics.js';
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

/** Lets a consumer read so many records, and then loses it as a crash would: without another word. Returns what it had read. */
async function readAndCrash(
  options: ConsumerOptions,
  count: number,
  beforeTheCrash: (consumer: ReturnType<Respool['consumer']>) => Promise<void> = async () => {},
): Promise<number[]> {
  await using proxy = await TcpProxy.start(broker.port);
  const through = new Respool(proxy.address);
  const consumer = through.consumer(options);
  const seen = offsetsOf(await take(consumer, count));
  await beforeTheCrash(consumer);
  proxy.refuse();
  await through.close({ timeoutMs: 0 });
  return seen;
}

/** What the next member of the group gets first. */
async function firstOf(options: ConsumerOptions): Promise<number> {
  await using consumer = client.consumer(options);
  return (await take(consumer, 1))[0]!.offset;
}

describe('at least once (after)', () => {
  it('hands out again what was not committed when the consumer crashed, and nothing less', async () => {
    const topic = await filledTopic(client, 40);
    const options = { group: newGroup(), topics: [topic], commitIntervalMs: 600_000 };
    expect(await readAndCrash(options, 25)).toEqual(range(0, 25));
    expect(await firstOf(options)).toBe(0);
  });

  it('remembers where a group began at the end, so that it misses nothing between two members', async () => {
    const topic = await filledTopic(client, 10);
    const options = { group: newGroup(), topics: [topic], offsetReset: 'latest' as const };
    const assigned = signal();
    const first = client.consumer({ ...options, onAssigned: () => assigned.resolve(undefined) });
    const reading = take(first, 1);
    await assigned.promise;
    await first.close();
    expect(await reading).toEqual([]);
    await client.append({ topic, records: [{ value: 'while nobody read' }] });
    expect(await firstOf(options)).toBe(10);
  });

  it('commits what is done every commitIntervalMs, and never the record in hand', async () => {
    const topic = await filledTopic(client, 40);
    const group = newGroup();
    await using consumer = client.consumer({ group, topics: [topic], commitIntervalMs: 5 });
    await take(consumer, 8);
    const reached = async (): Promise<number | undefined> => (await committed(client, group, topic))[0];
    while ((await reached()) !== 7) expect((await reached()) ?? 0).toBeLessThanOrEqual(7);
    await take(consumer, 1);
    while ((await reached()) !== 8) expect(await reached()).toBeLessThanOrEqual(8);
  });

  it('commits at once if the loop says so, with what is in hand', async () => {
    const topic = await filledTopic(client, 40);
    const options = { group: newGroup(), topics: [topic], commitIntervalMs: 600_000 };
    await readAndCrash(options, 17, (consumer) => consumer.commit());
    expect(await firstOf(options)).toBe(17);
  });

  it('commits the end of what it has read when nothing more is there', async () => {
    const topic = await filledTopic(client, 20);
    const group = newGroup();
    const consumer = client.consumer({ group, topics: [topic] });
    const waiting = signal();
    const loop = (async () => {
      for await (const { offset } of consumer) if (offset === 19) waiting.resolve();
    })();
    await waiting.promise;
    await consumer.close({ finishMs: 10_000 });
    await loop;
    expect(await committed(client, group, topic)).toEqual([20]);
  });
});

describe('at most once (before)', () => {
  it('hands out nothing twice, and loses the rest of the batch in a crash', async () => {
    const topic = await filledTopic(client, 40);
    const options = { group: newGroup(), topics: [topic], commit: 'before' as const };
    expect(await readAndCrash(options, 13)).toEqual(range(0, 13));
    expect(await firstOf(options)).toBe(20);
  });

  it('has a batch committed before it is handed out', async () => {
    const topic = await filledTopic(client, 30);
    const group = newGroup();
    await using consumer = client.consumer({ group, topics: [topic], commit: 'before' });
    for await (const batch of consumer.batches()) {
      expect(await committed(client, group, topic)).toEqual([batch.endOffset]);
      if (batch.endOffset === 30) break;
    }
  });

  it('hands out the rest of a batch after a pause, and once only', async () => {
    const topic = await filledTopic(client, 20);
    await using consumer = client.consumer({ group: newGroup(), topics: [topic], commit: 'before' });
    const seen = offsetsOf(await take(consumer, 4));
    consumer.pause([{ topic, partition: 0 }]);
    consumer.resume([{ topic, partition: 0 }]);
    seen.push(...offsetsOf(await take(consumer, 16)));
    expect(seen).toEqual(range(0, 20));
  });
});

describe('by hand (manual)', () => {
  it('commits nothing by itself, not even when it is closed', async () => {
    const topic = await filledTopic(client, 20);
    const group = newGroup();
    const consumer = client.consumer({ group, topics: [topic], commit: 'manual', commitIntervalMs: 1 });
    await take(consumer, 20);
    await consumer.close();
    expect(await committed(client, group, topic)).toEqual([]);
  });

  it('commits everything that was handed out, of all partitions', async () => {
    const topic = await filledTopic(client, 20, { partitions: 3 });
    const group = newGroup();
    await using consumer = client.consumer({ group, topics: [topic], commit: 'manual' });
    await take(consumer, 60);
    await consumer.commit();
    expect(await committed(client, group, topic)).toEqual([20, 20, 20]);
    await consumer.commit();
  });

  it('commits what is named, with what is to be remembered', async () => {
    const topic = await filledTopic(client, 20);
    const group = newGroup();
    await using consumer = client.consumer({ group, topics: [topic], commit: 'manual' });
    await take(consumer, 10);
    await consumer.commit([{ topic, partition: 0, offset: 7, metadata: 'seven' }]);
    const [description] = await client.groups.describe([group], { withAge: true });
    expect(description?.partitions).toMatchObject([
      {
        topic,
        partition: 0,
        committed: { offset: 7, metadata: 'seven' },
        lag: 13,
        memberId: consumer.memberId,
      },
    ]);
    expect(description?.partitions[0]?.lagMs).toBeGreaterThan(0);
  });

  it('tells what the broker refuses, and stores the rest', async () => {
    const topic = await filledTopic(client, 20, { partitions: 2 });
    const group = newGroup();
    await using consumer = client.consumer({ group, topics: [topic], commit: 'manual' });
    await take(consumer, 40);
    const far = consumer.commit([
      { topic, partition: 0, offset: 21 },
      { topic, partition: 1, offset: 5 },
    ]);
    await expect(far).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    expect((await committed(client, group, topic)).toSorted()).toEqual([5, undefined]);
    const foreign = consumer.commit([{ topic, partition: 9, offset: 1 }]);
    await expect(foreign).rejects.toMatchObject({ code: 'PARTITION_NOT_OWNED' });
    await expect(consumer.commit([])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const twice = [0, 1].map((offset) => ({ topic, partition: 0, offset }));
    await expect(consumer.commit(twice)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('rejects UNAVAILABLE while it is not in its group', async () => {
    const topic = await filledTopic(client, 20);
    await using proxy = await TcpProxy.start(broker.port);
    await using through = new Respool(proxy.address, { retryInitialMs: 1, retryMaxMs: 5 });
    const group = newGroup();
    const consumer = through.consumer({ group, topics: [topic], commit: 'manual' });
    await expect(consumer.commit([{ topic, partition: 0, offset: 0 }])).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await take(consumer, 5);
    proxy.refuse();
    await expect(consumer.commit()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    proxy.accept();
    // What was read before was never committed, and the next commit says so until it was read again.
    const again = await take(consumer, 2);
    expect(offsetsOf(again)).toEqual([0, 1]);
    await expect(consumer.commit()).rejects.toMatchObject({ code: 'STALE_GENERATION' });
    expect(offsetsOf(await take(consumer, 3))).toEqual([2, 3, 4]);
    await consumer.commit();
    expect(await committed(client, group, topic)).toEqual([5]);
  });

  it('can be waited for no longer than is asked for', async () => {
    const topic = await filledTopic(client, 20);
    await using proxy = await TcpProxy.start(broker.port);
    await using through = new Respool(proxy.address);
    const consumer = through.consumer({ group: newGroup(), topics: [topic], commit: 'manual' });
    await take(consumer, 5);
    proxy.hold();
    await expect(consumer.commit(undefined, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    const stop = new AbortController();
    const stopped = consumer.commit(undefined, { signal: stop.signal });
    stop.abort(new Error('no more'));
    await expect(stopped).rejects.toThrow('no more');
    proxy.letThrough();
    await consumer.close();
  });
});

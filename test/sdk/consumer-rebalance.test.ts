import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AssignedPartition,
  type Consumer,
  type ConsumerOptions,
  Respool,
  type TopicPartition,
} from '../../sdk/index.js';
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

type Told = [what: string, partitions: number[]];

/** A consumer whose hooks are noted in order, with the records between them. */
function noted(
  options: ConsumerOptions,
  of = client,
): {
  consumer: Consumer;
  told: Told[];
  until(what: string, times?: number): Promise<void>;
} {
  const told: Told[] = [];
  const waiting: (() => void)[] = [];
  const note = (what: string) => (partitions: readonly TopicPartition[]) => {
    told.push([what, partitions.map(({ partition }) => partition).sort()]);
    for (const check of waiting) check();
  };
  const consumer = of.consumer({
    ...options,
    onAssigned: note('assigned'),
    onRevoked: note('revoked'),
    onLost: note('lost'),
  });
  const until = (what: string, times = 1): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (told.filter(([name]) => name === what).length >= times) resolve();
      };
      waiting.push(check);
      check();
    });
  return { consumer, told, until };
}

/** Reads until it is closed; `seen` has partition and offset of every record. */
function reading(consumer: Consumer): { seen: string[]; done: Promise<void> } {
  const seen: string[] = [];
  const done = (async () => {
    for await (const { partition, offset } of consumer) seen.push(`${partition}/${offset}`);
  })();
  return { seen, done };
}

const all = (partitions: number, count: number): string[] =>
  range(0, partitions)
    .flatMap((partition) => range(0, count).map((offset) => `${partition}/${offset}`))
    .sort();

describe('two members', () => {
  it('share the partitions: everything is read, nothing twice, and hooks come in order', async () => {
    const topic = await filledTopic(client, 50, { partitions: 4 });
    const options = { group: newGroup(), topics: [topic] };
    const first = noted(options);
    const firstReading = reading(first.consumer);
    await first.until('assigned');
    const second = noted(options);
    const secondReading = reading(second.consumer);
    await Promise.all([first.until('revoked'), second.until('assigned')]);
    await fill(client, topic, 50, 100, { partitions: 4 });
    const total = (): number => firstReading.seen.length + secondReading.seen.length;
    while (total() < 400) await client.groups.list();
    expect(first.consumer.assignment).toHaveLength(2);
    expect(second.consumer.assignment).toHaveLength(2);
    await first.consumer.close();
    await second.consumer.close();
    await Promise.all([firstReading.done, secondReading.done]);
    expect([...firstReading.seen, ...secondReading.seen].sort()).toEqual(all(4, 100));
    expect(first.told[0]).toEqual(['assigned', [0, 1, 2, 3]]);
    expect(first.told.map(([what]) => what)).toEqual(['assigned', 'revoked', 'revoked']);
    const moved = first.told[1]![1];
    expect(second.told[0]).toEqual(['assigned', moved]);
  });

  it('what is committed in the hook counts for the one who is given the partition', async () => {
    const topic = await filledTopic(client, 20, { partitions: 2 });
    const group = newGroup();
    const revoked = signal<readonly TopicPartition[]>();
    const first = client.consumer({
      group,
      topics: [topic],
      commit: 'manual',
      onRevoked: async (partitions) => {
        if (first.assignment.length === 2)
          await first.commit(partitions.map((name) => ({ ...name, offset: 13, metadata: 'from the hook' })));
        revoked.resolve(partitions);
      },
    });
    await take(first, 40);
    const assigned = signal<readonly AssignedPartition[]>();
    await using second = client.consumer({ group, topics: [topic], onAssigned: assigned.resolve });
    const secondTake = take(second, 1);
    // It listens between two records: when it asks.
    const firstReading = reading(first);
    expect(await assigned.promise).toMatchObject([{ startOffset: 13, committedOffset: 13 }]);
    expect((await revoked.promise).map(({ partition }) => partition)).toEqual([
      (await secondTake)[0]!.partition,
    ]);
    await first.close();
    await firstReading.done;
  });

  it('hands over without stopping the other', async () => {
    const topic = await filledTopic(client, 10, { partitions: 2 });
    const group = newGroup();
    const first = noted({ group, topics: [topic] });
    const second = noted({ group, topics: [topic] });
    const readings = [reading(first.consumer)];
    await first.until('assigned');
    readings.push(reading(second.consumer));
    await second.until('assigned');
    await first.consumer.close();
    await second.until('assigned', 2);
    expect(second.told.map(([what]) => what)).toEqual(['assigned', 'assigned']);
    await second.consumer.close();
    await Promise.all(readings.map(({ done }) => done));
    expect(readings.flatMap(({ seen }) => seen).sort()).toEqual(all(2, 10));
    expect(await committed(client, group, topic)).toEqual([10, 10]);
  });
});

describe('a slow handler', () => {
  it('keeps its partitions until the record in hand is done', async () => {
    const topic = await filledTopic(client, 10, { partitions: 2 });
    const group = newGroup();
    const first = noted({ group, topics: [topic] });
    const goOn = signal();
    const loop = (async () => {
      for await (const _record of first.consumer) await goOn.promise;
    })();
    await first.until('assigned');
    const second = noted({ group, topics: [topic] });
    const taking = take(second.consumer, 10);
    const revokedNow = async (): Promise<number> => {
      const [description] = await client.groups.describe([group]);
      return description!.members.reduce((sum, { revoked }) => sum + revoked.length, 0);
    };
    while ((await revokedNow()) === 0);
    expect([first.told, second.told]).toEqual([[['assigned', [0, 1]]], []]);
    goOn.resolve();
    await Promise.all([first.until('revoked'), taking]);
    expect(second.told).toEqual([['assigned', first.told[1]![1]]]);
    await Promise.all([first.consumer.close(), second.consumer.close()]);
    await loop;
  });

  it('that takes longer than maxProcessingMs leaves the group to others, and joins again when it goes on', async () => {
    const topic = await filledTopic(client, 10);
    const group = newGroup();
    const goOn = signal();
    const slow = noted({ group, topics: [topic], maxProcessingMs: 1000 });
    const seen: number[] = [];
    const loop = (async () => {
      for await (const { offset } of slow.consumer) {
        seen.push(offset);
        if (offset === 3 && seen.length === 4) await goOn.promise;
      }
    })();
    const other = noted({ group, topics: [topic] });
    const taken = take(other.consumer, 7);
    await other.until('assigned');
    // What was done is committed; the record in hand is not.
    expect(offsetsOf(await taken)).toEqual(range(3, 10));
    expect(slow.consumer.assignment).toEqual([]);
    goOn.resolve();
    await slow.until('lost');
    await other.consumer.close();
    await slow.until('assigned', 2);
    await slow.consumer.close();
    await loop;
    // The other one left with the last record in hand.
    expect(slow.told.map(([what]) => what)).toEqual(['assigned', 'lost', 'assigned', 'revoked']);
    expect(seen.slice(0, 4)).toEqual([0, 1, 2, 3]);
  });

  it('that leaves hands its partition over, in a newer generation', async () => {
    const topic = await filledTopic(client, 10);
    const group = newGroup();
    const slow = client.consumer({
      group,
      topics: [topic],
      commit: 'manual',
      revocationTimeoutMs: 1000,
      assignor: 'range',
    });
    await take(slow, 5);
    const other = client.consumer({ group, topics: [topic], assignor: 'range' });
    // Of one partition only one of them has anything: it goes to the other when the slow one is gone.
    const [first] = slow.assignment;
    const taking = take(other, 1);
    await slow.close();
    expect(offsetsOf(await taking)).toEqual([0]);
    expect(other.assignment[0]!.generation).toBeGreaterThan(first!.generation);
    await other.close();
  });
});

describe('a live reset', () => {
  it('moves a loop that waits, and nothing from before is committed over it', async () => {
    const topic = await filledTopic(client, 30);
    const group = newGroup();
    const end = signal();
    const again = signal();
    const { consumer, told } = noted({ group, topics: [topic], commitIntervalMs: 1 });
    const seen: number[] = [];
    const loop = (async () => {
      for await (const { offset } of consumer) {
        seen.push(offset);
        if (offset === 29) (seen.length === 30 ? end : again).resolve();
      }
    })();
    await end.promise;
    const request = { groups: [group], topics: [{ topic }], to: { offset: 12 }, execute: true };
    await expect(client.groups.resetOffsets(request)).rejects.toMatchObject({ code: 'GROUP_NOT_EMPTY' });
    const { resets } = await client.groups.resetOffsets({ ...request, live: true });
    expect(resets).toMatchObject([{ group, topic, partition: 0, after: 12, records: expect.any(Number) }]);
    await again.promise;
    await consumer.close();
    await loop;
    expect(seen).toEqual([...range(0, 30), ...range(12, 30)]);
    expect(told.map(([what]) => what)).toEqual(['assigned', 'assigned', 'revoked']);
  });

  it('drops what is buffered and what is in hand, though the loop was busy when it came', async () => {
    const topic = await filledTopic(client, 100);
    const group = newGroup();
    await using consumer = client.consumer({ group, topics: [topic], commit: 'manual' });
    await take(consumer, 50);
    const { generation } = consumer.assignment[0]!;
    await client.groups.resetOffsets({
      groups: [group],
      topics: [{ topic }],
      to: { offset: 20 },
      execute: true,
      live: true,
    });
    // It commits in the generation in which the loop was given the partition.
    await expect(consumer.commit()).rejects.toMatchObject({ code: 'STALE_GENERATION' });
    expect(await committed(client, group, topic)).toEqual([20]);
    expect(offsetsOf(await take(consumer, 80))).toEqual(range(20, 100));
    expect(consumer.assignment[0]!.generation).toBeGreaterThan(generation);
    await consumer.commit();
    expect(await committed(client, group, topic)).toEqual([100]);
  });

  it('does not hinder a loop that has not heard of it from pausing', async () => {
    const topic = await filledTopic(client, 20, { partitions: 2 });
    const group = newGroup();
    await using consumer = client.consumer({ group, topics: [topic] });
    await take(consumer, 40);
    const { generation } = consumer.assignment[0]!;
    await client.groups.resetOffsets({
      groups: [group],
      topics: [{ topic }],
      to: 'earliest',
      execute: true,
      live: true,
    });
    // An answer on the same connection: what was sent before has come.
    await client.groups.list();
    consumer.pause([{ topic, partition: 0 }]);
    expect(consumer.assignment).toHaveLength(2);
    expect(offsetsOf(await take(consumer, 20), 1)).toEqual(range(0, 20));
    expect(consumer.assignment[0]!.generation).toBeGreaterThan(generation);
  });

  it('leaves a paused partition paused', async () => {
    const topic = await filledTopic(client, 20, { partitions: 2 });
    const group = newGroup();
    await using consumer = client.consumer({ group, topics: [topic] });
    await take(consumer, 40);
    consumer.pause([{ topic, partition: 0 }]);
    await client.groups.resetOffsets({
      groups: [group],
      topics: [{ topic }],
      to: 'earliest',
      execute: true,
      live: true,
    });
    expect(offsetsOf(await take(consumer, 20), 1)).toEqual(range(0, 20));
    expect(consumer.paused).toEqual([{ topic, partition: 0 }]);
    consumer.resume(consumer.paused);
    expect(offsetsOf(await take(consumer, 20), 0)).toEqual(range(0, 20));
  });
});

describe('a static member', () => {
  it('that comes back gets its partitions back, and the other notices nothing', async () => {
    const topic = await filledTopic(client, 0, { partitions: 2 });
    const group = newGroup();
    const other = noted({ group, topics: [topic], instanceId: 'other' });
    const otherReading = reading(other.consumer);
    await other.until('assigned');
    const options = { group, topics: [topic], instanceId: 'me', commit: 'manual' as const };
    const before = client.consumer(options);
    const taking = take(before, 1);
    await other.until('revoked');
    await fill(client, topic, 0, 10, { partitions: 2 });
    const [first] = await taking;
    await before.commit();
    const told = [...other.told];
    // The old process is still there, and knows nothing yet.
    const after = client.consumer(options);
    expect(await take(after, 1)).toMatchObject([{ partition: first!.partition, offset: 1 }]);
    await expect(take(before, 30)).rejects.toMatchObject({ code: 'INSTANCE_FENCED' });
    expect(other.told).toEqual(told);
    await Promise.all([before.close(), after.close(), other.consumer.close()]);
    await otherReading.done;
  });

  it('whose connection is lost keeps its partitions for as long as its session', async () => {
    const topic = await filledTopic(client, 10);
    const group = newGroup();
    await using proxy = await TcpProxy.start(broker.port);
    await using through = new Respool(proxy.address, { retryInitialMs: 1, retryMaxMs: 5 });
    const { consumer: member, until } = noted({ group, topics: [topic], instanceId: 'me' }, through);
    await take(member, 10);
    await member.commit();
    const waiting = noted({ group, topics: [topic] });
    const waitingTake = take(waiting.consumer, 5);
    proxy.cut();
    const taking = take(member, 5);
    await until('lost');
    await until('assigned', 2);
    await fill(client, topic, 10, 20);
    expect(offsetsOf(await taking)).toEqual(range(10, 15));
    await member.commit();
    expect(waiting.told).toEqual([]);
    // To leave is to leave for good, for a static member too.
    await member.close();
    expect(offsetsOf(await waitingTake)).toEqual(range(15, 20));
    await waiting.consumer.close();
  });
});

describe('a static member that is about to come back', () => {
  it('commits what is done, and its partitions wait for it', async () => {
    const topic = await filledTopic(client, 20, { partitions: 2 });
    const group = newGroup();
    const options = { group, topics: [topic], instanceId: 'me' };
    const before = client.consumer(options);
    await take(before, 8);
    await before.close({ leave: false });
    const [description] = await client.groups.describe([group]);
    expect(description?.members).toMatchObject([{ instanceId: 'me', address: undefined }]);
    const after = client.consumer(options);
    expect(offsetsOf(await take(after, 33))).toHaveLength(33);
    expect(
      (await committed(client, group, topic)).reduce<number>((sum, offset) => sum + (offset ?? 0), 0),
    ).toBe(7);
    await after.close();
  });
});

describe('a topic that is deleted', () => {
  it('is lost, and the others are read on', async () => {
    const [kept, deleted] = [await filledTopic(client, 1), await filledTopic(client, 1)];
    const lost = signal<readonly TopicPartition[]>();
    await using consumer = client.consumer({
      group: newGroup(),
      topics: [kept, deleted],
      onLost: lost.resolve,
    });
    await take(consumer, 2);
    const taking = take(consumer, 1);
    await client.admin.deleteTopic(deleted);
    expect(await lost.promise).toEqual([{ topic: deleted, partition: 0 }]);
    await fill(client, kept, 1, 2);
    expect(offsetsOf(await taking)).toEqual([1]);
    expect(consumer.assignment).toMatchObject([{ topic: kept }]);
  });
});

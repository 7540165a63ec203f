import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ReceivedRecord, type ReplayOptions, type ReplayProgress, Respool } from '../../sdk/index.js';
import { fill, filledTopic, range, signal, T0 } from './fixtures/group-topics.js';
import { RunningBroker } from './fixtures/running-broker.js';
import { TcpProxy } from './fixtures/tcp-proxy.js';

let broker: RunningBroker;
let client: Respool;
let targets = 0;

beforeAll(async () => {
  broker = await RunningBroker.start();
  client = new Respool(broker.server);
});
afterAll(async () => {
  await client.close();
  await broker[Symbol.asyncDispose]();
});

async function newTarget(partitions = 1, config = {}): Promise<string> {
  const topic = `target-${targets++}`;
  await client.admin.createTopic(topic, { partitions, config });
  return topic;
}

async function read(topic: string): Promise<ReceivedRecord[]> {
  const records: ReceivedRecord[] = [];
  for await (const record of client.records({ topic })) records.push(record);
  return records;
}

const valuesOf = (records: readonly ReceivedRecord[], partition?: number): number[] =>
  records
    .filter((record) => partition === undefined || record.partition === partition)
    .map(({ value }) => Number(value));

/** The values of a header, in order. */
const headerOf = ({ headers }: ReceivedRecord, name: string): string[] =>
  headers.filter(({ key }) => key === name).map(({ value }) => `${value}`);

const groupExists = async (name: string): Promise<boolean> =>
  (await client.groups.list()).some(({ group }) => group === `replay.${name}`);

describe('a replay', () => {
  it('copies everything into the same partitions, in order, and every copy says where it comes from', async () => {
    const topic = await filledTopic(client, 100, { partitions: 3 });
    const to = await newTarget(3);
    const outcome = await client.replay({ topic, to }).run();
    expect(outcome).toMatchObject({ copied: 300, skipped: 0, total: 300 });
    const copies = await read(to);
    for (const partition of range(0, 3)) expect(valuesOf(copies, partition)).toEqual(range(0, 100));
    for (const copy of copies) {
      expect(copy).toMatchObject({ key: Buffer.from(`k${Number(copy.value) % 3}`) });
      expect(copy.timestampMs).toBeGreaterThan(T0 + 1_000_000);
      expect(copy.headers.map(({ key, value }) => [key, `${value}`])).toEqual([
        ['n', `${Number(copy.value) % 2}`],
        ['respool-replay-topic', topic],
        ['respool-replay-partition', `${copy.partition}`],
        ['respool-replay-offset', `${copy.value}`],
        ['respool-replay-timestamp', `${T0 + Number(copy.value) * 1000}`],
      ]);
    }
  });

  it('of a replay keeps where the record began, and adds where it was copied from', async () => {
    const topic = await filledTopic(client, 3);
    const [first, second] = [await newTarget(), await newTarget()];
    await client.append({ topic: first, records: [{ value: 'in between' }] });
    await client.replay({ topic, to: first }).run();
    await client.replay({ topic: first, to: second, from: 1 }).run();
    const [copy] = await read(second);
    expect(headerOf(copy!, 'respool-replay-topic')).toEqual([topic, first]);
    expect(headerOf(copy!, 'respool-replay-offset')).toEqual(['0', '1']);
  });

  it('copies by key into a topic with fewer partitions, and keeps the order of each key', async () => {
    const topic = await filledTopic(client, 60, { partitions: 4 });
    const to = await newTarget(2);
    await client.replay({ topic, to }).run();
    const copies = await read(to);
    expect(copies).toHaveLength(240);
    for (const key of ['k0', 'k1', 'k2']) {
      const mine = copies.filter((copy) => `${copy.key}` === key);
      expect(new Set(mine.map(({ partition }) => partition)).size).toBe(1);
      const ofFirst = mine.filter((copy) => headerOf(copy, 'respool-replay-partition')[0] === '0');
      expect(valuesOf(ofFirst)).toEqual(valuesOf(ofFirst).toSorted((a, b) => a - b));
    }
  });

  it.each<[string, Partial<ReplayOptions>, number[]]>([
    ['from an offset to an offset', { from: 13, until: 27 }, range(13, 27)],
    ['from a time to a time', { from: { timestampMs: T0 + 5500 }, until: new Date(T0 + 9000) }, [6, 7, 8]],
    ['of a key', { filter: { key: 'k1' } }, range(0, 50).filter((i) => i % 3 === 1)],
    ['with a header', { filter: { headers: { n: '1' } }, from: 40 }, [41, 43, 45, 47, 49]],
    ['with a header of any value', { filter: { headers: { n: undefined } }, until: 3 }, [0, 1, 2]],
    ['with a header that there is not', { filter: { headers: { absent: undefined } } }, []],
    ['of nothing', { from: 7, until: 7 }, []],
    ['that ends before it begins', { from: 7, until: 3 }, []],
  ])('copies a range %s', async (_what, options, expected) => {
    const topic = await filledTopic(client, 50);
    const to = await newTarget();
    const { copied } = await client.replay({ topic, to, ...options }).run();
    expect(copied).toBe(expected.length);
    expect(valuesOf(await read(to))).toEqual(expected);
  });

  it('keeps times if asked to, and compresses', async () => {
    const topic = await filledTopic(client, 100, { size: 100 });
    const to = await newTarget();
    await client.replay({ topic, to, keepTimestamps: true, compression: 'lz4' }).run();
    for await (const batch of client.fetch({ topic: to, partition: 0 })) {
      expect(batch.compression).toBe('lz4');
      for (const { value, timestampMs } of batch.records())
        expect(timestampMs).toBe(T0 + Number(value) * 1000);
    }
  });

  it('never follows what is appended while it runs, not even its own copies', async () => {
    const topic = await filledTopic(client, 20);
    expect(() => client.replay({ topic, to: topic })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    await client.replay({ topic, to: topic, until: 'latest' }).run();
    expect(valuesOf(await read(topic))).toEqual([...range(0, 20), ...range(0, 20)]);
  });

  it('shows what it would do, and does that', async () => {
    const topic = await filledTopic(client, 50, { partitions: 2 });
    const to = await newTarget(2);
    const replay = client.replay({ topic, to, from: 10, partitions: [1], pace: { recordsPerSecond: 1000 } });
    expect(await replay.plan()).toEqual({
      topic,
      to,
      keepPartitions: true,
      resumed: false,
      partitions: [
        {
          partition: 1,
          startOffset: 10,
          endOffset: 50,
          nextOffset: 10,
          records: 40,
          firstTimestampMs: T0 + 10_000,
          lastTimestampMs: T0 + 49_000,
        },
      ],
      records: 40,
      firstTimestampMs: T0 + 10_000,
      lastTimestampMs: T0 + 49_000,
      estimatedMs: 40,
    });
    expect(await read(to)).toEqual([]);
    await fill(client, topic, 50, 60, { partitions: 2 });
    await replay.run();
    expect(valuesOf(await read(to))).toEqual(range(10, 50));
  });

  it('tells how far it is', async () => {
    const topic = await filledTopic(client, 60);
    const to = await newTarget();
    const told: ReplayProgress[] = [];
    const pace = { recordsPerSecond: 300 };
    const onProgress = (progress: ReplayProgress): void => void told.push(progress);
    const replay = client.replay({
      topic,
      to,
      pace,
      onProgress,
      progressIntervalMs: 10,
      filter: { key: 'k0' },
    });
    const outcome = await replay.run();
    expect(outcome).toMatchObject({ copied: 20, skipped: 40, total: 60 });
    expect(told.length).toBeGreaterThan(2);
    const copied = told.map((progress) => progress.copied);
    expect(copied).toEqual(copied.toSorted((a, b) => a - b));
    expect(told.at(-1)).toEqual(
      replay.progress.copied === 20 ? expect.objectContaining({ copied: 20, remainingMs: 0 }) : undefined,
    );
    expect(told.some(({ remainingMs }) => remainingMs !== undefined && remainingMs > 0)).toBe(true);
    expect(told.at(-1)?.perPartition).toEqual([
      { partition: 0, nextOffset: 60, endOffset: 60, copied: 20, skipped: 40 },
    ]);
  });

  it.each<[string, Partial<ReplayOptions>, string]>([
    ['a topic that there is not', { topic: 'nowhere' }, 'TOPIC_NOT_FOUND'],
    ['a target that there is not', { to: 'nowhere' }, 'TOPIC_NOT_FOUND'],
    ['a partition that there is not', { partitions: [4] }, 'PARTITION_NOT_FOUND'],
    ['a beginning outside of the log', { from: 100 }, 'OFFSET_OUT_OF_RANGE'],
    ['an end outside of the log', { until: 100 }, 'OFFSET_OUT_OF_RANGE'],
    ['partitions that the target has not', { keepPartitions: true }, 'INVALID_ARGUMENT'],
    ['a name that no group may have', { name: 'a/b' }, 'INVALID_GROUP_NAME'],
  ])('rejects %s', async (_what, options, code) => {
    const topic = await filledTopic(client, 5, { partitions: 2 });
    const to = await newTarget();
    await expect(client.replay({ topic, to, ...options }).run()).rejects.toMatchObject({ code });
  });
});

describe('the pace of a replay', () => {
  it('is that of the records, so many times faster', async () => {
    const topic = await filledTopic(client, 21, { partitions: 2 });
    const to = await newTarget(2);
    // A second apart, two hundred times as fast: 5 ms.
    const { elapsedMs } = await client.replay({ topic, to, pace: { speed: 200 } }).run();
    expect(elapsedMs).toBeGreaterThanOrEqual(95);
    // The partitions go in step: by time, not one behind the other.
    const times = (await read(to)).toSorted((a, b) => Number(a.value) - Number(b.value));
    const begin = Math.min(...times.map(({ timestampMs }) => timestampMs));
    for (const { value, timestampMs } of times)
      expect(timestampMs - begin).toBeGreaterThanOrEqual(Number(value) * 5 - 15);
  });

  it('is a fixed rate over all partitions', async () => {
    const topic = await filledTopic(client, 50, { partitions: 2 });
    const { elapsedMs } = await client
      .replay({ topic, to: await newTarget(2), pace: { recordsPerSecond: 500 } })
      .run();
    expect(elapsedMs).toBeGreaterThanOrEqual(170);
  });
});

describe('a replay with a name', () => {
  const slow = { recordsPerSecond: 400 };

  it('that is stopped is gone on with: nothing twice, nothing left out, and its group is gone at the end', async () => {
    const topic = await filledTopic(client, 200, { partitions: 2 });
    const to = await newTarget(2);
    const name = `stopped-${to}`;
    const stop = new AbortController();
    const onProgress = ({ copied }: ReplayProgress): void => {
      if (copied >= 20) stop.abort(new Error('enough'));
    };
    const first = client.replay({
      topic,
      to,
      name,
      pace: slow,
      signal: stop.signal,
      onProgress,
      progressIntervalMs: 10,
    });
    await expect(first.run()).rejects.toThrow('enough');
    const stored = (await read(to)).length;
    expect(stored).toBe(first.progress.copied);
    expect(stored).toBeLessThan(400);
    expect(await groupExists(name)).toBe(true);
    await fill(client, topic, 200, 210, { partitions: 2 });

    const second = client.replay({ topic, to, name });
    expect(await second.plan()).toMatchObject({ resumed: true, records: 400 - stored });
    expect(await second.run()).toMatchObject({ copied: 400 - stored, skipped: 0 });
    const copies = await read(to);
    for (const partition of range(0, 2)) expect(valuesOf(copies, partition)).toEqual(range(0, 200));
    expect(await groupExists(name)).toBe(false);
  });

  it('whose process dies is gone on with: what was copied and not marked is found, and not copied again', async () => {
    const topic = await filledTopic(client, 300, { partitions: 2 });
    const to = await newTarget(1);
    const name = `killed-${to}`;
    await using proxy = await TcpProxy.start(broker.port);
    const through = new Respool(proxy.address);
    const copiedSome = signal();
    const onProgress = ({ copied }: ReplayProgress): void => {
      if (copied >= 100) copiedSome.resolve();
    };
    const first = through.replay({ topic, to, name, pace: slow, onProgress, progressIntervalMs: 10 });
    const running = first.run();
    running.catch(() => {});
    await copiedSome.promise;
    proxy.refuse();
    await through.close({ timeoutMs: 0 });
    await expect(running).rejects.toMatchObject({ code: 'CLOSED' });
    await client.append({ topic: to, records: [{ value: '-1' }] });
    const [marked] = await client.groups.describe([`replay.${name}`]);
    const marks = marked!.partitions.filter((progress) => progress.topic === topic);
    expect(marks.map(({ committed }) => committed?.offset)).toEqual([0, 0]);

    const second = await client.replay({ topic, to, name }).run();
    expect(second.skipped).toBeGreaterThan(50);
    const copies = valuesOf(await read(to)).filter((value) => value >= 0);
    expect(copies.toSorted((a, b) => a - b)).toEqual(range(0, 300).flatMap((value) => [value, value]));
  });

  it('is not gone on with by another definition, and the refusal names the difference', async () => {
    const topic = await filledTopic(client, 50);
    const to = await newTarget();
    const name = `defined-${to}`;
    const stop = AbortSignal.timeout(60);
    const begun = client.replay({ topic, to, name, from: 5, pace: slow, signal: stop });
    await expect(begun.run()).rejects.toThrow('timeout');
    const another = (options: Partial<ReplayOptions>) =>
      client.replay({ topic, to, name, from: 5, ...options }).plan();
    const refusal = (message: RegExp) =>
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) });
    await expect(another({ from: 6 })).rejects.toEqual(refusal(/from offset 5, not offset 6/));
    await expect(another({ until: 9 })).rejects.toEqual(refusal(/until latest, not offset 9/));
    await expect(another({ filter: { key: 'k' } })).rejects.toEqual(refusal(/filter none, not/));
    await expect(another({ keepTimestamps: true })).rejects.toEqual(
      refusal(/keepTimestamps false, not true/),
    );
    await expect(another({ to: topic, topic: to })).rejects.toEqual(refusal(/not of a replay|topic/));
    await expect(another({ from: { offset: 5 } })).resolves.toMatchObject({ resumed: true });
    await client.groups.delete(`replay.${name}`);
  });

  it('refuses a group that somebody reads in', async () => {
    const topic = await filledTopic(client, 5);
    const to = await newTarget();
    await using consumer = client.consumer({ group: `replay.read-${to}`, topics: [topic], commit: 'manual' });
    for await (const _record of consumer) break;
    const replay = client.replay({ topic, to, name: `read-${to}` });
    await expect(replay.run()).rejects.toMatchObject({ code: 'GROUP_NOT_EMPTY' });
    expect(await read(to)).toEqual([]);
  });

  it('ends with what could not be stored, and marks nothing behind it', async () => {
    const topic = await filledTopic(client, 30);
    await client.append({ topic, records: [{ value: 'x'.repeat(5000) }] });
    const to = await newTarget(1, { maxBatchBytes: 2048 });
    const name = `too-large-${to}`;
    const replay = client.replay({ topic, to, name });
    await expect(replay.run()).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE' });
    const [group] = await client.groups.describe([`replay.${name}`]);
    const mark = group!.partitions.find((progress) => progress.topic === topic);
    expect(mark?.committed?.offset).toBeLessThanOrEqual(30);
  });

  it('is stopped when its client is closed, and gone on with by another', async () => {
    const topic = await filledTopic(client, 100);
    const to = await newTarget();
    const name = `closed-${to}`;
    const another = new Respool(broker.server);
    const begun = signal();
    const onProgress = ({ copied }: ReplayProgress): void => {
      if (copied > 5) begun.resolve();
    };
    const running = another.replay({ topic, to, name, pace: slow, onProgress, progressIntervalMs: 10 }).run();
    const ended = expect(running).rejects.toMatchObject({ code: 'CLOSED' });
    await begun.promise;
    await another.close();
    await ended;
    await client.replay({ topic, to, name }).run();
    expect(valuesOf(await read(to))).toEqual(range(0, 100));
  });
});

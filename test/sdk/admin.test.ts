import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CallOptions, Respool } from '../../sdk/index.js';
import { openLogStore } from '../../segment-store/index.js';
import { RunningBroker } from './fixtures/running-broker.js';

let broker: RunningBroker;
let client: Respool;

beforeAll(async () => {
  broker = await RunningBroker.start();
  client = new Respool(broker.server);
});
afterAll(async () => {
  await client.close();
  await broker[Symbol.asyncDispose]();
});

describe('topics', () => {
  it('are created as asked for, with the defaults of the broker for the rest', async () => {
    const made = await client.admin.createTopic('made', {
      partitions: 3,
      config: {
        retentionMs: 'unlimited',
        retentionBytes: 1_000_000,
        cleanupPolicy: 'compact,delete',
        minCleanableDirtyRatio: 0.25,
      },
    });
    expect(made).toMatchObject({
      topic: 'made',
      config: {
        retentionMs: 'unlimited',
        retentionBytes: 1_000_000,
        cleanupPolicy: 'compact,delete',
        minCleanableDirtyRatio: 0.25,
        segmentBytes: 1024 ** 3,
      },
    });
    expect([...made.overrides].sort()).toEqual([
      'cleanupPolicy',
      'minCleanableDirtyRatio',
      'retentionBytes',
      'retentionMs',
    ]);
    expect(made.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2]);
    expect(made.partitions[0]).toMatchObject({
      logStartOffset: 0,
      logEndOffset: 0,
      offline: false,
      damaged: [],
    });
    expect(await client.admin.describeTopics(['made'])).toEqual([made]);
  });

  it('are listed by name, described in the order asked for, and deleted', async () => {
    for (const topic of ['zebra', 'ant']) await client.admin.createTopic(topic);
    expect(await client.admin.listTopics()).toEqual(expect.arrayContaining(['ant', 'zebra']));
    const described = await client.admin.describeTopics(['zebra', 'ant']);
    expect(described.map(({ topic }) => topic)).toEqual(['zebra', 'ant']);
    expect(await client.admin.describeTopics([])).toEqual([]);
    await client.admin.deleteTopic('zebra');
    expect(await client.admin.listTopics()).not.toContain('zebra');
    await expect(client.admin.describeTopics(['zebra'])).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
  });

  it('of the broker’s own are listed when asked for, described when named, and never changed', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'respool-sdk-'));
    const store = await openLogStore({ dataDir });
    await store.createTopic('__own', { internal: true });
    await store.createTopic('users');
    await store.close();
    await using own = await RunningBroker.start({ dataDir });
    await using other = new Respool(own.server);
    expect(await other.admin.listTopics()).toEqual(['users']);
    const all = { includeInternal: true, timeoutMs: 20_000 };
    expect(await other.admin.listTopics(all)).toEqual(expect.arrayContaining(['__own', 'users']));
    expect((await other.admin.describeTopics()).map(({ internal }) => internal)).toEqual([false]);
    const described = await other.admin.describeTopics(undefined, all);
    expect(described.find(({ topic }) => topic === '__own')).toMatchObject({ internal: true });
    expect(await other.admin.describeTopics(['__own'])).toMatchObject([{ topic: '__own', internal: true }]);
    const refused = { code: 'INVALID_TOPIC_NAME', details: { topic: '__own' } };
    await expect(other.admin.deleteTopic('__own')).rejects.toMatchObject(refused);
    await expect(other.append({ topic: '__own', records: [{ value: 'x' }] })).rejects.toMatchObject(refused);
  });

  it('are altered: more partitions, settings set and reset', async () => {
    await client.admin.createTopic('altered', {
      partitions: 1,
      config: { segmentBytes: 4096, retentionMs: 1000 },
    });
    const altered = await client.admin.alterTopic('altered', {
      partitions: 2,
      config: { retentionMs: 'unlimited' },
      reset: ['segmentBytes'],
    });
    expect(altered.partitions).toHaveLength(2);
    expect(altered.config).toMatchObject({ retentionMs: 'unlimited', segmentBytes: 1024 ** 3 });
    expect(altered.overrides).toEqual(['retentionMs']);
  });

  it.each<[string, () => Promise<unknown>, object]>([
    [
      'a name twice',
      () => client.admin.createTopic('made'),
      { code: 'TOPIC_EXISTS', details: { topic: 'made' } },
    ],
    [
      'a name that differs in case only',
      () => client.admin.createTopic('MADE'),
      { code: 'INVALID_TOPIC_NAME' },
    ],
    ['a hostile name', () => client.admin.createTopic('../x'), { code: 'INVALID_TOPIC_NAME' }],
    [
      'no name',
      () => client.admin.createTopic(''),
      { code: 'INVALID_ARGUMENT', details: { field: 'topic' } },
    ],
    [
      'no partitions',
      () => client.admin.createTopic('p', { partitions: 0 }),
      { details: { field: 'partitions' } },
    ],
    [
      'fewer partitions',
      () => client.admin.alterTopic('made', { partitions: 1 }),
      { code: 'INVALID_ARGUMENT' },
    ],
    [
      'a setting that there is not',
      () => client.admin.createTopic('p', { config: { retention: 1 } as object }),
      { code: 'INVALID_ARGUMENT', details: { field: 'config.retention' } },
    ],
    [
      'a setting of the wrong type',
      () => client.admin.createTopic('p', { config: { segmentBytes: 'unlimited' as unknown as number } }),
      { code: 'INVALID_ARGUMENT', details: { field: 'config.segmentBytes' } },
    ],
    [
      'a policy that there is not',
      () => client.admin.createTopic('p', { config: { cleanupPolicy: 'keep' as 'delete' } }),
      { details: { field: 'config.cleanupPolicy' } },
    ],
    ['an unknown topic', () => client.admin.deleteTopic('nowhere'), { code: 'TOPIC_NOT_FOUND' }],
  ])('%s is refused', async (_what, call, error) => {
    await expect(call()).rejects.toMatchObject(error);
    expect(await client.admin.listTopics()).not.toContain('p');
  });
});

describe('offsets', () => {
  it('are found by position, in the order of the queries', async () => {
    const topic = 'positions';
    await client.admin.createTopic(topic, { partitions: 2 });
    await client.append({
      topic,
      records: [1000, 2000, 3000].map((timestampMs) => ({ value: 'v', partition: 1, timestampMs })),
    });
    expect(await client.admin.truncatePrefix(topic, 1, 1)).toBe(1);
    expect(await client.admin.truncatePrefix(topic, 1, 0)).toBe(1);
    const at = { topic, partition: 1 };
    const found = await client.admin.listOffsets([
      { ...at, at: 'earliest' },
      { ...at, at: 'latest' },
      { ...at, at: new Date(1500) },
      { ...at, at: { timestampMs: 9000 } },
      { topic, partition: 0, at: 'latest' },
    ]);
    expect(found.map(({ offset, timestampMs }) => [offset, timestampMs])).toEqual([
      [1, undefined],
      [3, undefined],
      [1, 2000],
      [3, undefined],
      [0, undefined],
    ]);
    expect(found[0]).toMatchObject({ topic, partition: 1, logStartOffset: 1, highWatermark: 3 });
    await expect(client.admin.truncatePrefix(topic, 1, 99)).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    });
  });
});

describe('append', () => {
  it('stores records and tells where; conditionally if asked', async () => {
    const topic = 'appended';
    await client.admin.createTopic(topic, { partitions: 1 });
    const request = { topic, records: [{ key: 'a', value: '1', headers: { h: 'x' } }, { value: null }] };
    const positions = await client.append(request);
    expect(positions.map(({ offset }) => offset)).toEqual([0, 1]);
    expect((await client.append({ ...request, expectedOffset: 2 }))[0]!.offset).toBe(2);
    await expect(client.append({ ...request, expectedOffset: 2 })).rejects.toMatchObject({
      code: 'UNEXPECTED_OFFSET',
      details: { expectedOffset: 2, endOffset: 4 },
    });
    const values: (string | undefined)[] = [];
    for await (const { value } of client.records({ topic })) values.push(value?.toString());
    expect(values).toEqual(['1', undefined, '1', undefined]);
  });

  it('refuses nothing to append, and what are no records', async () => {
    await expect(client.append({ topic: 't', records: [] })).rejects.toMatchObject({
      details: { field: 'records' },
    });
    const bad = { topic: 't', records: [{ value: 7 as unknown as string }] };
    await expect(client.append(bad)).rejects.toMatchObject({ details: { field: 'records[0].value' } });
  });
});

describe('every call', () => {
  const dead = new Respool('127.0.0.1:1', { retryInitialMs: 1, retryMaxMs: 5 });
  afterAll(() => dead.close());
  const calls: [string, (options: CallOptions) => Promise<unknown>][] = [
    ['listTopics', (options) => dead.admin.listTopics(options)],
    ['createTopic', (options) => dead.admin.createTopic('t', {}, options)],
    ['append', (options) => dead.append({ topic: 't', records: [{}] }, options)],
  ];

  it.each(calls)('%s ends with its signal', async (_name, call) => {
    await expect(call({ signal: AbortSignal.abort(new Error('not now')) })).rejects.toThrow('not now');
    const stop = new AbortController();
    const calling = call({ signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(calling).rejects.toThrow('enough');
  });

  it.each(calls)('%s fails typed within its time-out when there is no broker', async (_name, call) => {
    await expect(call({ timeoutMs: 200 })).rejects.toMatchObject({
      code: expect.stringMatching(/^(UNAVAILABLE|DEADLINE_EXCEEDED)$/),
      retryable: true,
    });
    await expect(call({ timeoutMs: 0 })).rejects.toMatchObject({ details: { field: 'timeoutMs' } });
  });
});

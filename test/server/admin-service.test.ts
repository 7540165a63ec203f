import { describe, expect, test } from 'vitest';
import { adminService, logService, respool } from '../../proto/index.js';
import { DEFAULT_TOPIC_CONFIG, openLogStore } from '../../segment-store/index.js';
import { ackCode, batchOf, failureOf, startBroker, TestClient, temporaryFolder } from './broker-fixture.js';

const { CLEANUP_POLICY_COMPACT, CLEANUP_POLICY_DELETE } = respool.v1.CleanupPolicy;

test('a topic is created with what was asked for, described, altered, reset, truncated and deleted', async () => {
  const client = new TestClient(await startBroker());
  const { topic: created } = await client.createTopic('t', {
    partitions: 2,
    config: {
      cleanupPolicy: CLEANUP_POLICY_COMPACT,
      retentionMs: -1,
      segmentBytes: 4096,
      minCleanableDirtyRatio: 0.25,
    },
  });
  expect(created).toMatchObject({
    topic: 't',
    config: {
      ...DEFAULT_TOPIC_CONFIG,
      cleanupPolicy: CLEANUP_POLICY_COMPACT,
      retentionMs: -1,
      retentionBytes: -1,
      segmentBytes: 4096,
      minCleanableDirtyRatio: 0.25,
    },
  });
  expect([...(created?.overrides ?? [])].sort()).toEqual([
    'cleanup_policy',
    'min_cleanable_dirty_ratio',
    'retention_ms',
    'segment_bytes',
  ]);
  expect(created?.partitions).toHaveLength(2);

  const { topic: altered } = await client.call(adminService.AlterTopic, {
    topic: 't',
    partitions: 3,
    config: { retentionBytes: 10_000 },
    reset: ['cleanup_policy', 'retention_ms'],
  });
  expect(altered?.config).toMatchObject({
    cleanupPolicy: CLEANUP_POLICY_DELETE,
    retentionMs: DEFAULT_TOPIC_CONFIG.retentionMs,
    retentionBytes: 10_000,
  });
  expect(altered?.partitions).toHaveLength(3);

  await client.produceAll([{ topic: 't', partition: 1, batch: batchOf(['a', 'b', 'c']) }]);
  const truncated = await client.call(adminService.TruncatePrefix, {
    topic: 't',
    partition: 1,
    beforeOffset: 2,
  });
  expect(truncated.logStartOffset).toBe(2);
  const { topics } = await client.call(adminService.DescribeTopics, { topics: ['t'] });
  expect(topics[0]?.partitions?.[1]).toMatchObject({
    partition: 1,
    logStartOffset: 2,
    recoveryPoint: 3,
    highWatermark: 3,
    logEndOffset: 3,
    segments: 1,
    offline: false,
    damaged: [],
  });

  await client.call(adminService.DeleteTopic, { topic: 't' });
  expect((await client.call(adminService.DescribeTopics, {})).topics).toEqual([]);
});

test('all topics are described by name', async () => {
  const client = new TestClient(await startBroker());
  for (const name of ['b', 'a', 'c']) await client.createTopic(name);
  const { topics } = await client.call(adminService.DescribeTopics, {});
  expect(topics.map(({ topic }) => topic)).toEqual(['a', 'b', 'c']);
});

describe('a topic of the broker’s own', () => {
  const OWN = '__own_of_this_test';

  /** A broker, with that topic or without, and a client. */
  async function broker({ exists, autoCreateTopics }: { exists: boolean; autoCreateTopics: boolean }) {
    const dataDir = temporaryFolder();
    const store = await openLogStore({ dataDir });
    if (exists) {
      await store.createTopic(OWN, { internal: true });
      await store.append(OWN, 0, batchOf(['state', 'more']));
    }
    await store.createTopic('users');
    await store.close();
    return new TestClient(await startBroker({ dataDir, autoCreateTopics }));
  }

  const cases = [true, false].flatMap((exists) =>
    [true, false].map((autoCreateTopics) => ({ exists, autoCreateTopics })),
  );

  test.each(cases)(
    'is changed by no call (exists: $exists, topics made at first use: $autoCreateTopics)',
    async (how) => {
      const client = await broker(how);
      const before = await client.call(adminService.DescribeTopics, { includeInternal: true });
      const calls = [
        client.call(logService.Append, { topic: OWN, records: [{ value: Buffer.from('x') }] }),
        client.call(logService.Append, { topic: OWN, records: [{ partition: 0, value: Buffer.from('x') }] }),
        client.call(adminService.DeleteTopic, { topic: OWN }),
        client.call(adminService.AlterTopic, { topic: OWN, partitions: 5 }),
        client.call(adminService.TruncatePrefix, { topic: OWN, partition: 0, beforeOffset: 1 }),
      ];
      for (const call of calls)
        expect(await failureOf(call)).toMatchObject({
          code: 'INVALID_TOPIC_NAME',
          message: `The topic "${OWN}" belongs to the broker; it can be read but not changed`,
          details: { topic: OWN },
        });
      expect(await failureOf(client.createTopic(OWN))).toMatchObject({ code: 'INVALID_TOPIC_NAME' });
      const [own, users] = await client.produceAll([
        { correlationId: 1, topic: OWN, partition: 0, batch: batchOf(['x']) },
        { correlationId: 2, topic: 'users', partition: 0, batch: batchOf(['x']) },
      ]);
      expect([own, users].map((ack) => [ack!.correlationId, ackCode(ack)]).sort()).toEqual([
        [1, 'INVALID_TOPIC_NAME'],
        [2, undefined],
      ]);
      const after = await client.call(adminService.DescribeTopics, { includeInternal: true });
      const isOwn = ({ topic }: { topic?: string | null }) => topic === OWN;
      expect(after.topics.filter(isOwn)).toEqual(before.topics.filter(isOwn));
      expect(after.topics.filter(isOwn)).toHaveLength(how.exists ? 1 : 0);
    },
  );

  test('can be read: fetched, its offsets listed, and described when it is named or asked for', async () => {
    const client = await broker({ exists: true, autoCreateTopics: true });
    expect(await client.values(OWN, { partition: 0, from: { earliest: {} } })).toEqual(['state', 'more']);
    const { answers } = await client.call(logService.ListOffsets, {
      queries: [{ topic: OWN, partition: 0, at: { latest: {} } }],
    });
    expect(answers[0]!.offset).toBe(2);
    const names = async (request: respool.v1.DescribeTopicsRequest.$Properties) =>
      (await client.call(adminService.DescribeTopics, request)).topics.map((one) => [
        one.topic,
        one.internal,
      ]);
    expect(await names({})).toEqual([['users', false]]);
    expect(await names({ includeInternal: true })).toEqual(
      expect.arrayContaining([
        [OWN, true],
        ['users', false],
      ]),
    );
    expect(await names({ topics: [OWN, 'users'] })).toEqual([
      [OWN, true],
      ['users', false],
    ]);
  });

  test('is made by no reader either', async () => {
    const client = await broker({ exists: false, autoCreateTopics: true });
    const fetching = client.fetchAll({ topic: OWN, partition: 0, from: { earliest: {} } });
    expect(await failureOf(fetching)).toMatchObject({ code: 'TOPIC_NOT_FOUND' });
  });
});

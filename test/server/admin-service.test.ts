import { expect, test } from 'vitest';
import { adminService, respool } from '../../proto/index.js';
import { DEFAULT_TOPIC_CONFIG } from '../../segment-store/index.js';
import { batchOf, startBroker, TestClient } from './broker-fixture.js';

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

/** Topics with records, commits and members, as tests of groups need them. */
import type { Groups, JoinRequest, NewCommit } from '../../consumer-groups/index.js';
import type { LogStore, TopicSpec } from '../../segment-store/index.js';
import { BASE_TIME_MS, batchOf } from '../segment-store/fixtures/test-batch.js';

/** Appends so many records to a partition, each in a batch of its own; record `n` has the time `BASE_TIME_MS + n * 1000`. */
export async function fill(log: LogStore, topic: string, partition: number, records: number): Promise<void> {
  const { logEndOffset } = await log.bounds(topic, partition);
  for (let offset = logEndOffset; offset < logEndOffset + records; offset += 1) {
    await log.append(
      topic,
      partition,
      await batchOf([{ value: `record ${offset}`, timestampMs: timeOf(offset) }]),
    );
  }
}

export function timeOf(offset: number): number {
  return BASE_TIME_MS + offset * 1000;
}

/** A topic whose partitions have so many records. */
export async function topicOf(
  log: LogStore,
  topic: string,
  records: readonly number[],
  config: TopicSpec['config'] = {},
): Promise<void> {
  // Their times lie years ago, which is not what these tests are about.
  await log.createTopic(topic, { partitions: records.length, config: { retentionMs: undefined, ...config } });
  for (const [partition, count] of records.entries()) await fill(log, topic, partition, count);
}

export function commitOf(topic: string, partition: number, offset: number): NewCommit {
  return { topic, partition, offset, leaderEpoch: 0, metadata: '' };
}

/** What a group has committed, as `topic-partition: offset`. */
export async function committedBy(groups: Groups, group: string): Promise<Record<string, number>> {
  const { partitions } = await groups.describe(group);
  return Object.fromEntries(
    partitions.flatMap(({ topic, partition, committed }) =>
      committed === undefined ? [] : [[`${topic}-${partition}`, committed.offset]],
    ),
  );
}

export function joinRequest(
  group: string,
  topics: readonly string[],
  fields: Partial<JoinRequest> = {},
): JoinRequest {
  return {
    group,
    topics,
    awaitTopics: true,
    assignor: undefined,
    offsetReset: 'earliest',
    instanceId: undefined,
    clientId: 'test',
    address: '127.0.0.1:1',
    sessionTimeoutMs: undefined,
    revocationTimeoutMs: undefined,
    maxResponseBytes: undefined,
    skipDamaged: false,
    ...fields,
  };
}

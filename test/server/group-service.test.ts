import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { adminService, groupService, logService, respool } from '../../proto/index.js';
import { type InspectionItem, verifyDataDirectory } from '../../segment-store/index.js';
import type { BrokerConfig } from '../../server/index.js';
import { failureOf, metric, startBroker, TestClient, temporaryFolder } from './broker-fixture.js';

const { GROUP_STATE_EMPTY } = respool.v1.GroupState;

/** A broker with the topic `t` of two partitions: ten records in the first, four in the second. */
async function brokerWithRecords(options: Partial<BrokerConfig> = {}) {
  const broker = await startBroker(options);
  const client = new TestClient(broker);
  await client.createTopic('t', { partitions: 2 });
  for (const [partition, count] of [
    [0, 10],
    [1, 4],
  ] as const) {
    const records = Array.from({ length: count }, (_, i) => ({
      partition,
      value: Buffer.from(`${i}`),
      timestampMs: 1000 * (i + 1),
    }));
    await client.call(logService.Append, { topic: 't', records });
  }
  return { broker, client };
}

function commit(client: TestClient, group: string, ...offsets: respool.v1.OffsetCommit.$Properties[]) {
  return client.call(groupService.CommitOffsets, { group, offsets });
}

async function committedOf(client: TestClient, group: string): Promise<(number | undefined)[]> {
  const { groups } = await client.call(groupService.DescribeGroups, { groups: [group] });
  return (groups[0]?.partitions ?? []).map(({ committed }) => committed?.offset ?? undefined);
}

test('what was committed is described with its lag and its age, listed, and there after a restart', async () => {
  const dataDir = temporaryFolder();
  const { broker, client } = await brokerWithRecords({ dataDir });
  await commit(client, 'g', { topic: 't', offset: 4, metadata: 'so far', leaderEpoch: 0 });
  const { groups } = await client.call(groupService.DescribeGroups, { groups: ['g'], withAge: true });
  const [described] = groups;
  expect(described).toMatchObject({ group: 'g', state: GROUP_STATE_EMPTY, assignor: '', members: [] });
  expect(described?.partitions).toHaveLength(1);
  const [progress] = described!.partitions!;
  expect(progress).toMatchObject({
    topic: 't',
    partition: 0,
    committed: { offset: 4, metadata: 'so far', leaderEpoch: 0 },
    logStartOffset: 0,
    highWatermark: 10,
    lag: 6,
    memberId: '',
  });
  // The oldest that is unread is from 1970.
  expect(progress?.lagMs).toBeGreaterThan(50 * 365 * 86_400_000);
  await broker.close();
  const again = new TestClient(await startBroker({ dataDir }));
  const { groups: listed } = await again.call(groupService.ListGroups, {});
  expect(listed).toHaveLength(1);
  expect(listed[0]).toMatchObject({
    group: 'g',
    state: GROUP_STATE_EMPTY,
    members: 0,
    partitions: 1,
    lag: 6,
  });
});

test('without ages none is told', async () => {
  const { client } = await brokerWithRecords();
  await commit(client, 'g', { topic: 't', offset: 4 });
  const { groups } = await client.call(groupService.DescribeGroups, { groups: ['g'] });
  expect(groups[0]?.partitions?.[0]?.lagMs ?? undefined).toBeUndefined();
});

describe('a commit from outside is stored whole or not at all', () => {
  test.each<[string, respool.v1.OffsetCommit.$Properties, status, string, Record<string, string>]>([
    [
      'beyond the end',
      { topic: 't', partition: 1, offset: 5 },
      status.OUT_OF_RANGE,
      'OFFSET_OUT_OF_RANGE',
      { topic: 't', partition: '1', offset: '5', startOffset: '0', endOffset: '4' },
    ],
    ['below 0', { topic: 't', offset: -1 }, status.INVALID_ARGUMENT, 'INVALID_ARGUMENT', { field: 'offset' }],
    [
      'for a topic that is none',
      { topic: 'nope', offset: 0 },
      status.NOT_FOUND,
      'TOPIC_NOT_FOUND',
      { topic: 'nope' },
    ],
    [
      'for a partition that is none',
      { topic: 't', partition: 2 },
      status.NOT_FOUND,
      'PARTITION_NOT_FOUND',
      { topic: 't', partition: '2', partitions: '2' },
    ],
    [
      'for a partition below 0',
      { topic: 't', partition: -1 },
      status.INVALID_ARGUMENT,
      'INVALID_ARGUMENT',
      { field: 'partition' },
    ],
    [
      'with a leader epoch below 0',
      { topic: 't', leaderEpoch: -1 },
      status.INVALID_ARGUMENT,
      'INVALID_ARGUMENT',
      { field: 'leader_epoch' },
    ],
  ])('%s', async (_what, bad, grpcStatus, code, details) => {
    const { broker, client } = await brokerWithRecords();
    await commit(client, 'g', { topic: 't', offset: 1 });
    const failure = await failureOf(commit(client, 'g', { topic: 't', offset: 2 }, bad));
    expect(failure).toMatchObject({ status: grpcStatus, code, details });
    expect(await committedOf(client, 'g')).toEqual([1]);
    expect(await metric(broker, 'respool_group_commits_total')).toBe(1);
  });

  test('of metadata that is too long, naming the bound', async () => {
    const { client } = await brokerWithRecords({ maxCommitMetadataBytes: 10 });
    const failure = await failureOf(commit(client, 'g', { topic: 't', metadata: 'ä'.repeat(6) }));
    expect(failure).toMatchObject({ status: status.INVALID_ARGUMENT, code: 'INVALID_ARGUMENT' });
    expect(failure.message).toContain('10');
    expect(await failureOf(client.call(groupService.DescribeGroups, { groups: ['g'] }))).toMatchObject({
      code: 'GROUP_NOT_FOUND',
    });
  });

  test('of nothing is refused', async () => {
    const { client } = await brokerWithRecords();
    expect(await failureOf(commit(client, 'g'))).toMatchObject({ details: { field: 'offsets' } });
  });
});

describe('a group that is none, or cannot be', () => {
  test('is NOT_FOUND to whatever is asked of it', async () => {
    const { client } = await brokerWithRecords();
    const group = 'nope';
    const failures = await Promise.all([
      failureOf(client.call(groupService.DescribeGroups, { groups: [group] })),
      failureOf(client.call(groupService.DeleteGroup, { group })),
      failureOf(client.call(groupService.CreateSnapshot, { group, snapshot: 's' })),
      failureOf(client.call(groupService.ListSnapshots, { group })),
      failureOf(client.call(groupService.DescribeSnapshot, { group, snapshot: 's' })),
      failureOf(client.call(groupService.DeleteSnapshot, { group, snapshot: 's' })),
      failureOf(client.call(groupService.ResetOffsets, { groups: [group], target: { earliest: {} } })),
    ]);
    for (const failure of failures) {
      expect(failure).toMatchObject({
        status: status.NOT_FOUND,
        code: 'GROUP_NOT_FOUND',
        details: { group },
      });
    }
  });

  test.each(['', '..', 'a/b', 'a b', '__g', 'x'.repeat(250)])('%j is INVALID_GROUP_NAME', async (group) => {
    const { client } = await brokerWithRecords();
    expect(await failureOf(commit(client, group, { topic: 't' }))).toMatchObject({
      status: status.INVALID_ARGUMENT,
      code: 'INVALID_GROUP_NAME',
    });
    expect((await client.call(groupService.ListGroups, {})).groups).toEqual([]);
  });

  test('too many at a time are refused', async () => {
    const { client } = await brokerWithRecords();
    const groups = new Array<string>(1001).fill('g');
    expect(await failureOf(client.call(groupService.DescribeGroups, { groups }))).toMatchObject({
      status: status.INVALID_ARGUMENT,
      details: { field: 'groups' },
    });
  });
});

describe('a reset', () => {
  test.each<[string, respool.v1.ResetTarget.$Properties, number[]]>([
    ['to the beginning', { earliest: {} }, [0, 0]],
    ['to the end', { latest: {} }, [10, 4]],
    ['to where it is', { current: {} }, [6, 2]],
    ['to an offset, at most the end', { offset: 5 }, [5, 4]],
    ['by a shift backwards', { shiftBy: -4 }, [2, 0]],
    ['by a shift forwards', { shiftBy: 3 }, [9, 4]],
    ['to a time', { timestampMs: 3500 }, [3, 3]],
    ['to a snapshot', { snapshot: { snapshot: 'start' } }, [1, 1]],
    ['to offsets', { offsets: { offsets: [{ topic: 't', partition: 1, offset: 3 }] } }, [6, 3]],
  ])('%s', async (_what, target, after) => {
    const { client } = await brokerWithRecords();
    const at = (first: number, second: number) =>
      commit(client, 'g', { topic: 't', offset: first }, { topic: 't', partition: 1, offset: second });
    await at(1, 1);
    await client.call(groupService.CreateSnapshot, { group: 'g', snapshot: 'start' });
    await at(6, 2);
    const request = { groups: ['g'], target };
    const plan = await client.call(groupService.ResetOffsets, request);
    expect(await committedOf(client, 'g')).toEqual([6, 2]);
    const done = await client.call(groupService.ResetOffsets, { ...request, execute: true });
    expect(done).toEqual(plan);
    expect(await committedOf(client, 'g')).toEqual(after);
    expect(plan.activeGroups).toEqual([]);
    for (const { partition, before, after: planned, records } of plan.resets) {
      expect(before).toBe([6, 2][partition!]);
      expect(planned).toBe(after[partition!]);
      expect(records).toBe(planned! - before!);
    }
  });

  test('says what was asked for where that lies outside of the log', async () => {
    const { client } = await brokerWithRecords();
    await commit(client, 'g', { topic: 't', offset: 6 });
    const to = async (offset: number) =>
      (await client.call(groupService.ResetOffsets, { groups: ['g'], target: { offset } })).resets[0];
    expect(await to(20)).toMatchObject({ after: 10, asked: 20, logStartOffset: 0, highWatermark: 10 });
    expect(await to(-20)).toMatchObject({ after: 0, asked: -20 });
    expect((await to(7))?.asked ?? undefined).toBeUndefined();
  });

  test('makes a group, if asked to', async () => {
    const { client } = await brokerWithRecords();
    const topics = [{ topic: 't', partitions: [1] }];
    const target = { latest: {} };
    await client.call(groupService.ResetOffsets, {
      groups: ['new'],
      topics,
      target,
      execute: true,
      create: true,
    });
    const { groups } = await client.call(groupService.DescribeGroups, { groups: ['new'] });
    expect(groups[0]?.partitions).toMatchObject([{ partition: 1, committed: { offset: 4 } }]);
  });

  test.each<[string, respool.v1.ResetOffsetsRequest.$Properties, string]>([
    ['without a target', { groups: ['g'] }, 'target'],
    ['to a target without anything', { groups: ['g'], target: {} }, 'target'],
    ['of no group', { target: { earliest: {} } }, 'groups'],
    ['of all groups and some', { groups: ['g'], allGroups: true, target: { earliest: {} } }, 'groups'],
    ['to a time before 1970', { groups: ['g'], target: { timestampMs: -1 } }, 'target.timestamp_ms'],
    [
      'of a partition below 0',
      { groups: ['g'], topics: [{ topic: 't', partitions: [-1] }], target: { earliest: {} } },
      'partition',
    ],
  ])('%s is INVALID_ARGUMENT', async (_what, request, field) => {
    const { client } = await brokerWithRecords();
    await commit(client, 'g', { topic: 't', offset: 6 });
    expect(await failureOf(client.call(groupService.ResetOffsets, request))).toMatchObject({
      status: status.INVALID_ARGUMENT,
      code: 'INVALID_ARGUMENT',
      details: { field },
    });
  });

  test('by a shift where nothing is committed is NO_COMMITTED_OFFSET', async () => {
    const { client } = await brokerWithRecords();
    await commit(client, 'g', { topic: 't', offset: 6 });
    const request = { groups: ['g'], topics: [{ topic: 't' }], target: { shiftBy: 1 } };
    expect(await failureOf(client.call(groupService.ResetOffsets, request))).toMatchObject({
      status: status.FAILED_PRECONDITION,
      code: 'NO_COMMITTED_OFFSET',
      details: { group: 'g', topic: 't', partition: '1' },
    });
  });
});

test('snapshots are taken, listed, described, deleted, and missed', async () => {
  const { client } = await brokerWithRecords({ maxGroupSnapshots: 2 });
  await commit(client, 'g', { topic: 't', offset: 6 }, { topic: 't', partition: 1, offset: 2 });
  const { snapshot } = await client.call(groupService.CreateSnapshot, {
    group: 'g',
    snapshot: 'before',
    pinRetention: true,
  });
  expect(snapshot).toMatchObject({
    group: 'g',
    snapshot: 'before',
    pinsRetention: true,
    partitions: 2,
    offsets: [
      { topic: 't', partition: 0, offset: 6 },
      { topic: 't', partition: 1, offset: 2 },
    ],
  });
  await client.call(groupService.CreateSnapshot, { group: 'g', snapshot: 'after' });
  const listed = await client.call(groupService.ListSnapshots, { group: 'g' });
  expect(
    listed.snapshots.map(({ snapshot, partitions, offsets }) => [snapshot, partitions, offsets]),
  ).toEqual([
    ['before', 2, []],
    ['after', 2, []],
  ]);
  const before = await client.call(groupService.DescribeSnapshot, { group: 'g', snapshot: 'before' });
  expect(before.snapshot).toEqual(snapshot);
  const again = client.call(groupService.CreateSnapshot, { group: 'g', snapshot: 'after' });
  expect(await failureOf(again)).toMatchObject({
    status: status.ALREADY_EXISTS,
    code: 'SNAPSHOT_EXISTS',
    details: { group: 'g', snapshot: 'after' },
  });
  const third = client.call(groupService.CreateSnapshot, { group: 'g', snapshot: 'third' });
  expect(await failureOf(third)).toMatchObject({ status: status.RESOURCE_EXHAUSTED, code: 'TOO_MANY' });
  await client.call(groupService.DeleteSnapshot, { group: 'g', snapshot: 'before' });
  const gone = client.call(groupService.DescribeSnapshot, { group: 'g', snapshot: 'before' });
  expect(await failureOf(gone)).toMatchObject({
    status: status.NOT_FOUND,
    code: 'SNAPSHOT_NOT_FOUND',
    details: { group: 'g', snapshot: 'before' },
  });
});

test('a deleted group is gone with its offsets and snapshots', async () => {
  const { client } = await brokerWithRecords();
  await commit(client, 'g', { topic: 't', offset: 6 });
  await client.call(groupService.CreateSnapshot, { group: 'g', snapshot: 's' });
  await client.call(groupService.DeleteGroup, { group: 'g' });
  expect((await client.call(groupService.ListGroups, {})).groups).toEqual([]);
});

test('what groups commit is measured, and so is how far behind they are', async () => {
  const { broker, client } = await brokerWithRecords();
  await commit(client, 'g', { topic: 't', offset: 6 }, { topic: 't', partition: 1, offset: 4 });
  await failureOf(commit(client, 'g', { topic: 't', offset: 11 }));
  expect(await metric(broker, 'respool_groups')).toBe(1);
  expect(await metric(broker, 'respool_group_committed_offsets')).toBe(2);
  expect(await metric(broker, 'respool_group_lag_records{group="g",topic="t",partition="0"}')).toBe(4);
  expect(await metric(broker, 'respool_group_lag_records{group="g",topic="t",partition="1"}')).toBe(0);
  expect(await metric(broker, 'respool_group_lag_seconds{group="g"}')).toBeGreaterThan(50 * 365 * 86_400);
  expect(await metric(broker, 'respool_group_commits_total')).toBe(2);
  expect(await metric(broker, 'respool_group_commits_refused_total{code="OFFSET_OUT_OF_RANGE"}')).toBe(1);
  expect(await metric(broker, 'respool_group_commit_seconds_count')).toBe(1);
  await commit(client, 'g', { topic: 't', offset: 10 });
  expect(await metric(broker, 'respool_group_lag_seconds{group="g"}')).toBe(0);
  await client.call(groupService.DeleteGroup, { group: 'g' });
  expect(await metric(broker, 'respool_groups')).toBe(0);
  expect(await metric(broker, 'respool_group_lag_seconds{group="g"}')).toBeUndefined();
});

test("the groups' journal is a topic of the broker's own", async () => {
  const { client } = await brokerWithRecords();
  await commit(client, 'g', { topic: 't', offset: 6 });
  const topic = '__consumer_offsets';
  const { topics } = await client.call(adminService.DescribeTopics, { topics: [topic] });
  expect(topics[0]?.partitions).toHaveLength(1);
  expect(await failureOf(client.call(logService.Append, { topic, records: [{}] }))).toMatchObject({
    status: status.INVALID_ARGUMENT,
  });
  expect(await failureOf(client.call(adminService.DeleteTopic, { topic }))).toMatchObject({
    status: status.INVALID_ARGUMENT,
  });
});

const INSPECT_ALL = { batches: false, records: false, checkRecords: true };

test('a data directory with groups is sound to those who inspect it, journal included', async () => {
  const dataDir = temporaryFolder();
  const { broker, client } = await brokerWithRecords({ dataDir });
  for (let offset = 0; offset < 10; offset++) await commit(client, 'g', { topic: 't', offset });
  await broker.close();
  const findings: InspectionItem[] = [];
  const partitions: string[] = [];
  for await (const item of verifyDataDirectory(dataDir, INSPECT_ALL)) {
    if (item.item === 'finding') findings.push(item);
    if (item.item === 'partition') partitions.push(`${item.topic}/${item.partition}`);
  }
  expect(findings).toEqual([]);
  expect(partitions.sort()).toEqual(['__consumer_offsets/0', 't/0', 't/1']);
});

test('a topic that is made anew under the name of a deleted one inherits no offsets', async () => {
  const { client } = await brokerWithRecords();
  await client.createTopic('u');
  await commit(client, 'g', { topic: 't', offset: 4 }, { topic: 'u', offset: 0 });
  await client.call(adminService.DeleteTopic, { topic: 't' });
  expect(await committedOf(client, 'g')).toEqual([0]);
  await client.createTopic('t', { partitions: 2 });
  expect(await committedOf(client, 'g')).toEqual([0]);
});

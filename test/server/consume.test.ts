import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { adminService, groupService, logService, respool } from '../../proto/index.js';
import type { BrokerConfig } from '../../server/index.js';
import { batchOf, metric, startBroker, TestClient } from './broker-fixture.js';
import { TestMember } from './test-member.js';

const { OFFSET_RESET_POLICY_LATEST, OFFSET_RESET_POLICY_NONE } = respool.v1.OffsetResetPolicy;
const KIB = 1024;
const MIB = 1024 ** 2;

/** A broker with the topic `t` of so many partitions, `batches` batches in each. */
async function brokerWith(
  {
    partitions = 1,
    batches = 0,
    batchBytes = KIB,
  }: { partitions?: number; batches?: number; batchBytes?: number },
  options: Partial<BrokerConfig> = {},
) {
  const broker = await startBroker(options);
  const client = new TestClient(broker);
  await client.createTopic('t', { partitions });
  const produced = Array.from({ length: partitions * batches }, (_, i) => ({
    topic: 't',
    partition: i % partitions,
    batch: batchOf([Buffer.alloc(batchBytes)]),
  }));
  if (produced.length > 0) await client.produceAll(produced);
  return { broker, client };
}

const JOIN = { group: 'g', topics: ['t'] };

describe('a member', () => {
  test('is told who it is, what is its, and where that begins', async () => {
    const { client } = await brokerWith({ partitions: 2, batches: 3 });
    await client.call(groupService.CommitOffsets, { group: 'g', offsets: [{ topic: 't', offset: 2 }] });
    const member = await TestMember.join(client, {
      ...JOIN,
      sessionTimeoutMs: 5000,
      revocationTimeoutMs: 7000,
    });
    expect(member.joined).toMatchObject({ sessionTimeoutMs: 5000, revocationTimeoutMs: 7000 });
    expect(member.joined?.memberId).not.toBe('');
    await member.until(() => member.owned.size === 2);
    expect(member.owned.get('t/0')).toMatchObject({ startOffset: 2, committedOffset: 2 });
    expect(member.owned.get('t/1')).toMatchObject({ startOffset: 0 });
    expect(member.owned.get('t/1')?.committedOffset ?? undefined).toBeUndefined();
    const { groups } = await client.call(groupService.DescribeGroups, { groups: ['g'] });
    const [described] = groups[0]?.members ?? [];
    expect(described).toMatchObject({ memberId: member.joined?.memberId, clientId: '', topics: ['t'] });
    expect(described?.address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(described?.owned).toHaveLength(2);
  });

  test('gets every batch once, in the order of offsets', async () => {
    const { broker, client } = await brokerWith({ batches: 20 });
    const member = await TestMember.join(
      client,
      { ...JOIN, maxResponseBytes: 4 * KIB },
      { creditBytes: MIB },
    );
    await member.until(() => member.batches.length === 20);
    await client.call(logService.Append, { topic: 't', records: [{ value: Buffer.from('new') }] });
    await member.until(() => member.batches.length === 21);
    expect(member.batches).toEqual(Array.from({ length: 21 }, (_, offset) => `t/0@${offset}`));
    const last = member.responses.at(-1)?.batches;
    expect(last).toMatchObject({ nextOffset: 21, highWatermark: 21, logStartOffset: 0, seekNumber: 0 });
    expect(await metric(broker, 'respool_group_sent_bytes_total{topic="t"}')).toBe(member.bytes);
  });

  test('is sent nothing beyond its credit but the rest of one response, and goes on when it grants more', async () => {
    const { client } = await brokerWith({ partitions: 2, batches: 40 });
    const responseBytes = 4 * KIB;
    const member = await TestMember.join(client, { ...JOIN, maxResponseBytes: responseBytes });
    await member.until(() => member.owned.size === 2);
    let granted = 0;
    for (const creditBytes of [1, 10 * KIB, 7 * KIB]) {
      member.send({ creditBytes });
      granted += creditBytes;
      await member.until(() => member.bytes >= granted);
      // Answers come behind whatever was sent before them.
      for (let i = 0; i < 3; i++) await member.commit();
      expect(member.bytes).toBeLessThan(granted + 2 * responseBytes);
    }
    member.send({ creditBytes: MIB });
    await member.until(() => member.batches.length === 80);
  });

  test('pauses, resumes and seeks', async () => {
    const { client } = await brokerWith({ batches: 3 });
    const member = await TestMember.join(client, JOIN);
    await member.until(() => member.owned.size === 1);
    const { generation = 0 } = member.owned.get('t/0')!;
    const partition = { topic: 't', partition: 0, generation };
    member.send({ controls: [{ partition, paused: true }], creditBytes: MIB });
    for (let i = 0; i < 3; i++) await member.commit();
    expect(member.batches).toEqual([]);
    member.send({
      controls: [
        { partition, seek: { offset: 2, seekNumber: 1 } },
        { partition, paused: false },
      ],
    });
    await member.until(() => member.batches.length === 1);
    expect(member.batches).toEqual(['t/0@2']);
    expect(member.responses.at(-1)?.batches?.seekNumber).toBe(1);
  });

  test('begins where its policy says', async () => {
    const { client } = await brokerWith({ batches: 3 });
    const latest = await TestMember.join(client, {
      ...JOIN,
      group: 'latest',
      offsetReset: OFFSET_RESET_POLICY_LATEST,
    });
    await latest.until(() => latest.owned.size === 1);
    expect(latest.owned.get('t/0')?.startOffset).toBe(3);
    const none = new TestMember(client);
    none.send({ join: { ...JOIN, group: 'none', offsetReset: OFFSET_RESET_POLICY_NONE } });
    expect(await none.ended).toMatchObject({
      status: status.FAILED_PRECONDITION,
      code: 'NO_COMMITTED_OFFSET',
      details: { group: 'none', topic: 't', partition: '0' },
    });
  });
});

describe('a commit', () => {
  test('is answered when it is stored, and each offset that is refused says why', async () => {
    const { broker, client } = await brokerWith(
      { partitions: 2, batches: 3 },
      { maxCommitMetadataBytes: 10 },
    );
    const member = await TestMember.join(client, JOIN);
    await member.until(() => member.owned.size === 2);
    expect(await member.commit({ topic: 't', offset: 1 }, { topic: 't', partition: 1, offset: 3 })).toEqual(
      [],
    );
    const refused = await member.commit(
      { topic: 't', offset: 2, metadata: 'kept' },
      { topic: 't', partition: 1, offset: 4 },
    );
    expect(refused).toEqual(['OFFSET_OUT_OF_RANGE']);
    const [generation] = [member.owned.get('t/0')!.generation! - 1];
    expect(await member.commit({ topic: 't', offset: -1 })).toEqual(['INVALID_ARGUMENT']);
    expect(await member.commit({ topic: 't', partition: -1 })).toEqual(['INVALID_ARGUMENT']);
    expect(await member.commit({ topic: 't', offset: 1, generation })).toEqual(['STALE_GENERATION']);
    expect(await member.commit({ topic: 't', partition: 2, generation: 1 })).toEqual(['PARTITION_NOT_OWNED']);
    expect(await member.commit({ topic: 't', offset: 3, metadata: 'x'.repeat(11) })).toEqual([
      'INVALID_ARGUMENT',
    ]);
    const { groups } = await client.call(groupService.DescribeGroups, { groups: ['g'] });
    expect(groups[0]?.partitions?.map(({ committed }) => committed)).toMatchObject([
      { offset: 2, metadata: 'kept' },
      { offset: 3 },
    ]);
    const stale = [...member.answers.values()].flat().find(({ error }) => error?.details?.['generation']);
    expect(stale?.error?.details).toMatchObject({
      group: 'g',
      topic: 't',
      partition: '0',
      generation: `${generation}`,
      currentGeneration: `${generation + 1}`,
    });
    expect(await metric(broker, 'respool_group_commits_total')).toBe(3);
    expect(await metric(broker, 'respool_group_commits_refused_total{code="INVALID_ARGUMENT"}')).toBe(3);
    expect(await metric(broker, 'respool_group_commits_refused_total{code="STALE_GENERATION"}')).toBe(1);
  });

  test('travels with others in one message, and so do the answers', async () => {
    const { client } = await brokerWith({ batches: 3 });
    const member = await TestMember.join(client, JOIN);
    await member.until(() => member.owned.size === 1);
    const { generation = 0 } = member.owned.get('t/0')!;
    const commits = Array.from({ length: 1000 }, (_, i) => ({
      correlationId: i + 1,
      offsets: [{ topic: 't', offset: i % 4, generation }],
    }));
    member.send({ commits });
    await member.until(() => member.answers.size === 1000);
    expect([...member.answers.keys()]).toEqual(commits.map(({ correlationId }) => correlationId));
    const messages = member.responses.filter(({ commits }) => commits.length > 0);
    expect(messages.length).toBeLessThan(100);
  });

  test('of a client with many unanswered ones holds up its reading, not its answers', async () => {
    const { client } = await brokerWith({ batches: 3 }, { maxInFlightBytes: 64 * KIB });
    const member = await TestMember.join(client, JOIN);
    await member.until(() => member.owned.size === 1);
    const { generation = 0 } = member.owned.get('t/0')!;
    for (let i = 0; i < 5000; i++) {
      member.send({
        commits: [{ correlationId: i + 1, offsets: [{ topic: 't', offset: i % 4, generation }] }],
      });
    }
    await member.until(() => member.answers.size === 5000);
    expect([...member.answers.values()].flat()).toEqual([]);
  });
});

describe('a live reset', () => {
  test('gives the partition anew: from the new offset, in a new generation, and refuses what comes from before', async () => {
    const { client } = await brokerWith({ batches: 5 });
    const member = await TestMember.join(client, JOIN, { creditBytes: MIB });
    await member.until(() => member.batches.length === 5);
    const before = member.owned.get('t/0')!;
    expect(await member.commit({ topic: 't', offset: 5 })).toEqual([]);
    const reset = { groups: ['g'], target: { offset: 3 }, execute: true };
    await expect(client.call(groupService.ResetOffsets, reset)).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
    });
    await client.call(groupService.ResetOffsets, { ...reset, live: true });
    await member.until(() => member.batches.length === 7);
    const after = member.owned.get('t/0')!;
    expect(after).toMatchObject({ startOffset: 3, committedOffset: 3 });
    expect(after.generation).toBeGreaterThan(before.generation!);
    expect(member.batches.slice(5)).toEqual(['t/0@3', 't/0@4']);
    expect(await member.commit({ topic: 't', offset: 5, generation: before.generation! })).toEqual([
      'STALE_GENERATION',
    ]);
    expect(await member.commit({ topic: 't', offset: 4 })).toEqual([]);
  });
});

describe('partitions', () => {
  test('go over from one member to another when they were released, and come back when it leaves', async () => {
    const { broker, client } = await brokerWith({ partitions: 2 });
    const first = await TestMember.join(client, JOIN);
    await first.until(() => first.owned.size === 2);
    const second = await TestMember.join(client, JOIN);
    await first.until(() => first.revoked.length === 1);
    const [name] = first.revoked;
    const { topic = '', partition = 0, generation = 0 } = first.owned.get(name!)!;
    // Its own until it is released.
    expect(await first.commit({ topic, partition, offset: 0 })).toEqual([]);
    expect(second.owned.size).toBe(0);
    first.send({ released: [{ topic, partition, generation }] });
    await second.until(() => second.owned.size === 1);
    expect([...second.owned.keys()]).toEqual([name]);
    expect(await first.commit({ topic, partition, offset: 0 })).toEqual(['PARTITION_NOT_OWNED']);
    second.send({ leave: true });
    expect(await second.ended).toBeUndefined();
    await first.until(() => first.owned.get(name!)!.generation! > second.owned.get(name!)!.generation!);
    expect(await metric(broker, 'respool_group_members{group="g"}')).toBe(1);
  });

  test('of a topic that is deleted are lost at once', async () => {
    const { client } = await brokerWith({ partitions: 1 });
    await client.createTopic('u');
    const member = await TestMember.join(client, { group: 'g', topics: ['t', 'u'] });
    await member.until(() => member.owned.size === 2);
    await client.call(adminService.DeleteTopic, { topic: 'u' });
    await member.until(() => member.lost.length === 1);
    expect(member.lost).toEqual(['u/0']);
  });
});

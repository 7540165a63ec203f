import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { groupService, logService, respool } from '../../proto/index.js';
import { type Broker, formatAddress } from '../../server/index.js';
import { batchOf, FetchFormat, metric, startBroker, TestClient } from './broker-fixture.js';
import { TestMember } from './test-member.js';

const { GROUP_STATE_EMPTY } = respool.v1.GroupState;
const KIB = 1024;
const MIB = 1024 ** 2;
const JOIN = { group: 'g', topics: ['t'] };

async function brokerWithTopic(options = {}, partitions = 1) {
  const broker = await startBroker(options);
  const client = new TestClient(broker);
  await client.createTopic('t', { partitions });
  return { broker, client };
}

async function membersOf(client: TestClient, group = 'g'): Promise<number> {
  const { groups } = await client.call(groupService.ListGroups, {});
  return groups.find((listed) => listed.group === group)?.members ?? 0;
}

describe('a stream that does not join as it should ends with what is wrong', () => {
  test.each<[string, respool.v1.ConsumeRequest.$Properties[], string]>([
    ['nothing at all', [], 'join'],
    ['a first message without join', [{ creditBytes: 1 }], 'join'],
    ['two joins', [{ join: JOIN }, { join: JOIN }], 'join'],
    ['an assignor that is none', [{ join: { ...JOIN, assignor: 'fair' } }], 'join.assignor'],
    [
      'a policy that is none',
      [{ join: { ...JOIN, offsetReset: 99 as respool.v1.OffsetResetPolicy } }],
      'join.offset_reset',
    ],
    ['a client id of a page', [{ join: { ...JOIN, clientId: 'x'.repeat(201) } }], 'clientId'],
    ['more credit than may be', [{ join: JOIN, creditBytes: 2 ** 31 }], 'credit_bytes'],
    [
      'more credit than may be, in parts',
      [{ join: JOIN, creditBytes: 2 ** 29 }, { creditBytes: 2 ** 29 }, { creditBytes: 1 }],
      'credit_bytes',
    ],
    [
      'a release of a partition below 0',
      [{ join: JOIN }, { released: [{ topic: 't', partition: -1, generation: 1 }] }],
      'partition',
    ],
    ['a control of no partition', [{ join: JOIN }, { controls: [{ paused: true }] }], 'controls.partition'],
    [
      'a control without a change',
      [{ join: JOIN }, { controls: [{ partition: { topic: 't', partition: 0, generation: 1 } }] }],
      'controls',
    ],
    [
      'a seek to below 0',
      [{ join: JOIN }, { controls: [{ partition: { topic: 't' }, seek: { offset: -1, seekNumber: 1 } }] }],
      'controls.seek.offset',
    ],
    [
      'a correlation id beyond what is exact',
      [{ join: JOIN }, { commits: [{ correlationId: 2 ** 53, offsets: [] }] }],
      'commits.correlation_id',
    ],
  ])('%s', async (_what, requests, field) => {
    const { client } = await brokerWithTopic();
    const member = new TestMember(client);
    for (const request of requests) member.send(request);
    if (requests.length === 0) member.stream.end();
    expect(await member.ended).toMatchObject({
      status: status.INVALID_ARGUMENT,
      code: 'INVALID_ARGUMENT',
      details: { field },
    });
    await vi.waitFor(async () => expect(await membersOf(client)).toBe(0));
  });

  test.each<[string, respool.v1.JoinGroup.$Properties, status, string]>([
    [
      'a group name that may not be',
      { ...JOIN, group: '../g' },
      status.INVALID_ARGUMENT,
      'INVALID_GROUP_NAME',
    ],
    ['no topics', { group: 'g' }, status.INVALID_ARGUMENT, 'INVALID_ARGUMENT'],
    ['a topic that is none', { group: 'g', topics: ['nope'] }, status.NOT_FOUND, 'TOPIC_NOT_FOUND'],
    [
      'a session time-out below the least',
      { ...JOIN, sessionTimeoutMs: 1 },
      status.INVALID_ARGUMENT,
      'INVALID_ARGUMENT',
    ],
  ])('%s', async (_what, join, grpcStatus, code) => {
    const { client } = await brokerWithTopic();
    const member = new TestMember(client);
    member.send({ join });
    expect(await member.ended).toMatchObject({ status: grpcStatus, code });
  });

  test('one member too many', async () => {
    const { client } = await brokerWithTopic({ maxGroupMembers: 1 });
    await TestMember.join(client, JOIN);
    const second = new TestMember(client);
    second.send({ join: JOIN });
    expect(await second.ended).toMatchObject({ status: status.RESOURCE_EXHAUSTED, code: 'TOO_MANY' });
  });
});

describe('a membership ends', () => {
  test('when the member leaves, behind the answers to what it committed', async () => {
    const { client } = await brokerWithTopic();
    const member = await TestMember.join(client, JOIN);
    await member.until(() => member.owned.size === 1);
    const { generation = 0 } = member.owned.get('t/0')!;
    const offsets = [{ topic: 't', offset: 0, generation }];
    member.send({ commits: [{ correlationId: 7, offsets }], leave: true });
    expect(await member.ended).toBeUndefined();
    expect(member.answers.get(7)).toEqual([]);
    const { groups } = await client.call(groupService.DescribeGroups, { groups: ['g'] });
    expect(groups[0]).toMatchObject({ state: GROUP_STATE_EMPTY, partitions: [{ committed: { offset: 0 } }] });
  });

  test('when the client half-closes, behind the answers to what it committed', async () => {
    const { client } = await brokerWithTopic();
    const member = await TestMember.join(client, JOIN);
    await member.until(() => member.owned.size === 1);
    const { generation = 0 } = member.owned.get('t/0')!;
    member.send({ commits: [{ correlationId: 7, offsets: [{ topic: 't', offset: 0, generation }] }] });
    member.stream.end();
    expect(await member.ended).toBeUndefined();
    expect(member.answers.get(7)).toEqual([]);
    expect(await membersOf(client)).toBe(0);
  });

  test('when the client is gone, and its partitions are free at once', async () => {
    const { broker, client } = await brokerWithTopic();
    const first = await TestMember.join(client, JOIN);
    await first.until(() => first.owned.size === 1);
    const second = await TestMember.join(client, JOIN);
    first.stream.cancel();
    await second.until(() => second.owned.size === 1);
    const openCalls = `respool_open_calls{method="${groupService.Consume.path}"}`;
    expect(await metric(broker, openCalls)).toBe(1);
  });

  test('but not that of a static member, which finds its partitions as they were', async () => {
    const { client } = await brokerWithTopic({}, 2);
    const join = { ...JOIN, instanceId: 'a' };
    const first = await TestMember.join(client, join);
    await first.until(() => first.owned.size === 2);
    first.stream.end();
    await first.ended;
    expect(await membersOf(client)).toBe(1);
    const again = await TestMember.join(client, join);
    await again.until(() => again.owned.size === 2);
    expect([...again.owned.keys()].sort()).toEqual(['t/0', 't/1']);
  });

  test('when another process takes its instance id', async () => {
    const { client } = await brokerWithTopic();
    const join = { ...JOIN, instanceId: 'a' };
    const first = await TestMember.join(client, join);
    await TestMember.join(client, join);
    expect(await first.ended).toMatchObject({
      status: status.ABORTED,
      code: 'INSTANCE_FENCED',
      details: { group: 'g', instanceId: 'a' },
    });
  });

  test('when nothing is heard of it, while one that says anything stays and gets its partitions', async () => {
    const { broker, client } = await brokerWithTopic({ groupMinSessionTimeoutMs: 100 });
    const silent = await TestMember.join(client, { ...JOIN, sessionTimeoutMs: 300 });
    await silent.until(() => silent.owned.size === 1);
    const speaking = await TestMember.join(client, { ...JOIN, sessionTimeoutMs: 300 });
    const heartbeat = setInterval(() => speaking.send({}), 50);
    onTestFinished(() => clearInterval(heartbeat));
    expect(await silent.ended).toMatchObject({
      status: status.ABORTED,
      code: 'MEMBER_EXPELLED',
      details: { group: 'g', memberId: silent.joined?.memberId },
    });
    await speaking.until(() => speaking.owned.size === 1);
    expect(await metric(broker, 'respool_group_expelled_total{reason="silent"}')).toBe(1);
  });

  test('when it keeps what was revoked', async () => {
    const { broker, client } = await brokerWithTopic({ groupMinSessionTimeoutMs: 100 }, 2);
    const greedy = await TestMember.join(client, { ...JOIN, revocationTimeoutMs: 300 });
    await greedy.until(() => greedy.owned.size === 2);
    const second = await TestMember.join(client, JOIN);
    const heartbeat = setInterval(() => greedy.send({}), 50);
    onTestFinished(() => clearInterval(heartbeat));
    expect(await greedy.ended).toMatchObject({ code: 'MEMBER_EXPELLED' });
    await second.until(() => second.owned.size === 2);
    expect(await metric(broker, 'respool_group_expelled_total{reason="kept-revoked"}')).toBe(1);
  });

  test('when the broker ends, behind the answers to what it committed, and nothing moves before', async () => {
    const { broker, client } = await brokerWithTopic({ drainTimeoutMs: 5000 }, 2);
    const members = [await TestMember.join(client, JOIN), await TestMember.join(client, JOIN)];
    const [first, second] = members as [TestMember, TestMember];
    await first.until(() => first.revoked.length === 1);
    const [name] = first.revoked;
    const { topic = '', partition = 0, generation = 0 } = first.owned.get(name!)!;
    first.send({ released: [{ topic, partition, generation }] });
    await second.until(() => second.owned.size === 1);
    const committing = second.commit({ topic, partition, offset: 0 });
    const changes = members.map(({ responses }) => responses.length);
    await committing;
    const closing = broker.close();
    for (const member of members) {
      expect(await member.ended).toMatchObject({ status: status.UNAVAILABLE, code: 'SHUTTING_DOWN' });
    }
    await closing;
    expect(members.map(({ responses }) => responses.length)).toEqual([changes[0], changes[1]! + 1]);
    expect(second.owned.size).toBe(1);
  });
});

describe('members that do not read', () => {
  test('are bounded, and give way when others need the room, who are served meanwhile', async () => {
    const fetchBufferBytes = 4 * MIB;
    const { broker, client } = await brokerWithTopic({ fetchBufferBytes }, 8);
    const batch = batchOf([Buffer.alloc(700 * KIB)]);
    for (let i = 0; i < 16; i++) await client.produceAll([{ topic: 't', partition: i % 8, batch }]);
    for (let i = 0; i < 6; i++) joinWithoutReading(broker, `g${i}`);
    await vi.waitFor(
      async () => expect(await metric(broker, 'respool_fetches_evicted_total')).toBeGreaterThan(0),
      10_000,
    );
    const format = FetchFormat.FETCH_FORMAT_BATCHES;
    const fetched = await client.fetchAll({ topic: 't', partition: 3, format });
    expect(fetched.at(-1)?.nextOffset).toBe(2);
    expect(await metric(broker, 'respool_fetch_buffered_bytes')).toBeLessThan(fetchBufferBytes + 2 * MIB);
    await vi.waitFor(async () => {
      const { groups } = await client.call(groupService.ListGroups, {});
      expect(groups.filter(({ members }) => members === 1).length).toBeLessThan(6);
    });
  });

  test('hold no more together than the buffers may, and one read for each of them that is let through', async () => {
    const fetchBufferBytes = 4 * MIB;
    const { broker, client } = await brokerWithTopic({ fetchBufferBytes });
    const batch = batchOf([Buffer.alloc(900 * KIB)]);
    for (let i = 0; i < 4; i++) await client.produceAll([{ topic: 't', batch }]);
    for (let i = 0; i < 100; i++) joinWithoutReading(broker, `g${i}`);
    const sent = 'respool_group_sent_bytes_total{topic="t"}';
    const evicted = 'respool_fetches_evicted_total';
    await vi.waitFor(async () => expect(await metric(broker, evicted)).toBeGreaterThan(0), 10_000);
    // What was read is what is held, and what those held that gave way.
    const heldBytes = (await metric(broker, sent))! - (await metric(broker, evicted))! * 2 * MIB;
    expect(heldBytes).toBeLessThan(fetchBufferBytes + 4 * MIB);
  });

  /** Over a connection of its own, whose window is never opened again. */
  function joinWithoutReading(broker: Broker, group: string): void {
    const session = connectHttp2(`http://${formatAddress(broker.address)}`);
    session.on('error', () => {});
    onTestFinished(() => session.destroy());
    const stream = openConsume(session);
    stream.write(framed({ join: { ...JOIN, group }, creditBytes: 64 * MIB }));
  }
});

test('a thousand idle members cost little memory, and no time of anybody', async () => {
  const { broker, client } = await brokerWithTopic({ maxStreamsPerConnection: 2000 }, 10);
  const before = await residentBytes();
  const members = await Promise.all(
    Array.from({ length: 1000 }, (_, i) =>
      TestMember.join(client, { ...JOIN, group: `g${i % 100}` }, { creditBytes: 64 * MIB }),
    ),
  );
  expect(await metric(broker, `respool_open_calls{method="${groupService.Consume.path}"}`)).toBe(1000);
  // Client and server are in this one process.
  expect((await residentBytes()) - before).toBeLessThan(400 * MIB);
  const startedMs = performance.now();
  await client.call(logService.ListOffsets, { queries: [{ topic: 't' }] });
  expect(performance.now() - startedMs).toBeLessThan(1000);
  for (const member of members) member.stream.cancel();
  await vi.waitFor(
    async () =>
      expect(await metric(broker, `respool_open_calls{method="${groupService.Consume.path}"}`)).toBe(0),
    10_000,
  );

  async function residentBytes(): Promise<number> {
    return (await metric(broker, 'respool_resident_bytes'))!;
  }
}, 30_000);

test('what is no message of the stream ends it, and nothing else', async () => {
  const { broker, client } = await brokerWithTopic();
  const session = connectHttp2(`http://${formatAddress(broker.address)}`);
  onTestFinished(() => session.destroy());
  const stream = openConsume(session);
  const trailers = new Promise<Record<string, unknown>>((resolve) => stream.once('trailers', resolve));
  stream.resume();
  stream.write(Buffer.from([0, 0, 0, 0, 3, 0xff, 0xff, 0xff]));
  expect(Number((await trailers)['grpc-status'])).toBe(status.INVALID_ARGUMENT);
  const member = await TestMember.join(client, JOIN);
  await member.until(() => member.owned.size === 1);
});

function openConsume(session: ClientHttp2Session): ClientHttp2Stream {
  const needed = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request({ ...needed, ':path': groupService.Consume.path });
  stream.on('error', () => {});
  return stream;
}

function framed(request: respool.v1.ConsumeRequest.$Properties): Buffer {
  const message = groupService.Consume.requestSerialize(request);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

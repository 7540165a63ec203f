import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ResetRequest, type ResetTarget, Respool } from '../../sdk/index.js';
import { committed, filledTopic, T0, take } from './fixtures/group-topics.js';
import { RunningBroker } from './fixtures/running-broker.js';

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

/** A group that is at 40 of 100, in each of two partitions. */
async function atForty(): Promise<{ group: string; topic: string }> {
  const topic = await filledTopic(client, 100, { partitions: 2 });
  const group = newGroup();
  await client.groups.commitOffsets(
    group,
    [0, 1].map((partition) => ({ topic, partition, offset: 40, metadata: `p${partition}` })),
  );
  return { group, topic };
}

describe('groups', () => {
  it('are listed and described', async () => {
    const { group, topic } = await atForty();
    expect(await client.groups.list()).toContainEqual({
      group,
      state: 'empty',
      members: 0,
      generation: expect.any(Number),
      partitions: 2,
      lag: 120,
    });
    const [description] = await client.groups.describe([group], { withAge: true });
    expect(description).toMatchObject({ group, state: 'empty', assignor: undefined, members: [] });
    expect(description?.partitions[1]).toEqual({
      topic,
      partition: 1,
      committed: { offset: 40, leaderEpoch: 0, metadata: 'p1', committedMs: expect.any(Number) },
      logStartOffset: 0,
      highWatermark: 100,
      lag: 60,
      lagMs: expect.any(Number),
      memberId: undefined,
    });
  });

  it('are described with their members', async () => {
    const topic = await filledTopic(client, 5);
    const group = newGroup();
    await using consumer = client.consumer({
      group,
      topics: [topic],
      clientId: 'me',
      instanceId: 'one',
      assignor: 'range',
    });
    await take(consumer, 1);
    const [description] = await client.groups.describe([group]);
    expect(description).toMatchObject({ state: 'stable', assignor: 'range', emptySinceMs: undefined });
    expect(description?.members).toEqual([
      {
        memberId: consumer.memberId,
        clientId: 'me',
        instanceId: 'one',
        address: expect.stringMatching(/^127\.0\.0\.1/),
        joinedMs: expect.any(Number),
        lastHeardMs: expect.any(Number),
        topics: [topic],
        owned: [{ topic, partition: 0, generation: consumer.assignment[0]!.generation }],
        revoked: [],
      },
    ]);
  });

  it('are described in the order in which they are named, and none if none is', async () => {
    const [first, second] = [await atForty(), await atForty()];
    const described = await client.groups.describe([second.group, first.group]);
    expect(described.map(({ group }) => group)).toEqual([second.group, first.group]);
    expect(await client.groups.describe([])).toEqual([]);
    await expect(client.groups.describe(['nobody'])).rejects.toMatchObject({ code: 'GROUP_NOT_FOUND' });
  });

  it('without members take commits from outside, whole or not at all', async () => {
    const { group, topic } = await atForty();
    const mixed = [
      { topic, partition: 0, offset: 50 },
      { topic, partition: 1, offset: 101 },
    ];
    await expect(client.groups.commitOffsets(group, mixed)).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    });
    expect(await committed(client, group, topic)).toEqual([40, 40]);
    await using consumer = client.consumer({ group, topics: [topic] });
    await take(consumer, 1);
    const commit = client.groups.commitOffsets(group, [{ topic, partition: 0, offset: 1 }]);
    await expect(commit).rejects.toMatchObject({ code: 'GROUP_NOT_EMPTY' });
  });

  it('are deleted', async () => {
    const { group } = await atForty();
    await client.groups.delete(group);
    await expect(client.groups.delete(group)).rejects.toMatchObject({ code: 'GROUP_NOT_FOUND' });
  });
});

describe('a reset', () => {
  it.each<[string, ResetTarget, [number, number]]>([
    ['earliest', 'earliest', [0, 0]],
    ['latest', 'latest', [100, 100]],
    ['current', 'current', [40, 40]],
    ['an offset', { offset: 7 }, [7, 7]],
    ['an offset beyond the end', { offset: 1000 }, [100, 100]],
    ['a shift', { shiftBy: -15 }, [25, 25]],
    ['a time', { timestampMs: T0 + 60_000 }, [60, 60]],
  ])('to %s shows what it would do, and does it when asked to', async (_what, to, after) => {
    const { group, topic } = await atForty();
    const shown = await client.groups.resetOffsets({ groups: [group], to });
    expect(shown.activeGroups).toEqual([]);
    expect(shown.resets.map((reset) => reset.after)).toEqual(after);
    expect(shown.resets[0]).toMatchObject({
      group,
      topic,
      partition: 0,
      before: 40,
      logStartOffset: 0,
      highWatermark: 100,
      records: after[0] - 40,
    });
    expect(await committed(client, group, topic)).toEqual([40, 40]);
    expect(await client.groups.resetOffsets({ groups: [group], to, execute: true })).toEqual(shown);
    expect(await committed(client, group, topic)).toEqual(after);
  });

  it('says what was asked for where that lies outside of the log', async () => {
    const { group } = await atForty();
    const { resets } = await client.groups.resetOffsets({ groups: [group], to: { offset: 1000 } });
    expect(resets.map(({ asked }) => asked)).toEqual([1000, 1000]);
  });

  it('to offsets of their own takes exactly those partitions', async () => {
    const { group, topic } = await atForty();
    const offsets = [{ topic, partition: 1, offset: 3 }];
    await client.groups.resetOffsets({ groups: [group], to: { offsets }, execute: true });
    expect(await committed(client, group, topic)).toEqual([40, 3]);
  });

  it('of some partitions, of a group that is made by it', async () => {
    const { topic } = await atForty();
    const group = newGroup();
    const request: ResetRequest = {
      groups: [group],
      topics: [{ topic, partitions: [1] }],
      to: 'latest',
      execute: true,
    };
    await expect(client.groups.resetOffsets(request)).rejects.toMatchObject({ code: 'GROUP_NOT_FOUND' });
    const { resets } = await client.groups.resetOffsets({ ...request, create: true });
    expect(resets).toMatchObject([{ partition: 1, before: undefined, after: 100 }]);
  });

  it('of a group with members is shown, and refused unless it is live', async () => {
    const { group, topic } = await atForty();
    await using consumer = client.consumer({ group, topics: [topic] });
    await take(consumer, 1);
    const request = { groups: [group], to: 'earliest' as const };
    expect(await client.groups.resetOffsets(request)).toMatchObject({ activeGroups: [group] });
    const refused = client.groups.resetOffsets({ ...request, execute: true });
    await expect(refused).rejects.toMatchObject({ code: 'GROUP_NOT_EMPTY' });
  });

  it.each<[string, ResetRequest, RegExp]>([
    ['no group', { groups: [], to: 'earliest' }, /groups is .*at least one name/],
    ['no target', { groups: ['g'], to: 'first' as 'earliest' }, /to is "first"; it must be 'earliest'/],
    ['half an offset', { groups: ['g'], to: { offset: 0.5 } }, /to\.offset is 0\.5/],
    [
      'a partition below 0',
      { groups: ['g'], topics: [{ topic: 't', partitions: [-1] }], to: 'latest' },
      /partitions\[0\]/,
    ],
    [
      'an option that there is not',
      { groups: ['g'], to: 'latest', dryRun: true } as ResetRequest,
      /no option dryRun/,
    ],
  ])('with %s is refused, naming the field', async (_what, request, message) => {
    await expect(client.groups.resetOffsets(request)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    });
  });
});

describe('snapshots', () => {
  it('keep a position, and are returned to', async () => {
    const { group, topic } = await atForty();
    const snapshot = await client.groups.createSnapshot(group, 'monday', { pinRetention: true });
    expect(snapshot).toMatchObject({ group, name: 'monday', pinsRetention: true, partitions: 2 });
    await client.groups.resetOffsets({ groups: [group], to: 'latest', execute: true });
    await client.groups.resetOffsets({ groups: [group], to: { snapshot: 'monday' }, execute: true });
    expect(await committed(client, group, topic)).toEqual([40, 40]);
    const other = newGroup();
    const to = { snapshot: 'monday', group };
    await client.groups.resetOffsets({
      groups: [other],
      topics: [{ topic }],
      to,
      execute: true,
      create: true,
    });
    expect(await committed(client, other, topic)).toEqual([40, 40]);
  });

  it('are listed, shown and deleted', async () => {
    const { group, topic } = await atForty();
    await client.groups.createSnapshot(group, 'a');
    await client.groups.createSnapshot(group, 'b');
    await expect(client.groups.createSnapshot(group, 'a')).rejects.toMatchObject({ code: 'SNAPSHOT_EXISTS' });
    const listed = await client.groups.listSnapshots(group);
    expect(listed.map(({ name, partitions, offsets }) => [name, partitions, offsets])).toEqual([
      ['a', 2, []],
      ['b', 2, []],
    ]);
    const shown = await client.groups.describeSnapshot(group, 'a');
    expect(shown.offsets).toEqual([0, 1].map((partition) => ({ topic, partition, offset: 40 })));
    await client.groups.deleteSnapshot(group, 'a');
    await expect(client.groups.describeSnapshot(group, 'a')).rejects.toMatchObject({
      code: 'SNAPSHOT_NOT_FOUND',
    });
  });
});

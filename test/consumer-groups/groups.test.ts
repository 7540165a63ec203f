/** Groups from outside: commits and deletions, whole or not at all; opening and closing. */
import { describe, expect, it } from 'vitest';
import type { NewCommit } from '../../consumer-groups/index.js';
import { commitOf, committedBy, fill, joinRequest, topicOf } from './group-fixtures.js';
import { groupsFolder } from './groups-folder.js';

const folder = groupsFolder();

describe('a commit from outside', () => {
  it('makes the group, is there at once, and survives a restart with all that was given', async () => {
    let { groups, log, close } = await folder.open();
    await topicOf(log, 'a', [10, 10]);
    const before = Date.now();
    await groups.commit('g', [
      { topic: 'a', partition: 1, offset: 10, leaderEpoch: 3, metadata: 'größer' },
      commitOf('a', 0, 0),
    ]);
    const described = await groups.describe('g');
    await close();
    ({ groups, log, close } = await folder.open());
    expect((await groups.describe('g')).partitions).toEqual(described.partitions);
    const { committed } = described.partitions[1]!;
    expect(committed).toMatchObject({ offset: 10, leaderEpoch: 3, metadata: 'größer' });
    expect(committed!.committedMs).toBeGreaterThanOrEqual(before);
  });

  it('may lie below the log start: the records may have gone while they were worked on', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'a', [10]);
    await log.truncatePrefix('a', 0, 5);
    await groups.commit('g', [commitOf('a', 0, 2)]);
    expect(await committedBy(groups, 'g')).toEqual({ 'a-0': 2 });
  });

  it('is refused while the group has members', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'a', [10]);
    const member = await groups.join(joinRequest('g', ['a']));
    await expect(groups.commit('g', [commitOf('a', 0, 2)])).rejects.toMatchObject({
      code: 'GROUP_NOT_EMPTY',
      details: { group: 'g', members: 1 },
    });
    member.leave();
    await groups.commit('g', [commitOf('a', 0, 2)]);
  });

  const good = commitOf('a', 0, 2);
  const REFUSED: readonly [what: string, code: string, offsets: readonly NewCommit[]][] = [
    ['no offsets', 'INVALID_ARGUMENT', []],
    ['a partition twice', 'INVALID_ARGUMENT', [good, commitOf('a', 0, 3)]],
    ['an offset below 0', 'INVALID_ARGUMENT', [good, commitOf('a', 1, -1)]],
    ['an offset that is no whole number', 'INVALID_ARGUMENT', [good, commitOf('a', 1, 1.5)]],
    ['an offset past the end', 'OFFSET_OUT_OF_RANGE', [good, commitOf('a', 1, 11)]],
    ['an unknown topic', 'TOPIC_NOT_FOUND', [good, commitOf('b', 0, 0)]],
    ['an unknown partition', 'PARTITION_NOT_FOUND', [good, commitOf('a', 2, 0)]],
    ['a leader epoch below 0', 'INVALID_ARGUMENT', [good, { ...commitOf('a', 1, 1), leaderEpoch: -1 }]],
    [
      'a leader epoch beyond 31 bits',
      'INVALID_ARGUMENT',
      [good, { ...commitOf('a', 1, 1), leaderEpoch: 2 ** 31 }],
    ],
    // Three bytes each.
    ['too long metadata', 'INVALID_ARGUMENT', [good, { ...commitOf('a', 1, 1), metadata: '€'.repeat(4) }]],
  ];

  it.each(REFUSED)('with %s is refused as a whole: %s', async (_what, code, offsets) => {
    const { groups, log } = await folder.open({ options: { maxCommitMetadataBytes: 11 } });
    await topicOf(log, 'a', [10, 10]);
    await expect(groups.commit('g', offsets)).rejects.toMatchObject({ code });
    expect(await groups.list()).toEqual([]);
  });

  it.each(['', '..', 'a b', '__internal', 'x'.repeat(250)])('of a group %j is refused', async (group) => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'a', [10]);
    await expect(groups.commit(group, [good])).rejects.toMatchObject({ code: 'INVALID_GROUP_NAME' });
  });

  it('makes no more groups, and no more committed offsets, than may be', async () => {
    const { groups, log } = await folder.open({ options: { maxGroups: 2, maxCommittedOffsets: 3 } });
    await topicOf(log, 'a', [10, 10, 10]);
    await groups.commit('g', [commitOf('a', 0, 1)]);
    const all = [0, 1, 2].map((partition) => commitOf('a', partition, 1));
    const tooMany = { code: 'TOO_MANY', details: { what: 'committed offsets', limit: 3 } };
    await expect(groups.commit('h', all)).rejects.toMatchObject(tooMany);
    // Those that it has count once.
    await groups.commit('g', all);
    const member = await groups.join(joinRequest('h', ['later']));
    await expect(groups.commit('i', [commitOf('a', 0, 1)])).rejects.toMatchObject({
      code: 'TOO_MANY',
      details: { what: 'groups', limit: 2 },
    });
    member.leave();
  });
});

describe('a deletion', () => {
  it('takes everything of the group, for good', async () => {
    let { groups, log, close, events } = await folder.open();
    await topicOf(log, 'a', [10, 10]);
    await groups.commit('g', [commitOf('a', 0, 2), commitOf('a', 1, 2)]);
    await groups.createSnapshot('g', 's', { pinRetention: true });
    const member = await groups.join(joinRequest('g', ['a']));
    expect(await member.next()).toMatchObject({ event: 'assignment' });
    member.leave();
    expect(await member.next()).toBeUndefined();
    await groups.commit('other', [commitOf('a', 0, 2)]);
    await groups.delete('g');
    expect(events).toContainEqual({ event: 'group-deleted', group: 'g' });
    await close();
    ({ groups, log, close, events } = await folder.open());
    expect((await groups.list()).map(({ group }) => group)).toEqual(['other']);
    await expect(groups.delete('g')).rejects.toMatchObject({ code: 'GROUP_NOT_FOUND' });
    expect(() => groups.listSnapshots('g')).toThrow(expect.objectContaining({ code: 'GROUP_NOT_FOUND' }));
  });

  it('is refused while the group has members', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'a', [10]);
    await groups.commit('g', [commitOf('a', 0, 2)]);
    const member = await groups.join(joinRequest('g', ['a']));
    await expect(groups.delete('g')).rejects.toMatchObject({ code: 'GROUP_NOT_EMPTY' });
    expect(await committedBy(groups, 'g')).toEqual({ 'a-0': 2 });
    member.leave();
  });

  it('leaves no snapshot behind that was being taken', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'a', [10]);
    await groups.commit('g', [commitOf('a', 0, 2)]);
    const [deleted, ...taken] = await Promise.allSettled([
      groups.delete('g'),
      ...['s', 't'].map((name) => groups.createSnapshot('g', name)),
    ]);
    expect(deleted.status).toBe('fulfilled');
    for (const one of taken) if (one.status === 'rejected') expect(one.reason.code).toBe('GROUP_NOT_FOUND');
    expect(await groups.list()).toEqual([]);
  });
});

describe('closing', () => {
  it('ends memberships, takes nothing more, and can be done twice', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'a', [10]);
    const member = await groups.join(joinRequest('g', ['a']));
    expect(await member.next()).toMatchObject({ event: 'assignment' });
    const ended = expect(member.next()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await Promise.all([groups.close(), groups.close()]);
    await ended;
    await expect(groups.join(joinRequest('g', ['a']))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await expect(groups.commit('h', [commitOf('a', 0, 1)])).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    // The log is somebody else's to close.
    await fill(log, 'a', 0, 1);
  });

  it('keeps what members committed', async () => {
    let { groups, log, close } = await folder.open();
    await topicOf(log, 'a', [10]);
    const member = await groups.join(joinRequest('g', ['a']));
    const assignment = await member.next();
    if (assignment?.event !== 'assignment') throw new Error('no assignment');
    const { generation } = assignment.assigned[0]!;
    const committing = member.commit([{ ...commitOf('a', 0, 7), generation }]);
    expect(await committing).toEqual([]);
    await close();
    ({ groups, log, close } = await folder.open());
    expect(await committedBy(groups, 'g')).toEqual({ 'a-0': 7 });
    expect((await groups.describe('g')).emptySinceMs).toBeTypeOf('number');
  });
});

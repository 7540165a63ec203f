/** Snapshots: a position kept under a name, for as long as somebody wants it. */
import { describe, expect, it } from 'vitest';
import type { ResetRequest } from '../../../consumer-groups/index.js';
import { commitOf, committedBy, joinRequest, topicOf } from '../group-fixtures.js';
import { groupsFolder, type OpenGroups } from '../groups-folder.js';

const folder = groupsFolder();

/** Each record in a segment of its own, and none kept that nothing holds. */
const NOTHING_KEPT = { segmentBytes: 1024, retentionBytes: 0 };

async function groupAt(opened: OpenGroups, group: string, offset: number): Promise<void> {
  await opened.groups.commit(group, [commitOf('a', 0, offset)]);
}

function resetTo(name: string, fields: Partial<ResetRequest> = {}): ResetRequest {
  const target = { to: 'snapshot' as const, name, group: undefined };
  return { groups: ['g'], topics: undefined, target, execute: true, live: false, create: false, ...fields };
}

describe('a snapshot', () => {
  it('has the position of the moment in which it was taken, whatever is committed later', async () => {
    const opened = await folder.open();
    const { groups, log } = opened;
    await topicOf(log, 'a', [10, 10]);
    await groups.commit('g', [commitOf('a', 1, 3), commitOf('a', 0, 2)]);
    const before = Date.now();
    const taken = await groups.createSnapshot('g', 'release-1');
    expect(taken).toEqual({
      group: 'g',
      name: 'release-1',
      createdMs: expect.any(Number),
      pinsRetention: false,
      offsets: [
        { topic: 'a', partition: 0, offset: 2 },
        { topic: 'a', partition: 1, offset: 3 },
      ],
    });
    expect(taken.createdMs).toBeGreaterThanOrEqual(before);
    await groupAt(opened, 'g', 9);
    expect(groups.describeSnapshot('g', 'release-1')).toEqual(taken);
    await groups.reset(resetTo('release-1'));
    expect(await committedBy(groups, 'g')).toEqual({ 'a-0': 2, 'a-1': 3 });
  });

  it('survives restarts, is listed oldest first, and is gone once it was deleted', async () => {
    let opened = await folder.open();
    await topicOf(opened.log, 'a', [10]);
    await groupAt(opened, 'g', 2);
    const taken = [];
    for (const name of ['z', 'b', 'c']) taken.push(await opened.groups.createSnapshot('g', name));
    await opened.close();
    opened = await folder.open();
    const listed = opened.groups.listSnapshots('g');
    expect(listed).toHaveLength(3);
    expect(listed).toEqual(expect.arrayContaining(taken));
    expect(listed.map(({ createdMs }) => createdMs)).toEqual(taken.map(({ createdMs }) => createdMs));
    await opened.groups.deleteSnapshot('g', 'b');
    await opened.close();
    opened = await folder.open();
    expect(
      opened.groups
        .listSnapshots('g')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['c', 'z']);
    expect(() => opened.groups.describeSnapshot('g', 'b')).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT_NOT_FOUND' }),
    );
  });

  it('can be taken of a group that runs: what is committed', async () => {
    const opened = await folder.open();
    const { groups, log } = opened;
    await topicOf(log, 'a', [10]);
    await groupAt(opened, 'g', 2);
    const member = await groups.join(joinRequest('g', ['a']));
    expect(await member.next()).toMatchObject({ event: 'assignment' });
    expect((await groups.createSnapshot('g', 's')).offsets).toEqual([
      { topic: 'a', partition: 0, offset: 2 },
    ]);
    member.leave();
  });

  it('is what another group can go to, one that is to be made too', async () => {
    const opened = await folder.open();
    const { groups, log } = opened;
    await topicOf(log, 'a', [10, 10]);
    await groups.commit('g', [commitOf('a', 0, 2), commitOf('a', 1, 3)]);
    await groups.createSnapshot('g', 's');
    const target = { to: 'snapshot' as const, name: 's', group: 'g' };
    await groups.reset(resetTo('s', { groups: ['fork'], target, create: true }));
    expect(await committedBy(groups, 'fork')).toEqual({ 'a-0': 2, 'a-1': 3 });
  });

  it('leaves partitions alone that are not in it, or not selected', async () => {
    const opened = await folder.open();
    const { groups, log } = opened;
    await topicOf(log, 'a', [10, 10]);
    await topicOf(log, 'b', [10]);
    await groups.commit('g', [commitOf('a', 0, 2), commitOf('b', 0, 2)]);
    await groups.createSnapshot('g', 's');
    await groups.commit('g', [commitOf('a', 0, 8), commitOf('a', 1, 8), commitOf('b', 0, 8)]);
    await groups.reset(resetTo('s', { topics: [{ topic: 'a', partitions: undefined }] }));
    expect(await committedBy(groups, 'g')).toEqual({ 'a-0': 2, 'a-1': 8, 'b-0': 8 });
  });

  it('whose records are partly gone leads to the log start, and the plan says so', async () => {
    const opened = await folder.open();
    const { groups, log } = opened;
    await topicOf(log, 'a', [10]);
    await groupAt(opened, 'g', 2);
    await groups.createSnapshot('g', 's');
    await groupAt(opened, 'g', 9);
    await log.truncatePrefix('a', 0, 6);
    const { resets } = await groups.reset(resetTo('s'));
    expect(resets).toMatchObject([{ before: 9, after: 6, asked: 2 }]);
    expect(await committedBy(groups, 'g')).toEqual({ 'a-0': 6 });
  });

  it('of which a topic is gone is not gone to by halves, but by the topics that are named', async () => {
    const opened = await folder.open();
    const { groups, log } = opened;
    await topicOf(log, 'a', [10]);
    await topicOf(log, 'gone', [10]);
    await groups.commit('g', [commitOf('a', 0, 2), commitOf('gone', 0, 2)]);
    await groups.createSnapshot('g', 's');
    await groupAt(opened, 'g', 9);
    await log.deleteTopic('gone');
    await expect(groups.reset(resetTo('s'))).rejects.toMatchObject({
      code: 'TOPIC_NOT_FOUND',
      message: expect.stringContaining('to reset the others, name them'),
    });
    expect((await groups.describe('g')).partitions).toMatchObject([{ topic: 'a', committed: { offset: 9 } }]);
    await groups.reset(resetTo('s', { topics: [{ topic: 'a', partitions: undefined }] }));
    expect((await groups.describe('g')).partitions).toMatchObject([{ topic: 'a', committed: { offset: 2 } }]);
  });
});

describe('a pin', () => {
  async function logStartAfterCleanup({ log }: OpenGroups): Promise<number> {
    await log.cleanUp();
    return (await log.bounds('a', 0)).logStartOffset;
  }

  it('keeps the records from the snapshot on, until the snapshot is deleted', async () => {
    const opened = await folder.open();
    await topicOf(opened.log, 'a', [40], NOTHING_KEPT);
    await groupAt(opened, 'g', 25);
    await opened.groups.createSnapshot('g', 'pinned', { pinRetention: true });
    expect(await logStartAfterCleanup(opened)).toBeLessThanOrEqual(25);
    await opened.groups.deleteSnapshot('g', 'pinned');
    expect(await logStartAfterCleanup(opened)).toBe(40);
  });

  it('is placed only if it was asked for', async () => {
    const opened = await folder.open();
    await topicOf(opened.log, 'a', [40], NOTHING_KEPT);
    await groupAt(opened, 'g', 25);
    await opened.groups.createSnapshot('g', 'loose');
    expect(await logStartAfterCleanup(opened)).toBe(40);
  });

  it('holds after a restart as well, before anything is deleted', async () => {
    let opened = await folder.open();
    await topicOf(opened.log, 'a', [40], NOTHING_KEPT);
    await groupAt(opened, 'g', 25);
    await opened.groups.createSnapshot('g', 'pinned', { pinRetention: true });
    await opened.close();
    opened = await folder.open();
    expect(await logStartAfterCleanup(opened)).toBeLessThanOrEqual(25);
    await opened.groups.delete('g');
    expect(await logStartAfterCleanup(opened)).toBe(40);
  });

  it('of several snapshots ends with each of them for itself', async () => {
    const opened = await folder.open();
    await topicOf(opened.log, 'a', [40], NOTHING_KEPT);
    for (const offset of [10, 30]) {
      await groupAt(opened, 'g', offset);
      await opened.groups.createSnapshot('g', `at-${offset}`, { pinRetention: true });
    }
    expect(await logStartAfterCleanup(opened)).toBeLessThanOrEqual(10);
    await opened.groups.deleteSnapshot('g', 'at-10');
    const start = await logStartAfterCleanup(opened);
    expect(start).toBeGreaterThan(10);
    expect(start).toBeLessThanOrEqual(30);
  });

  it('on a topic that is gone keeps no broker from starting', async () => {
    let opened = await folder.open();
    await topicOf(opened.log, 'a', [10]);
    await groupAt(opened, 'g', 5);
    await opened.groups.createSnapshot('g', 'pinned', { pinRetention: true });
    await opened.log.deleteTopic('a');
    await opened.close();
    opened = await folder.open();
    expect(opened.groups.describeSnapshot('g', 'pinned').offsets).toHaveLength(1);
    await opened.groups.deleteSnapshot('g', 'pinned');
  });
});

describe('what is refused', () => {
  it('a name that is taken, by whoever comes second', async () => {
    const opened = await folder.open();
    await topicOf(opened.log, 'a', [10]);
    await groupAt(opened, 'g', 5);
    const both = await Promise.allSettled([
      opened.groups.createSnapshot('g', 's'),
      opened.groups.createSnapshot('g', 's'),
    ]);
    expect(both).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'SNAPSHOT_EXISTS', details: { group: 'g', snapshot: 's' } } },
    ]);
  });

  it('more snapshots of a group than may be', async () => {
    const opened = await folder.open({ options: { maxGroupSnapshots: 2 } });
    await topicOf(opened.log, 'a', [10]);
    await groupAt(opened, 'g', 5);
    const three = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) => opened.groups.createSnapshot('g', name)),
    );
    expect(three.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await expect(opened.groups.createSnapshot('g', 'd')).rejects.toMatchObject({
      code: 'TOO_MANY',
      details: { limit: 2 },
    });
    await opened.groups.deleteSnapshot('g', 'a');
    await opened.groups.createSnapshot('g', 'd');
  });

  it.each(['', '.', 'a b', 'a/b', 'x'.repeat(250)])('the name %j', async (name) => {
    const opened = await folder.open();
    await topicOf(opened.log, 'a', [10]);
    await groupAt(opened, 'g', 5);
    await expect(opened.groups.createSnapshot('g', name)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { field: 'snapshot' },
    });
  });

  it('a group that does not exist, or that has nothing to keep', async () => {
    const opened = await folder.open();
    const { groups, log } = opened;
    await topicOf(log, 'a', [10]);
    const unknown = { code: 'GROUP_NOT_FOUND', details: { group: 'nobody' } };
    await expect(groups.createSnapshot('nobody', 's')).rejects.toMatchObject(unknown);
    await expect(groups.deleteSnapshot('nobody', 's')).rejects.toMatchObject(unknown);
    expect(() => groups.listSnapshots('nobody')).toThrow(expect.objectContaining(unknown));
    expect(() => groups.describeSnapshot('nobody', 's')).toThrow(expect.objectContaining(unknown));
    const member = await groups.join(joinRequest('g', ['later']));
    await expect(groups.createSnapshot('g', 's')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    member.leave();
    await groupAt(opened, 'h', 5);
    await expect(groups.deleteSnapshot('h', 's')).rejects.toMatchObject({
      code: 'SNAPSHOT_NOT_FOUND',
      details: { group: 'h', snapshot: 's' },
    });
  });
});

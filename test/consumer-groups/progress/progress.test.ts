/** What is told of groups: members, committed offsets, lag in records and in time. */
import { describe, expect, it } from 'vitest';
import { lagOf } from '../../../consumer-groups/progress/lag.js';
import { MovableClock } from '../../segment-store/fixtures/movable-clock.js';
import { commitOf, joinRequest, timeOf, topicOf } from '../group-fixtures.js';
import { groupsFolder } from '../groups-folder.js';

const folder = groupsFolder();

describe('lag', () => {
  it.each([
    ['what is behind the committed offset', 4, 0, 10, 6],
    ['all of the log where nothing is committed', undefined, 3, 10, 7],
    ['what retention deleted unread as well', 1, 3, 10, 9],
    ['nothing at the end', 10, 3, 10, 0],
    ['nothing behind the end of a log that lost some', 12, 3, 10, 0],
  ])('is %s', (_what, committed, logStartOffset, highWatermark, lag) => {
    expect(lagOf(committed, { logStartOffset, highWatermark })).toBe(lag);
  });
});

describe('the list', () => {
  it('has all groups by name, those without anything stored too, with their lag', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'a', [10, 20]);
    await topicOf(log, 'gone', [5]);
    await groups.commit('z', [commitOf('a', 0, 4), commitOf('a', 1, 5), commitOf('gone', 0, 0)]);
    await groups.commit('b', [commitOf('a', 1, 20)]);
    const member = await groups.join(joinRequest('c', ['later']));
    await log.deleteTopic('gone');
    const [b, c, z] = await groups.list();
    expect(b).toEqual({ group: 'b', state: 'empty', members: 0, generation: 0, partitions: 1, lag: 0 });
    expect(c).toMatchObject({ group: 'c', members: 1, partitions: 0, lag: 0 });
    expect(z).toMatchObject({ group: 'z', state: 'empty', lag: 6 + 15 });
    member.leave();
  });

  it('is empty where there are no groups', async () => {
    const { groups } = await folder.open();
    expect(await groups.list()).toEqual([]);
  });
});

describe('a description', () => {
  it('has every partition with a committed offset or an owner, by topic and number', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'b', [10, 10]);
    await topicOf(log, 'a', [10]);
    await log.truncatePrefix('b', 1, 3);
    await groups.commit('g', [{ ...commitOf('a', 0, 4), metadata: 'by hand', leaderEpoch: 7 }]);
    const member = await groups.join(joinRequest('g', ['b'], { clientId: 'worker', address: '10.0.0.1:99' }));
    expect(await member.next()).toMatchObject({ event: 'assignment' });
    const description = await groups.describe('g');
    expect(description).toMatchObject({
      group: 'g',
      state: 'stable',
      assignor: 'sticky',
      emptySinceMs: undefined,
      members: [{ memberId: member.memberId, clientId: 'worker', address: '10.0.0.1:99', topics: ['b'] }],
    });
    expect(description.generation).toBeGreaterThan(0);
    const { memberId } = member;
    const untold = { lagMs: undefined };
    expect(description.partitions).toEqual([
      {
        topic: 'a',
        partition: 0,
        committed: { offset: 4, metadata: 'by hand', leaderEpoch: 7, committedMs: expect.any(Number) },
        logStartOffset: 0,
        highWatermark: 10,
        lag: 6,
        memberId: undefined,
        ...untold,
      },
      {
        topic: 'b',
        partition: 0,
        committed: undefined,
        logStartOffset: 0,
        highWatermark: 10,
        lag: 10,
        memberId,
        ...untold,
      },
      {
        topic: 'b',
        partition: 1,
        committed: undefined,
        logStartOffset: 3,
        highWatermark: 10,
        lag: 7,
        memberId,
        ...untold,
      },
    ]);
    member.leave();
  });

  it('tells the age of the oldest unread record, if asked to', async () => {
    const clock = new MovableClock();
    const { groups, log } = await folder.open({ clock });
    await topicOf(log, 'a', [10, 10, 10, 0]);
    await log.truncatePrefix('a', 1, 6);
    await groups.commit('g', [
      commitOf('a', 0, 4),
      // Deleted unread: the oldest that there still is.
      commitOf('a', 1, 2),
      commitOf('a', 2, 10),
      commitOf('a', 3, 0),
    ]);
    clock.aheadMs += timeOf(60) - clock.wallMs();
    const ages = (await groups.describe('g', { withAge: true })).partitions.map(({ lagMs }) => lagMs);
    // The clock goes on while the test runs.
    expect(ages[0]).toBeGreaterThanOrEqual(56_000);
    expect(ages[0]).toBeLessThan(66_000);
    expect(ages[1]).toBeGreaterThanOrEqual(54_000);
    expect(ages[1]).toBeLessThan(64_000);
    expect(ages.slice(2)).toEqual([undefined, undefined]);
    // A producer whose clock is ahead of ours.
    clock.aheadMs += timeOf(0) - clock.wallMs();
    expect((await groups.describe('g', { withAge: true })).partitions[0]!.lagMs).toBe(0);
  });

  it('of a group that nobody knows is refused', async () => {
    const { groups } = await folder.open();
    await expect(groups.describe('nobody')).rejects.toMatchObject({
      code: 'GROUP_NOT_FOUND',
      details: { group: 'nobody' },
    });
  });
});

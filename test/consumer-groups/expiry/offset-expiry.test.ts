/** Expiry: offsets go when nobody uses them, and never before. */
import { describe, expect, it } from 'vitest';
import type { GroupOptions } from '../../../consumer-groups/index.js';
import { nodeFileSystem } from '../../../segment-store/index.js';
import { commitOf, committedBy, joinRequest, topicOf } from '../group-fixtures.js';
import { groupsFolder, type OpenGroups } from '../groups-folder.js';
import { SteerableClock } from './steerable-clock.js';

const folder = groupsFolder();

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const OPTIONS: Partial<GroupOptions> = {
  offsetsRetentionMs: 7 * DAY_MS,
  expiryIntervalMs: 11 * 60_000,
  // Days pass in no time here; the disk does not keep up with that.
  viewTimeoutMs: 1000 * DAY_MS,
};

async function open(clock: SteerableClock, options: Partial<GroupOptions> = {}): Promise<OpenGroups> {
  return folder.open({ clock, options: { ...OPTIONS, ...options } });
}

/** Lets time pass up to the next look for what has expired, or longer, and waits for the end of that look. */
async function passTime(clock: SteerableClock, ms = 0): Promise<void> {
  const done = clock.timerSet(OPTIONS.expiryIntervalMs!);
  clock.pass(Math.max(OPTIONS.expiryIntervalMs!, ms));
  await done;
}

async function names({ groups }: OpenGroups): Promise<string[]> {
  return (await groups.list()).map(({ group }) => group);
}

describe('a group without members', () => {
  it('is forgotten a retention time after the last commit from outside, and that is told', async () => {
    const clock = new SteerableClock();
    const opened = await open(clock);
    await topicOf(opened.log, 'a', [10, 10]);
    await opened.groups.commit('g', [commitOf('a', 0, 1), commitOf('a', 1, 1)]);
    await passTime(clock, 4 * DAY_MS);
    await opened.groups.commit('g', [commitOf('a', 0, 2)]);
    await passTime(clock, 7 * DAY_MS - HOUR_MS);
    expect(await committedBy(opened.groups, 'g')).toEqual({ 'a-0': 2, 'a-1': 1 });
    await passTime(clock, HOUR_MS);
    expect(await names(opened)).toEqual([]);
    expect(opened.events).toContainEqual({ event: 'offsets-expired', group: 'g', partitions: 2 });
  });

  it('is forgotten a retention time after its last member left, however old its offsets are', async () => {
    const clock = new SteerableClock();
    const opened = await open(clock, { offsetsRetentionMs: 2 * HOUR_MS });
    await topicOf(opened.log, 'a', [10]);
    await opened.groups.commit('g', [commitOf('a', 0, 1)]);
    const member = await opened.groups.join(joinRequest('g', ['a'], { sessionTimeoutMs: HOUR_MS / 2 }));
    expect(await member.next()).toMatchObject({ event: 'assignment' });
    for (let n = 0; n < 10; n += 1) {
      await passTime(clock, HOUR_MS / 3);
      member.heard();
    }
    const noted = opened.told('journal-appended');
    member.leave();
    await noted;
    await passTime(clock, HOUR_MS);
    expect(await committedBy(opened.groups, 'g')).toEqual({ 'a-0': 1 });
    await passTime(clock, HOUR_MS);
    expect(await names(opened)).toEqual([]);
    expect(opened.events).toContainEqual({ event: 'offsets-expired', group: 'g', partitions: 1 });
  });

  it('counts a static member that is away as a member', async () => {
    const clock = new SteerableClock();
    const opened = await open(clock, { offsetsRetentionMs: HOUR_MS, maxSessionTimeoutMs: DAY_MS });
    await topicOf(opened.log, 'a', [10]);
    await opened.groups.commit('g', [commitOf('a', 0, 1)]);
    const fields = { instanceId: 'one', sessionTimeoutMs: 4 * HOUR_MS };
    const member = await opened.groups.join(joinRequest('g', ['a'], fields));
    expect(await member.next()).toMatchObject({ event: 'assignment' });
    member.disconnected();
    expect(await member.next()).toBeUndefined();
    await passTime(clock, 3 * HOUR_MS);
    expect(await committedBy(opened.groups, 'g')).toEqual({ 'a-0': 1 });
    // Its session ends, and with it the last membership.
    const noted = opened.told('journal-appended');
    await passTime(clock, HOUR_MS);
    await noted;
    await passTime(clock, HOUR_MS);
    expect(await names(opened)).toEqual([]);
  });

  it('keeps its generation as long as it has snapshots', async () => {
    const clock = new SteerableClock();
    const opened = await open(clock);
    const { groups, log } = opened;
    await topicOf(log, 'a', [10]);
    await groups.commit('g', [commitOf('a', 0, 4)]);
    await groups.createSnapshot('g', 's');
    const member = await groups.join(joinRequest('g', ['a']));
    expect(await member.next()).toMatchObject({ event: 'assignment' });
    const noted = opened.told('journal-appended');
    member.leave();
    await noted;
    const { generation } = await groups.describe('g');
    expect(generation).toBeGreaterThan(0);
    await passTime(clock, 8 * DAY_MS);
    expect(await groups.describe('g')).toMatchObject({ partitions: [], generation });
    await groups.deleteSnapshot('g', 's');
    await passTime(clock);
    expect(await names(opened)).toEqual([]);
  });

  it('keeps its snapshots, and can be reset to them', async () => {
    const clock = new SteerableClock();
    const opened = await open(clock);
    const { groups, log } = opened;
    await topicOf(log, 'a', [10]);
    await groups.commit('g', [commitOf('a', 0, 4)]);
    await groups.createSnapshot('g', 's');
    await passTime(clock, 8 * DAY_MS);
    expect(await groups.describe('g')).toMatchObject({ partitions: [] });
    const target = { to: 'snapshot' as const, name: 's', group: undefined };
    await groups.reset({
      groups: ['g'],
      topics: undefined,
      target,
      execute: true,
      live: false,
      create: false,
    });
    expect(await committedBy(groups, 'g')).toEqual({ 'a-0': 4 });
    await passTime(clock);
    expect(opened.events.filter(({ event }) => event === 'offsets-expired')).toHaveLength(1);
  });
});

describe('a restart', () => {
  it('gives groups that had members when the broker ended the whole time anew', async () => {
    const clock = new SteerableClock();
    let opened = await open(clock);
    await topicOf(opened.log, 'a', [10]);
    await opened.groups.commit('g', [commitOf('a', 0, 1)]);
    const member = await opened.groups.join(joinRequest('g', ['a']));
    expect(await member.next()).toMatchObject({ event: 'assignment' });
    await opened.close();
    clock.pass(30 * DAY_MS);
    opened = await open(clock);
    await passTime(clock, 6 * DAY_MS);
    expect(await committedBy(opened.groups, 'g')).toEqual({ 'a-0': 1 });
    await passTime(clock, DAY_MS + HOUR_MS);
    expect(await names(opened)).toEqual([]);
  });

  it('leaves an hour to those that come back after a long time', async () => {
    const clock = new SteerableClock();
    let opened = await open(clock);
    await topicOf(opened.log, 'a', [10]);
    for (const group of ['back', 'gone']) await opened.groups.commit(group, [commitOf('a', 0, 1)]);
    await opened.close();
    clock.pass(30 * DAY_MS);
    opened = await open(clock);
    await passTime(clock);
    expect(await names(opened)).toEqual(['back', 'gone']);
    await opened.groups.commit('back', [commitOf('a', 0, 2)]);
    await passTime(clock, HOUR_MS);
    expect(await names(opened)).toEqual(['back']);
  });
});

it('a full disk keeps no broker from starting; what it kept from being written is written when there is room', async () => {
  const clock = new SteerableClock();
  let opened = await open(clock);
  for (const topic of ['a', 'gone']) await topicOf(opened.log, topic, [10]);
  await opened.groups.commit('g', [commitOf('a', 0, 1), commitOf('gone', 0, 1)]);
  const member = await opened.groups.join(joinRequest('g', ['a']));
  expect(await member.next()).toMatchObject({ event: 'assignment' });
  await opened.close();
  // As good as full: nothing may be written any more.
  let freeBytes = 0;
  const fs = { ...nodeFileSystem, freeBytes: async () => freeBytes };
  const log = { freeSpaceReserveBytes: 1 };
  opened = await folder.open({ clock, options: OPTIONS, log, environment: { fs, clock } });
  const failed = opened.told('background-error');
  await opened.log.deleteTopic('gone');
  await failed;
  expect((await opened.groups.describe('g')).emptySinceMs).toBeUndefined();
  freeBytes = 1e9;
  // With the first the log sees that there is room.
  await passTime(clock, HOUR_MS);
  await passTime(clock, HOUR_MS);
  expect((await opened.groups.describe('g')).emptySinceMs).toBeTypeOf('number');
  await topicOf(opened.log, 'gone', [10]);
  expect(await committedBy(opened.groups, 'g')).toEqual({ 'a-0': 1 });
});

describe('the wall clock', () => {
  it.each([
    ['forward', 365 * DAY_MS],
    ['backward', -365 * DAY_MS],
  ])('that jumps %s makes nothing expire before its time', async (_way, jumpMs) => {
    const clock = new SteerableClock();
    const opened = await open(clock);
    await topicOf(opened.log, 'a', [10]);
    await opened.groups.commit('before', [commitOf('a', 0, 1)]);
    await passTime(clock, 2 * DAY_MS);
    clock.jump(jumpMs);
    await opened.groups.commit('after', [commitOf('a', 0, 1)]);
    await passTime(clock, 4 * DAY_MS);
    expect(await names(opened)).toEqual(['after', 'before']);
  });
});

describe('a topic that is deleted', () => {
  it('takes its offsets along, of groups with members too', async () => {
    const clock = new SteerableClock();
    const opened = await open(clock);
    const { groups, log, events } = opened;
    await topicOf(log, 'a', [10]);
    await topicOf(log, 'gone', [10, 10]);
    const committed = [commitOf('a', 0, 1), commitOf('gone', 0, 1), commitOf('gone', 1, 1)];
    for (const group of ['empty', 'active']) await groups.commit(group, committed);
    const member = await groups.join(joinRequest('active', ['a']));
    expect(await member.next()).toMatchObject({ event: 'assignment' });
    await log.deleteTopic('gone');
    await passTime(clock);
    await log.createTopic('gone', { partitions: 2 });
    for (const group of ['empty', 'active']) {
      expect(await committedBy(groups, group)).toEqual({ 'a-0': 1 });
      expect(events).toContainEqual({ event: 'deleted-topics-forgotten', group, partitions: 2 });
    }
    member.leave();
  });

  it('while the broker was away takes its offsets along as well, and those of partitions that a new one has not', async () => {
    const clock = new SteerableClock();
    let opened = await open(clock);
    await topicOf(opened.log, 'a', [10, 10, 10]);
    await opened.groups.commit('g', [commitOf('a', 0, 1), commitOf('a', 2, 1)]);
    await opened.groups.close();
    await opened.log.deleteTopic('a');
    await topicOf(opened.log, 'a', [10, 10]);
    await opened.log.close();
    opened = await open(clock);
    expect(await committedBy(opened.groups, 'g')).toEqual({ 'a-0': 1 });
    await opened.groups.close();
    await opened.log.deleteTopic('a');
    await opened.log.close();
    opened = await open(clock);
    expect(await names(opened)).toEqual([]);
  });
});

/** Resets: shown before they are done, done whole or not at all, and only where they may be. */
import { describe, expect, it } from 'vitest';
import type { PlannedReset, ResetRequest, ResetTarget } from '../../../consumer-groups/index.js';
import { commitOf, committedBy, fill, joinRequest, topicOf } from '../group-fixtures.js';
import { groupsFolder } from '../groups-folder.js';

const folder = groupsFolder();

function resetOf(
  groups: ResetRequest['groups'],
  target: ResetTarget,
  fields: Partial<ResetRequest> = {},
): ResetRequest {
  return { groups, topics: undefined, target, execute: true, live: false, create: false, ...fields };
}

describe('a plan', () => {
  it('shows each partition with before, after, what was asked, and what is read again or skipped', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'a', [30, 10], { indexIntervalBytes: 1 });
    await log.truncatePrefix('a', 0, 10);
    await groups.commit('g', [commitOf('a', 0, 25), commitOf('a', 1, 4)]);
    const { resets, activeGroups } = await groups.reset(
      resetOf(['g'], { to: 'offset', offset: 5 }, { execute: false }),
    );
    const recordBytes = (await log.describeTopics(['a']))[0]!.partitions[1]!.sizeBytes / 10;
    const expected: PlannedReset[] = [
      {
        group: 'g',
        topic: 'a',
        partition: 0,
        before: 25,
        after: 10,
        asked: 5,
        logStartOffset: 10,
        highWatermark: 30,
        records: -15,
        // Its numbers have a digit more.
        bytes: 15 * (recordBytes + 1),
      },
      {
        group: 'g',
        topic: 'a',
        partition: 1,
        before: 4,
        after: 5,
        asked: undefined,
        logStartOffset: 0,
        highWatermark: 10,
        records: 1,
        bytes: recordBytes,
      },
    ];
    expect(resets).toEqual(expected);
    expect(activeGroups).toEqual([]);
  });

  it('counts what lies before it as skipped where nothing was committed', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'a', [10]);
    const request = resetOf(
      ['g'],
      { to: 'latest' },
      { topics: [{ topic: 'a', partitions: undefined }], create: true },
    );
    const latest = await groups.reset({ ...request, execute: false });
    expect(latest.resets).toMatchObject([{ before: undefined, after: 10, records: 10 }]);
    const earliest = await groups.reset({ ...request, target: { to: 'earliest' } });
    expect(earliest.resets).toMatchObject([{ before: undefined, after: 0, records: 0, bytes: 0 }]);
  });

  it('passes over committed offsets of a topic that is gone', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'a', [10]);
    await topicOf(log, 'gone', [10]);
    await groups.commit('g', [commitOf('a', 0, 5), commitOf('gone', 0, 5)]);
    await log.deleteTopic('gone');
    const { resets } = await groups.reset(resetOf(['g'], { to: 'earliest' }));
    expect(resets).toMatchObject([{ topic: 'a', after: 0 }]);
  });
});

describe('a reset that is carried out', () => {
  it('survives a restart', async () => {
    let { groups, log, close } = await folder.open();
    await topicOf(log, 'a', [10, 10]);
    await groups.commit('g', [commitOf('a', 0, 9), commitOf('a', 1, 9)]);
    await groups.reset(resetOf(['g'], { to: 'shift', by: -4 }));
    await close();
    ({ groups, log, close } = await folder.open());
    expect(await committedBy(groups, 'g')).toEqual({ 'a-0': 5, 'a-1': 5 });
  });

  it('is told, with how many partitions moved', async () => {
    const { groups, log, events } = await folder.open();
    await topicOf(log, 'a', [10, 10]);
    await groups.commit('g', [commitOf('a', 0, 9), commitOf('a', 1, 9)]);
    await groups.reset(resetOf(['g'], { to: 'earliest' }, { execute: false }));
    expect(events).not.toContainEqual(expect.objectContaining({ event: 'offsets-reset' }));
    await groups.reset(resetOf(['g'], { to: 'earliest' }));
    expect(events).toContainEqual({ event: 'offsets-reset', group: 'g', partitions: 2, live: false });
  });

  it('lets a group begin anew that was made by it', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'a', [10]);
    const topics = [{ topic: 'a', partitions: undefined }];
    await groups.reset(resetOf(['g'], { to: 'offset', offset: 3 }, { topics, create: true }));
    await fill(log, 'a', 0, 5);
    const member = await groups.join(joinRequest('g', ['a'], { offsetReset: 'none' }));
    expect(await member.next()).toMatchObject({
      event: 'assignment',
      assigned: [{ topic: 'a', partition: 0, startOffset: 3, committedOffset: 3 }],
    });
    member.leave();
  });
});

describe('a group with members', () => {
  async function oneActiveOfTwo() {
    const opened = await folder.open();
    const { groups, log } = opened;
    await topicOf(log, 'a', [10]);
    for (const group of ['active', 'empty']) await groups.commit(group, [commitOf('a', 0, 9)]);
    const member = await groups.join(joinRequest('active', ['a']));
    expect(await member.next()).toMatchObject({ event: 'assignment' });
    return { ...opened, member };
  }

  it('is not reset, and nothing else of the request is done either', async () => {
    const { groups, member } = await oneActiveOfTwo();
    const refused = groups.reset(resetOf(['empty', 'active'], { to: 'earliest' }));
    await expect(refused).rejects.toMatchObject({
      code: 'GROUP_NOT_EMPTY',
      details: { group: 'active', members: 1 },
    });
    expect(await committedBy(groups, 'empty')).toEqual({ 'a-0': 9 });
    expect(await committedBy(groups, 'active')).toEqual({ 'a-0': 9 });
    member.leave();
  });

  it('is planned for and named when nothing is to be done', async () => {
    const { groups, member } = await oneActiveOfTwo();
    const request = resetOf(['empty', 'active'], { to: 'earliest' }, { execute: false });
    const { resets, activeGroups } = await groups.reset(request);
    expect(resets.map(({ group, after }) => ({ group, after }))).toEqual([
      { group: 'active', after: 0 },
      { group: 'empty', after: 0 },
    ]);
    expect(activeGroups).toEqual(['active']);
    member.leave();
  });

  it('is fenced, moved and goes on when the reset is live; what it commits from before is refused', async () => {
    const { groups, member, events } = await oneActiveOfTwo();
    const [before] = (await groups.describe('active')).members[0]!.owned;
    const { activeGroups } = await groups.reset(resetOf('all', { to: 'offset', offset: 2 }, { live: true }));
    expect(activeGroups).toEqual(['active']);
    for (const group of ['active', 'empty']) expect(await committedBy(groups, group)).toEqual({ 'a-0': 2 });
    const [refused] = await member.commit([{ ...commitOf('a', 0, 10), generation: before!.generation }]);
    expect(refused).toMatchObject({ topic: 'a', partition: 0, error: { code: 'STALE_GENERATION' } });
    expect(await member.next()).toMatchObject({
      event: 'assignment',
      assigned: [{ topic: 'a', partition: 0, startOffset: 2, committedOffset: 2 }],
    });
    expect(await committedBy(groups, 'active')).toEqual({ 'a-0': 2 });
    const told = events.filter(({ event }) => event === 'offsets-reset');
    expect(told).toEqual([
      { event: 'offsets-reset', group: 'active', partitions: 1, live: true },
      { event: 'offsets-reset', group: 'empty', partitions: 1, live: false },
    ]);
    member.leave();
  });

  it('is let in only when the reset is done, by which it goes on then', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'a', [10]);
    await groups.commit('g', [commitOf('a', 0, 9)]);
    const resetting = groups.reset(resetOf(['g'], { to: 'offset', offset: 4 }));
    const member = await groups.join(joinRequest('g', ['a']));
    expect(await member.next()).toMatchObject({ assigned: [{ startOffset: 4 }] });
    await resetting;
    member.leave();
  });
});

it('waits for no other reset that waits for it', async () => {
  const { groups, log } = await folder.open();
  await topicOf(log, 'a', [10]);
  for (const group of ['x', 'y']) await groups.commit(group, [commitOf('a', 0, 9)]);
  const both = [['x', 'y'], ['y', 'x'], ['x', 'y'], ['y']].map((names, n) =>
    groups.reset(resetOf(names, { to: 'offset', offset: n })),
  );
  await Promise.all(both);
  // Those of one group happen one after the other, in the order in which they came.
  expect(await committedBy(groups, 'x')).toEqual({ 'a-0': 2 });
});

describe('what is refused', () => {
  const whole = { topic: 'a', partitions: undefined };
  const place = { topic: 'a', partition: 0 };
  const REFUSED: readonly [what: string, code: string, request: ResetRequest][] = [
    ['no group', 'INVALID_ARGUMENT', resetOf([], { to: 'earliest' })],
    ['an unknown group', 'GROUP_NOT_FOUND', resetOf(['g', 'nobody'], { to: 'earliest' })],
    [
      'a name that no group may have',
      'INVALID_GROUP_NAME',
      resetOf(['a b'], { to: 'earliest' }, { topics: [whole], create: true }),
    ],
    [
      'a group to be made without topics',
      'INVALID_ARGUMENT',
      resetOf(['new'], { to: 'earliest' }, { create: true }),
    ],
    ['an empty list of topics', 'INVALID_ARGUMENT', resetOf(['g'], { to: 'earliest' }, { topics: [] })],
    [
      'an empty list of partitions',
      'INVALID_ARGUMENT',
      resetOf(['g'], { to: 'earliest' }, { topics: [{ topic: 'a', partitions: [] }] }),
    ],
    [
      'an unknown topic',
      'TOPIC_NOT_FOUND',
      resetOf(['g'], { to: 'earliest' }, { topics: [{ topic: 'b', partitions: undefined }] }),
    ],
    [
      'an unknown partition',
      'PARTITION_NOT_FOUND',
      resetOf(['g'], { to: 'earliest' }, { topics: [{ topic: 'a', partitions: [0, 7] }] }),
    ],
    [
      'a partition below 0',
      'PARTITION_NOT_FOUND',
      resetOf(['g'], { to: 'earliest' }, { topics: [{ topic: 'a', partitions: [-1] }] }),
    ],
    ['an offset that is no whole number', 'INVALID_ARGUMENT', resetOf(['g'], { to: 'offset', offset: 1.5 })],
    ['a shift that is no number', 'INVALID_ARGUMENT', resetOf(['g'], { to: 'shift', by: Number.NaN })],
    ['a time that is none', 'INVALID_ARGUMENT', resetOf(['g'], { to: 'time', timestampMs: Number.NaN })],
    [
      'a snapshot that is not there',
      'SNAPSHOT_NOT_FOUND',
      resetOf(['g'], { to: 'snapshot', name: 's', group: undefined }),
    ],
    [
      'a snapshot of an unknown group',
      'GROUP_NOT_FOUND',
      resetOf(['g'], { to: 'snapshot', name: 's', group: 'nobody' }),
    ],
    ['no offsets', 'INVALID_ARGUMENT', resetOf(['g'], { to: 'offsets', offsets: [] })],
    [
      'offsets and topics',
      'INVALID_ARGUMENT',
      resetOf(
        ['g'],
        { to: 'offsets', offsets: [{ group: undefined, ...place, offset: 1 }] },
        { topics: [whole] },
      ),
    ],
    [
      'offsets of an unknown topic',
      'TOPIC_NOT_FOUND',
      resetOf(['g'], { to: 'offsets', offsets: [{ group: undefined, topic: 'b', partition: 0, offset: 1 }] }),
    ],
    [
      'offsets of an unknown partition',
      'PARTITION_NOT_FOUND',
      resetOf(['g'], { to: 'offsets', offsets: [{ group: undefined, topic: 'a', partition: 9, offset: 1 }] }),
    ],
    [
      'a partition named for all groups and for this one',
      'INVALID_ARGUMENT',
      resetOf(['g'], {
        to: 'offsets',
        offsets: [
          { group: undefined, ...place, offset: 1 },
          { group: 'g', ...place, offset: 2 },
        ],
      }),
    ],
  ];

  it.each(REFUSED)('%s: %s, and nothing is changed', async (_what, code, request) => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'a', [10]);
    await groups.commit('g', [commitOf('a', 0, 9)]);
    for (const execute of [false, true]) {
      await expect(groups.reset({ ...request, execute })).rejects.toMatchObject({ code });
    }
    expect(await committedBy(groups, 'g')).toEqual({ 'a-0': 9 });
    expect(await groups.list()).toHaveLength(1);
  });

  it('more committed offsets, or more groups, than may be', async () => {
    const { groups, log } = await folder.open({ options: { maxCommittedOffsets: 2, maxGroups: 2 } });
    await topicOf(log, 'a', [10, 10, 10]);
    await groups.commit('g', [commitOf('a', 0, 9)]);
    const request = resetOf(
      ['g'],
      { to: 'earliest' },
      { topics: [{ topic: 'a', partitions: undefined }], create: true },
    );
    await expect(groups.reset(request)).rejects.toMatchObject({ code: 'TOO_MANY', details: { limit: 2 } });
    await expect(groups.reset({ ...request, groups: ['g', 'h', 'i'] })).rejects.toMatchObject({
      code: 'TOO_MANY',
    });
    expect(await committedBy(groups, 'g')).toEqual({ 'a-0': 9 });
    await groups.reset({ ...request, topics: [{ topic: 'a', partitions: [0, 2] }] });
    expect(await committedBy(groups, 'g')).toEqual({ 'a-0': 0, 'a-2': 0 });
  });
});

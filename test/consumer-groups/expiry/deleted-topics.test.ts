/** Offsets of deleted topics: what is new under an old name begins anew. */
import { expect, it } from 'vitest';
import { DeletedTopics } from '../../../consumer-groups/expiry/deleted-topics.js';
import type { GroupStore } from '../../../consumer-groups/group-store.js';
import { nodeFileSystem } from '../../../segment-store/index.js';
import { topicOf } from '../group-fixtures.js';
import { groupStoreFolder, type OpenGroups } from '../group-store/group-store-folder.js';
import { SteerableClock } from './steerable-clock.js';

const folder = groupStoreFolder();

function looksAt({ log, groups, events }: OpenGroups): DeletedTopics {
  return new DeletedTopics(log, groups, (event) => events.push(event));
}

function commit(groups: GroupStore, topic: string, partition: number): Promise<void> {
  const committed = { offset: 1, leaderEpoch: 0, metadata: '', committedMs: 0 };
  return groups.write([{ kind: 'offset', group: 'g', topic, partition, committed }]);
}

function committed(groups: GroupStore): string[] {
  return [...groups.offsets('g')].map(({ topic, partition }) => `${topic}-${partition}`).sort();
}

it('a topic that came back with fewer partitions before anybody looked has none of the old offsets', async () => {
  const opened = await folder.open();
  const { log, groups } = opened;
  await topicOf(log, 'a', [1, 1]);
  await topicOf(log, 'b', [1]);
  for (const [topic, partition] of [
    ['a', 0],
    ['a', 1],
    ['b', 0],
  ] as const)
    await commit(groups, topic, partition);
  const deletedTopics = looksAt(opened);
  await deletedTopics.forgetAll();
  expect(committed(groups)).toEqual(['a-0', 'a-1', 'b-0']);
  await log.deleteTopic('a');
  await log.createTopic('a', { partitions: 1 });
  await deletedTopics.forgetGone();
  expect(committed(groups)).toEqual(['b-0']);
});

it('a topic that only grew keeps its offsets', async () => {
  const opened = await folder.open();
  const { log, groups } = opened;
  await topicOf(log, 'a', [1]);
  await commit(groups, 'a', 0);
  const deletedTopics = looksAt(opened);
  await deletedTopics.forgetAll();
  await log.alterTopic('a', { partitions: 3 });
  await log.createTopic('b');
  await deletedTopics.forgetGone();
  await deletedTopics.lookAgain();
  expect(committed(groups)).toEqual(['a-0']);
});

it('a commit that comes behind the deletion is found by the next look, unless there is a topic of the name by then', async () => {
  const opened = await folder.open();
  const { log, groups } = opened;
  for (const topic of ['gone', 'back']) await topicOf(log, topic, [1]);
  const deletedTopics = looksAt(opened);
  await deletedTopics.forgetAll();
  for (const topic of ['gone', 'back']) await log.deleteTopic(topic);
  await deletedTopics.forgetGone();
  for (const topic of ['gone', 'back']) await commit(groups, topic, 0);
  await log.createTopic('back');
  await deletedTopics.lookAgain();
  expect(committed(groups)).toEqual(['back-0']);
});

it('what could not be forgotten is told, and tried again', async () => {
  let freeBytes = 1;
  const clock = new SteerableClock();
  const fs = { ...nodeFileSystem, freeBytes: async () => freeBytes };
  const opened = await folder.open({}, { freeSpaceReserveBytes: 1 }, { fs, clock });
  const { log, groups, events } = opened;
  await topicOf(log, 'a', [1]);
  await commit(groups, 'a', 0);
  const deletedTopics = looksAt(opened);
  await deletedTopics.forgetAll();
  await log.deleteTopic('a');
  // The disk is looked at every five seconds, and every half when it is full.
  const diskLook = async (bytes: number, inMs: number, nextInMs: number) => {
    freeBytes = bytes;
    const looked = clock.timerSet(nextInMs);
    clock.pass(inMs);
    await looked;
  };
  await diskLook(0, 5000, 500);
  await deletedTopics.forgetGone();
  expect(committed(groups)).toEqual(['a-0']);
  await diskLook(1, 500, 5000);
  await deletedTopics.lookAgain();
  expect(committed(groups)).toEqual([]);
  const failure = { event: 'background-error', doing: 'forgetting offsets of g for deleted topics' };
  expect(events).toContainEqual(expect.objectContaining(failure));
  expect(events).toContainEqual({ event: 'deleted-topics-forgotten', group: 'g', partitions: 1 });
});

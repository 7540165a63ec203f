/** Watching topics: told of every change, later, once for many, whatever the other listeners do. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TopicWatchers } from '../../segment-store/topic-watchers.js';
import { storeFolder } from './fixtures/opened-store.js';
import { batchOf } from './fixtures/test-batch.js';

const folder = storeFolder();

/** A listener, and a promise for its next call. */
function listening() {
  let calls = 0;
  let onCall: () => void = () => {};
  return {
    get calls() {
      return calls;
    },
    listener: () => {
      calls += 1;
      onCall();
    },
    /** Begin to wait before what is to be told. */
    next: () =>
      new Promise<void>((resolve) => {
        onCall = resolve;
      }),
  };
}

it('tells of a topic that was created, altered and deleted, when it can be seen', async () => {
  const store = await folder.open();
  const heard = listening();
  store.watchTopics(heard.listener);
  const partitionsAt = async (change: Promise<unknown>, told: Promise<void>) => {
    await Promise.all([change, told]);
    return (await store.describeTopics()).map(({ partitions }) => partitions.length);
  };
  let told = heard.next();
  expect(await partitionsAt(store.createTopic('a', { partitions: 1 }), told)).toEqual([1]);
  told = heard.next();
  expect(await partitionsAt(store.alterTopic('a', { partitions: 3 }), told)).toEqual([3]);
  told = heard.next();
  expect(await partitionsAt(store.deleteTopic('a'), told)).toEqual([]);
  expect(heard.calls).toBe(3);
});

it('tells in a later turn, and never of what did not come about or is no change of topics', async () => {
  const store = await folder.open();
  const heard = listening();
  store.watchTopics(heard.listener);
  await store.createTopic('a');
  await nextTurn();
  await nextTurn();
  expect(heard.calls).toBe(1);
  await expect(store.createTopic('a')).rejects.toThrow();
  await expect(store.alterTopic('a', { partitions: 0 })).rejects.toThrow();
  await expect(store.deleteTopic('b')).rejects.toThrow();
  await store.append('a', 0, await batchOf(['x']));
  await store.truncatePrefix('a', 0, 1);
  await nextTurn();
  await nextTurn();
  expect(heard.calls).toBe(1);
});

it('tells once of changes that come together, in a turn of its own', async () => {
  const watchers = new TopicWatchers(() => {});
  const heard = listening();
  watchers.add(heard.listener);
  for (let n = 0; n < 10; n += 1) {
    watchers.tell();
    await Promise.resolve();
  }
  expect(heard.calls).toBe(0);
  await nextTurn();
  expect(heard.calls).toBe(1);
  watchers.tell();
  await nextTurn();
  expect(heard.calls).toBe(2);
});

it('goes on telling the others when a listener throws, and says so', async () => {
  const store = await folder.open();
  const heard = listening();
  store.watchTopics(() => {
    throw new Error('listener');
  });
  store.watchTopics(heard.listener);
  const told = heard.next();
  await store.createTopic('a');
  await told;
  expect(folder.events).toContainEqual({
    event: 'background-error',
    doing: 'telling a listener that topics changed',
    error: new Error('listener'),
  });
  await store.createTopic('b');
});

it('calls a listener for each time that it watches, until each has ended', async () => {
  const store = await folder.open();
  const heard = listening();
  const stops = [store.watchTopics(heard.listener), store.watchTopics(heard.listener)];
  for (const [left, name] of ['a', 'b', 'c'].entries()) {
    const before = heard.calls;
    await store.createTopic(name);
    await nextTurn();
    await nextTurn();
    expect(heard.calls - before).toBe(2 - left);
    stops[left]?.();
    stops[left]?.();
  }
});

it('tells nothing after the store was closed', async () => {
  const store = await folder.open();
  const heard = listening();
  store.watchTopics(heard.listener);
  await store.createTopic('a');
  expect(heard.calls).toBe(0);
  await store.close();
  await nextTurn();
  await nextTurn();
  expect(heard.calls).toBe(0);
  expect(() => store.watchTopics(heard.listener)).toThrow('closing');
});

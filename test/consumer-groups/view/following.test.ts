import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { GroupChange } from '../../../consumer-groups/group-store.js';
import { ExpectedState, stateOf } from '../group-store/group-state.js';
import { type GroupStoreFolder, groupStoreFolder } from '../group-store/group-store-folder.js';
import { RandomChanges } from '../group-store/random-changes.js';

const MEBIBYTE = 1024 ** 2;
const folder = groupStoreFolder();

async function expectWholeView(from: GroupStoreFolder, expected: ExpectedState): Promise<void> {
  const reopened = await from.open();
  expect(stateOf(reopened.groups)).toEqual(expected.state);
  expect(reopened.events).toEqual([expect.objectContaining({ event: 'groups-opened', replayed: 0 })]);
}

test('after a clean end nothing of the journal is read again, however many flushes there were', async () => {
  const open = await folder.open({ viewFlushIntervalMs: 1 });
  const changes = new RandomChanges(1);
  const expected = new ExpectedState();
  for (let round = 0; round < 300; round += 1) {
    const write = changes.write(1 + (round % 7));
    await open.groups.write(write);
    expected.apply(write);
  }
  await open.close();
  expect(open.fatal).toEqual([]);
  await expectWholeView(folder, expected);
});

test('the view grows by zeros that were written ahead, never inside of a transaction', async () => {
  const open = await folder.open({ viewFlushIntervalMs: 1 });
  const changes = new RandomChanges(2, { groups: 20, topics: 10, partitions: 200 });
  const expected = new ExpectedState();
  for (let round = 0; round < 40; round += 1) {
    const write = changes.write(1000);
    await open.groups.write(write);
    expected.apply(write);
  }
  await open.close();
  expect(open.fatal).toEqual([]);
  const { size, blocks } = await stat(join(folder.viewDir, 'data.mdb'));
  expect(size).toBeGreaterThan(MEBIBYTE);
  // LMDB would make it longer by pages, and leave holes.
  expect(size % MEBIBYTE).toBe(0);
  expect(blocks * 512).toBeGreaterThanOrEqual(size);
  await expectWholeView(folder, expected);
});

test('nothing is left beside the view', async () => {
  const open = await folder.open();
  await open.groups.write(new RandomChanges(3).write(50));
  await open.close();
  expect((await readdir(folder.viewDir)).filter((name) => !name.endsWith('-lock'))).toEqual(['data.mdb']);
});

test('who never changes anything gets no view', async () => {
  await (await folder.open()).close();
  const second = await folder.open();
  expect(second.events).toEqual([expect.objectContaining({ event: 'groups-opened', replayed: 0 })]);
  await second.close();
  await expect(stat(folder.viewDir)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('one entry may be larger than what a transaction otherwise takes', async () => {
  const open = await folder.open({ viewFlushIntervalMs: 1 });
  const expected = new ExpectedState();
  for (let round = 0; round < 6; round += 1) {
    const offsets = Array.from({ length: 60_000 }, (_, partition) => ({
      topic: 't',
      partition,
      offset: round,
    }));
    const snapshot = { group: 'g', name: `s${round % 3}`, createdMs: round, pinsRetention: false, offsets };
    const write: GroupChange[] = [{ kind: 'snapshot', group: 'g', name: snapshot.name, snapshot }];
    await open.groups.write(write);
    expected.apply(write);
  }
  await open.close();
  expect(open.fatal).toEqual([]);
  expect((await stat(join(folder.viewDir, 'data.mdb'))).size % MEBIBYTE).toBe(0);
  await expectWholeView(folder, expected);
});

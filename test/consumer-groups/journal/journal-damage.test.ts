import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { GroupChange } from '../../../consumer-groups/group-store.js';
import { encodeFact } from '../../../consumer-groups/journal/journal-record.js';
import { JOURNAL_TOPIC } from '../../../consumer-groups/journal/journal-topic.js';
import { BatchBuilder } from '../../../proto/record-batch/index.js';
import { ExpectedState, stateOf } from '../group-store/group-state.js';
import { groupStoreFolder } from '../group-store/group-store-folder.js';
import { damageBatch, journalBatches } from './stored-journal.js';

const folder = groupStoreFolder();

const commit = (partition: number, offset: number): GroupChange => ({
  kind: 'offset',
  group: 'g',
  topic: 't',
  partition,
  committed: { offset, leaderEpoch: 0, metadata: '', committedMs: offset },
});

/** Writes them one by one; the view has all of them. */
async function write(...writes: GroupChange[][]): Promise<ExpectedState> {
  const expected = new ExpectedState();
  const open = await folder.open();
  for (const changes of writes) {
    await open.groups.write(changes);
    expected.apply(changes);
  }
  await open.close();
  return expected;
}

describe('a damaged batch of the journal', () => {
  test('costs nothing if the view is sound', async () => {
    const expected = await write([commit(1, 10)], [commit(2, 20)], [commit(3, 30)]);
    await damageBatch((await journalBatches(folder.path))[1]!);
    const { groups, events } = await folder.open();
    expect(stateOf(groups)).toEqual(expected.state);
    expect(events).toEqual([expect.objectContaining({ event: 'groups-opened', replayed: 0 })]);
  });

  test('is gone past and told if there is no view: what it held is as it was before it', async () => {
    await write([commit(1, 10)], [commit(1, 11), commit(2, 20)], [commit(3, 30)]);
    const [, damaged] = await journalBatches(folder.path);
    await damageBatch(damaged!);
    await rm(folder.viewDir, { recursive: true });
    const { groups, events } = await folder.open();
    expect(groups.committed('g', 't', 1)?.offset).toBe(10);
    expect(groups.committed('g', 't', 2)).toBeUndefined();
    expect(groups.committed('g', 't', 3)?.offset).toBe(30);
    const { baseOffset: startOffset, nextOffset: endOffset } = damaged!;
    expect(events).toContainEqual({ event: 'journal-damaged', startOffset, endOffset });
    expect(events).toContainEqual({ event: 'view-rebuilt', reason: 'it is missing', keptIn: undefined });
  });

  test('the first one too, which says which journal it is', async () => {
    const expected = await write([commit(1, 10)], [commit(2, 20)]);
    await damageBatch((await journalBatches(folder.path))[0]!);
    const { groups, events } = await folder.open();
    expect(stateOf(groups)).toEqual(expected.state);
    expect(events.map(({ event }) => event)).toEqual(['groups-opened']);
  });
});

/** Appends a record to the journal as a newer release, or a fault of ours, might have written it. */
async function append(key: Buffer | undefined, value: Buffer | undefined): Promise<void> {
  const { log, close } = await folder.open();
  const builder = new BatchBuilder();
  builder.append({ timestampMs: 1, key, value });
  await log.append(JOURNAL_TOPIC, 0, builder.build());
  await close();
}

describe('a record that cannot be understood', () => {
  const { key, value } = encodeFact(commit(1, 99));
  const newerValue = Buffer.from(value!);
  newerValue.writeInt16BE(4, 0);

  test.each([
    ['a value of a newer release', key, newerValue],
    ['a value that is cut off', key, value!.subarray(0, 9)],
    ['no key', undefined, value],
    ['an empty key', Buffer.alloc(0), value],
  ])('%s is told, and leaves what was there before', async (_what, itsKey, itsValue) => {
    const expected = await write([commit(1, 10)]);
    await append(itsKey, itsValue);
    const { groups, events, close } = await folder.open();
    expect(stateOf(groups)).toEqual(expected.state);
    expect(events).toContainEqual({ event: 'journal-damaged', startOffset: 2, endOffset: 3 });
    await close();
    // Told once: the view is beyond it.
    const again = await folder.open();
    expect(stateOf(again.groups)).toEqual(expected.state);
    expect(again.events.map(({ event }) => event)).toEqual(['groups-opened']);
  });

  test('a key of a newer release is passed over', async () => {
    const expected = await write([commit(1, 10)]);
    await append(Buffer.from('7fff', 'hex'), Buffer.from('whatever'));
    const { groups, events } = await folder.open();
    expect(stateOf(groups)).toEqual(expected.state);
    expect(events.map(({ event }) => event)).toEqual(['groups-opened']);
  });
});

describe('a view that the journal has left behind is rebuilt:', () => {
  test('another journal', async () => {
    await write([commit(1, 10)]);
    const kept = join(folder.path, 'kept-view');
    await rename(folder.viewDir, kept);
    const { log, close } = await folder.open();
    await log.deleteTopic(JOURNAL_TOPIC);
    await close();
    const expected = await write([commit(2, 5)], [commit(2, 6)]);
    await rm(folder.viewDir, { recursive: true });
    await rename(kept, folder.viewDir);
    const { groups, events } = await folder.open();
    expect(stateOf(groups)).toEqual(expected.state);
    expect(events).toContainEqual({
      event: 'view-rebuilt',
      reason: 'it belongs to another journal',
      keptIn: expect.stringContaining(`${folder.viewDir}.corrupt-`),
    });
  });

  test('a journal that has lost its end', async () => {
    const expected = await write([commit(1, 10)]);
    const before = await mkdtemp(join(tmpdir(), 'respool-before-'));
    await cp(folder.path, before, { recursive: true });
    await write([commit(1, 11)]);
    const view = join(before, basename(folder.viewDir));
    await rm(view, { recursive: true });
    await rename(folder.viewDir, view);
    await rm(folder.path, { recursive: true });
    await rename(before, folder.path);
    const { groups, events } = await folder.open();
    expect(stateOf(groups)).toEqual(expected.state);
    expect(events).toContainEqual(
      expect.objectContaining({
        event: 'view-rebuilt',
        reason: 'it reflects the journal up to 3, which ends at 2',
      }),
    );
  });

  test('a journal whose beginning was cut off beyond it', async () => {
    const first = await folder.open();
    await first.groups.write([commit(1, 10)]);
    await first.close();
    const second = await folder.open();
    for (let offset = 20; offset < 30; offset += 1) await second.groups.write([commit(2, offset)]);
    await second.log.truncatePrefix(JOURNAL_TOPIC, 0, 8);
    // As after a crash: the view does not follow.
    await second.log.close();
    const { groups, events } = await folder.open();
    expect(groups.committed('g', 't', 2)?.offset).toBe(29);
    expect(groups.committed('g', 't', 1)).toBeUndefined();
    expect(events).toContainEqual(
      expect.objectContaining({
        event: 'view-rebuilt',
        reason: 'it ends at 2, before the journal begins at 8',
      }),
    );
  });

  test('a journal that was compacted behind it: a deletion that it never saw may be gone', async () => {
    const first = await folder.open();
    await first.groups.write([commit(1, 10), commit(2, 20)]);
    await first.close();
    const deletion: GroupChange = {
      kind: 'offset',
      group: 'g',
      topic: 't',
      partition: 1,
      committed: undefined,
    };
    const { groups, log } = await folder.open();
    await groups.write([deletion]);
    await log.alterTopic(JOURNAL_TOPIC, {
      set: { segmentBytes: 1024, deleteRetentionMs: 0, minCleanableDirtyRatio: 0 },
    });
    for (let offset = 21; offset < 90; offset += 1) await groups.write([commit(2, offset)]);
    await log.cleanUp();
    await log.cleanUp();
    await log.close();
    const batches = await journalBatches(folder.path);
    expect(batches.length).toBeLessThan(40);
    const { groups: reopened, events } = await folder.open();
    expect(reopened.committed('g', 't', 1)).toBeUndefined();
    expect(reopened.committed('g', 't', 2)?.offset).toBe(89);
    expect(events).toContainEqual(
      expect.objectContaining({
        event: 'view-rebuilt',
        reason: expect.stringContaining('was compacted behind 3'),
      }),
    );
  });
});

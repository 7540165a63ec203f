import { describe, expect, test } from 'vitest';
import type { GroupChange } from '../../../consumer-groups/group-store.js';
import { JOURNAL_TOPIC } from '../../../consumer-groups/journal/journal-topic.js';
import { WatchedFileSystem } from '../../segment-store/fixtures/watched-file-system.js';
import { ExpectedState, stateOf } from '../group-store/group-state.js';
import { groupStoreFolder, type OpenGroups } from '../group-store/group-store-folder.js';
import { RandomChanges } from '../group-store/random-changes.js';

const folder = groupStoreFolder();

const commit = (partition: number, offset: number, metadata = ''): GroupChange => ({
  kind: 'offset',
  group: 'g',
  topic: 't',
  partition,
  committed: { offset, leaderEpoch: 0, metadata, committedMs: offset },
});

const offsetOf = ({ groups }: OpenGroups, partition: number): number | undefined =>
  groups.committed('g', 't', partition)?.offset;

test('what is being written is not seen before it is durable, and then all of it at once', async () => {
  const files = new WatchedFileSystem();
  const open = await folder.open({}, {}, { fs: files.fileSystem });
  const syncs = files.hold('sync', '.log');
  const written = open.groups.write([commit(1, 10), commit(2, 20)]);
  await syncs.arrived;
  expect(open.groups.has('g')).toBe(false);
  syncs.release();
  await written;
  expect([offsetOf(open, 1), offsetOf(open, 2)]).toEqual([10, 20]);
});

test('what comes while one batch is under way goes into one batch together, each write whole and in its order', async () => {
  const files = new WatchedFileSystem();
  const open = await folder.open({}, {}, { fs: files.fileSystem });
  const syncs = files.hold('sync', '.log');
  const first = open.groups.write([commit(0, 1)]);
  await syncs.arrived;
  const settled: number[] = [];
  const rest = Array.from({ length: 100 }, (_, at) =>
    open.groups.write([commit(0, 2 + at), commit(1, 2 + at)]).then(() => settled.push(at)),
  );
  syncs.release();
  await Promise.all([first, ...rest]);
  expect(settled).toEqual(Array.from({ length: 100 }, (_, at) => at));
  expect([offsetOf(open, 0), offsetOf(open, 1)]).toEqual([101, 101]);
  const appended = open.events.filter((event) => event.event === 'journal-appended');
  expect(appended.map(({ changes }) => changes)).toEqual([1, 200]);
  const { highWatermark } = await open.log.bounds(JOURNAL_TOPIC, 0);
  // And the record that says which journal it is.
  expect(highWatermark).toBe(202);
});

test('joined writes do not make batches without end', async () => {
  const open = await folder.open();
  const changes = new RandomChanges(1);
  const expected = new ExpectedState();
  const writes = Array.from({ length: 300 }, () => changes.write(30));
  await Promise.all(
    writes.map(async (write) => {
      await open.groups.write(write);
      expected.apply(write);
    }),
  );
  const sizes = open.events.flatMap((event) => (event.event === 'journal-appended' ? [event.bytes] : []));
  expect(sizes.length).toBeGreaterThan(2);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024);
  expect(stateOf(open.groups)).toEqual(expected.state);
  await open.close();
  expect(stateOf((await folder.open()).groups)).toEqual(expected.state);
});

describe('a write that fails', () => {
  test('in its sync is not seen, and neither is anything after it: nobody knows whether it is stored', async () => {
    const files = new WatchedFileSystem();
    const open = await folder.open({}, {}, { fs: files.fileSystem });
    await open.groups.write([commit(1, 10)]);
    const mend = files.fail('sync', '.log', 'EIO');
    const failed = open.groups.write([commit(1, 11)]);
    const behind = open.groups.write([commit(1, 12)]);
    await expect(failed).rejects.toMatchObject({ code: 'PARTITION_OFFLINE' });
    await expect(behind).rejects.toMatchObject({ code: 'PARTITION_OFFLINE' });
    mend();
    await expect(open.groups.write([commit(1, 13)])).rejects.toMatchObject({ code: 'PARTITION_OFFLINE' });
    expect(offsetOf(open, 1)).toBe(10);
    await open.close();
    expect(offsetOf(await folder.open(), 1)).toBeLessThanOrEqual(12);
  });

  test('because the disk is full changes nothing, and later ones are taken when there is room', async () => {
    const files = new WatchedFileSystem();
    const open = await folder.open({}, {}, { fs: files.fileSystem });
    const mend = files.fail('write', '.log', 'ENOSPC');
    await expect(open.groups.write([commit(1, 10)])).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(open.groups.has('g')).toBe(false);
    mend();
    let tries = 0;
    // The store looks for room every so often.
    for (let refused = true; refused; tries += 1) {
      refused = await open.groups.write([commit(1, 20)]).then(
        () => false,
        (error) => {
          expect(error).toMatchObject({ code: 'DISK_FULL' });
          return new Promise<true>((resolve) => setImmediate(resolve, true));
        },
      );
    }
    expect(tries).toBeGreaterThan(0);
    expect(offsetOf(open, 1)).toBe(20);
    await open.close();
    expect(offsetOf(await folder.open(), 1)).toBe(20);
  });

  test('for one of its changes makes none of them', async () => {
    const open = await folder.open();
    await expect(open.groups.write([commit(1, 10), commit(2, -1)])).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { field: 'offset' },
    });
    expect(open.groups.has('g')).toBe(false);
  });

  test('for its size makes none of its changes, and does not keep others from being made', async () => {
    const open = await folder.open();
    const large = Array.from({ length: 5000 }, (_, partition) => commit(partition, 1, 'm'.repeat(4000)));
    await expect(open.groups.write(large)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { field: 'changes' },
      message: expect.stringContaining('at most 16777216 can be made at once'),
    });
    await open.groups.write(large.slice(0, 4000));
    expect(open.groups.offsetCount('g')).toBe(4000);
  });
});

test('what the caller does with its objects afterwards changes nothing', async () => {
  const open = await folder.open();
  const committed = { offset: 1, leaderEpoch: 0, metadata: '', committedMs: 1 };
  const offsets = [{ topic: 't', partition: 1, offset: 1 }];
  const snapshot = { group: 'g', name: 's', createdMs: 1, pinsRetention: false, offsets };
  const written = open.groups.write([
    { kind: 'offset', group: 'g', topic: 't', partition: 1, committed },
    { kind: 'snapshot', group: 'g', name: 's', snapshot },
  ]);
  committed.offset = 2;
  offsets[0]!.offset = 2;
  await written;
  expect(offsetOf(open, 1)).toBe(1);
  expect(open.groups.snapshot('g', 's')?.offsets).toEqual([{ topic: 't', partition: 1, offset: 1 }]);
});

test('closing waits for what was written; later writes are refused', async () => {
  const open = await folder.open();
  const written = open.groups.write([commit(1, 10)]);
  const closed = open.groups.close();
  await expect(open.groups.write([commit(1, 11)])).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  await written;
  await closed;
  await open.groups.close();
  await open.log.close();
  expect(offsetOf(await folder.open(), 1)).toBe(10);
});

test('a journal whose settings were lost gets them back', async () => {
  const { log, close } = await folder.open();
  await log.alterTopic(JOURNAL_TOPIC, {
    reset: ['cleanupPolicy', 'maxBatchBytes'],
    set: { segmentBytes: 4096 },
  });
  await close();
  const again = await folder.open();
  const [topic] = await again.log.describeTopics([JOURNAL_TOPIC]);
  expect(topic!.internal).toBe(true);
  expect(topic!.config).toMatchObject({
    cleanupPolicy: 'compact',
    segmentBytes: 32 * 1024 ** 2,
    maxBatchBytes: 16 * 1024 ** 2,
  });
});

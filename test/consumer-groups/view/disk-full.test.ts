import { EventEmitter, once } from 'node:events';
import { open as openFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { GroupEvent } from '../../../consumer-groups/index.js';
import { openGroupStore } from '../../../consumer-groups/open-group-store.js';
import { openLogStore, type StoreEvent, systemClock } from '../../../segment-store/index.js';
import { LoopMount } from '../../fixtures/loop-mount.js';
import { hasCommands, isRoot, requireOrSkip } from '../../fixtures/requirement.js';
import { ExpectedState, stateOf } from '../group-store/group-state.js';
import { RandomChanges } from '../group-store/random-changes.js';

const MEBIBYTE = 1024 ** 2;
const canRun = requireOrSkip(
  'groups on a full disk',
  () => isRoot() && hasCommands('mkfs.ext4', 'mount', 'umount'),
  'needs root, loop devices and mkfs.ext4',
);

/** Takes up the room of a disk. */
class Ballast {
  constructor(private readonly path: string) {}

  /** Fills the disk, but for so many bytes. */
  async fill(leaveBytes: number): Promise<void> {
    const file = await openFile(this.path, 'w');
    let size = 0;
    for (let chunk = MEBIBYTE; chunk >= 512; ) {
      const written = await file.write(Buffer.alloc(chunk, 1), 0, chunk, size).then(
        ({ bytesWritten }) => bytesWritten,
        () => 0,
      );
      size += written;
      if (written < chunk) chunk /= 2;
    }
    await file.truncate(Math.max(0, size - leaveBytes));
    await file.sync();
    await file.close();
  }

  remove(): Promise<void> {
    return rm(this.path);
  }
}

describe.runIf(canRun)('on a full disk', () => {
  /** Opens groups on a disk of their own, `between` the log and them doing something; what they and the log tell can be awaited. */
  async function openOn(mount: LoopMount, between: () => Promise<void> = async () => {}) {
    const told = new EventEmitter();
    const events: GroupEvent[] = [];
    const log = await openLogStore(
      { dataDir: join(mount.path, 'data'), freeSpaceReserveBytes: 0 },
      { onEvent: (event: StoreEvent) => told.emit(event.event, event) },
    );
    await between();
    const fatal: Error[] = [];
    const groups = await openGroupStore({
      store: log,
      options: {
        viewDir: join(mount.path, 'data', 'group-view'),
        viewFlushIntervalMs: 1,
        viewTimeoutMs: 20_000,
      },
      clock: systemClock,
      emit: (event) => {
        events.push(event);
        told.emit(event.event, event);
      },
      onFatal: (error) => fatal.push(error),
    });
    const close = async () => {
      await groups.close();
      await log.close();
    };
    return { groups, log, events, told, fatal, close };
  }

  test('commits are refused, offsets are read, the view is sound, and all goes on when there is room', async () => {
    await using mount = await LoopMount.make('ext4', { sizeBytes: 64 * MEBIBYTE });
    const ballast = new Ballast(join(mount.path, 'ballast'));
    const changes = new RandomChanges(1);
    const expected = new ExpectedState();
    const opened = await openOn(mount);
    const write = async (): Promise<unknown> => {
      const made = changes.write(20);
      return opened.groups.write(made).then(
        () => {
          expected.apply(made);
          return undefined;
        },
        (error: unknown) => error,
      );
    };
    for (let round = 0; round < 50; round += 1) expect(await write()).toBeUndefined();
    await ballast.fill(0);
    let refused: unknown;
    while (refused === undefined) refused = await write();
    expect(refused).toMatchObject({ code: 'DISK_FULL' });
    expect(stateOf(opened.groups)).toEqual(expected.state);
    const recovered = once(opened.told, 'disk-recovered');
    await ballast.remove();
    await recovered;
    for (let round = 0; round < 50; round += 1) expect(await write()).toBeUndefined();
    await opened.close();
    expect(opened.fatal).toEqual([]);
    const again = await openOn(mount);
    expect(stateOf(again.groups)).toEqual(expected.state);
    expect(again.events).toEqual([expect.objectContaining({ event: 'groups-opened', replayed: 0 })]);
    await again.close();
  }, 60_000);

  test('a view that finds no room to grow is written again when there is some, and nothing is lost meanwhile', async () => {
    await using mount = await LoopMount.make('ext4', { sizeBytes: 64 * MEBIBYTE });
    const ballast = new Ballast(join(mount.path, 'ballast'));
    const changes = new RandomChanges(2, { groups: 20, topics: 10, partitions: 200 });
    const expected = new ExpectedState();
    const opened = await openOn(mount);
    const write = async (): Promise<void> => {
      const made = changes.write(1000);
      await opened.groups.write(made);
      expected.apply(made);
    };
    await write();
    const failed = once(opened.told, 'background-error');
    await ballast.fill(900 * 1024);
    for (let round = 0; round < 4; round += 1) await write();
    const [error] = await failed;
    expect(error).toMatchObject({ doing: 'writing the view of the groups', error: { code: 'ENOSPC' } });
    expect(stateOf(opened.groups)).toEqual(expected.state);
    await ballast.remove();
    await opened.close();
    expect(opened.fatal).toEqual([]);
    expect((await stat(join(mount.path, 'data', 'group-view', 'data.mdb'))).size).toBeGreaterThan(MEBIBYTE);
    const again = await openOn(mount);
    expect(stateOf(again.groups)).toEqual(expected.state);
    expect(again.events).toEqual([expect.objectContaining({ event: 'groups-opened', replayed: 0 })]);
    await again.close();
  }, 60_000);

  test('a start without a view, or without room for its lock file, reads the journal, and a view is made later', async () => {
    await using mount = await LoopMount.make('ext4', { sizeBytes: 64 * MEBIBYTE });
    const ballast = new Ballast(join(mount.path, 'ballast'));
    const viewDir = join(mount.path, 'data', 'group-view');
    const expected = new ExpectedState();
    const first = await openOn(mount);
    for (const made of [new RandomChanges(3).write(200), new RandomChanges(4).write(200)]) {
      await first.groups.write(made);
      expected.apply(made);
    }
    await first.close();
    for (const lost of [join(viewDir, 'data.mdb-lock'), viewDir]) {
      await rm(lost, { recursive: true });
      const full = await openOn(mount, () => ballast.fill(0));
      const failed = once(full.told, 'background-error');
      expect(stateOf(full.groups)).toEqual(expected.state);
      expect(full.events).toContainEqual(expect.objectContaining({ event: 'view-rebuilt' }));
      await failed;
      await ballast.remove();
      await full.close();
      expect(full.fatal).toEqual([]);
      const again = await openOn(mount);
      expect(stateOf(again.groups)).toEqual(expected.state);
      expect(again.events).toEqual([expect.objectContaining({ event: 'groups-opened', replayed: 0 })]);
      await again.close();
    }
  }, 60_000);
});

/** Positions of groups, kept under names. */
import { type Clock, type Mutex, StoreError } from '../../segment-store/index.js';
import { checkSnapshotName } from '../group-name.js';
import type { GroupStore, StoredSnapshot } from '../group-store.js';
import type { GroupSnapshot } from '../groups.js';
import type { KnownGroups } from '../known-groups.js';
import type { GroupOptions } from '../options.js';
import { byPlace } from '../partition-order.js';
import { snapshotExists, snapshotNotFound } from '../refusals.js';
import type { RetentionPins } from './retention-pins.js';

export class Snapshots {
  constructor(
    private readonly store: GroupStore,
    private readonly known: KnownGroups,
    private readonly pins: RetentionPins,
    /** Orders changes of snapshots, so that names stay unique and a group's deletion leaves none behind. */
    private readonly changes: Mutex,
    private readonly clock: Clock,
    private readonly options: Pick<GroupOptions, 'maxGroupSnapshots'>,
  ) {}

  /** See `Groups.createSnapshot`. Of a group with members it takes what is committed, all of it at one moment. */
  async create(group: string, name: string, pinsRetention: boolean): Promise<GroupSnapshot> {
    checkSnapshotName(name);
    return this.changes.run(async () => {
      this.#checkNew(group, name);
      const snapshot = this.#take(group, name, pinsRetention);
      // Before anybody can rely on it. A pin that was placed for nothing is let go of; one that is missing loses records.
      this.pins.place(snapshot);
      try {
        await this.store.write([{ kind: 'snapshot', group, name, snapshot }]);
      } catch (error) {
        this.pins.release(snapshot);
        throw error;
      }
      return snapshot;
    });
  }

  /** See `Groups.listSnapshots`. */
  list(group: string): GroupSnapshot[] {
    this.known.check(group);
    return this.store.snapshots(group);
  }

  /** See `Groups.describeSnapshot`. */
  describe(group: string, name: string): GroupSnapshot {
    this.known.check(group);
    const snapshot = this.store.snapshot(group, name);
    if (snapshot === undefined) throw snapshotNotFound(group, name);
    return snapshot;
  }

  /** See `Groups.deleteSnapshot`. */
  async delete(group: string, name: string): Promise<void> {
    await this.changes.run(async () => {
      const snapshot = this.describe(group, name);
      await this.store.write([{ kind: 'snapshot', group, name, snapshot: undefined }]);
      this.pins.release(snapshot);
    });
  }

  /** Places the pins of all snapshots anew: the log forgets them when it closes. */
  pinAll(): void {
    for (const group of this.store.groups()) {
      for (const snapshot of this.store.snapshots(group)) this.pins.place(snapshot);
    }
  }

  #checkNew(group: string, name: string): void {
    this.known.check(group);
    if (this.store.snapshot(group, name) !== undefined) throw snapshotExists(group, name);
    const { maxGroupSnapshots: limit } = this.options;
    if (this.store.snapshots(group).length < limit) return;
    const message = `The group "${group}" has ${limit} snapshots, which is the limit (maxGroupSnapshots)`;
    throw new StoreError('TOO_MANY', message, { what: 'snapshots', limit });
  }

  #take(group: string, name: string, pinsRetention: boolean): StoredSnapshot {
    const offsets = [...this.store.offsets(group)].map(({ topic, partition, committed: { offset } }) => ({
      topic,
      partition,
      offset,
    }));
    if (offsets.length === 0) {
      const message = `The group "${group}" has no committed offsets, so there is nothing to keep`;
      throw new StoreError('INVALID_ARGUMENT', message, { field: 'group' });
    }
    return { group, name, createdMs: this.clock.wallMs(), pinsRetention, offsets: offsets.sort(byPlace) };
  }
}

/** Deleting groups. */
import type { Mutex } from '../segment-store/index.js';
import type { ActiveGroups } from './active-groups.js';
import type { GroupEventListener } from './group-event.js';
import type { GroupChange, GroupStore } from './group-store.js';
import type { KnownGroups } from './known-groups.js';
import type { RetentionPins } from './snapshot/retention-pins.js';

export class GroupDeletion {
  constructor(
    private readonly store: GroupStore,
    private readonly active: ActiveGroups,
    private readonly known: KnownGroups,
    private readonly pins: RetentionPins,
    /** Orders changes of snapshots: none may be taken meanwhile, it would outlive its group. */
    private readonly snapshotChanges: Mutex,
    private readonly emit: GroupEventListener,
  ) {}

  /** See `Groups.delete`. */
  async delete(group: string): Promise<void> {
    this.known.check(group);
    await this.active.whileEmpty(group, () => this.snapshotChanges.run(() => this.#delete(group)));
    this.emit({ event: 'group-deleted', group });
  }

  async #delete(group: string): Promise<void> {
    this.known.check(group);
    const snapshots = this.store.snapshots(group);
    await this.store.write(this.#changes(group));
    for (const snapshot of snapshots) this.pins.release(snapshot);
  }

  #changes(group: string): GroupChange[] {
    const changes: GroupChange[] = [{ kind: 'group', group, state: undefined }];
    for (const { name } of this.store.snapshots(group)) {
      changes.push({ kind: 'snapshot', group, name, snapshot: undefined });
    }
    for (const { topic, partition } of this.store.offsets(group)) {
      changes.push({ kind: 'offset', group, topic, partition, committed: undefined });
    }
    return changes;
  }
}

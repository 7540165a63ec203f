/** What the journal comes to: groups, offsets and snapshots in memory. Some 120 bytes for an offset. */
import type { CommittedOffset, TopicPartition } from '../committed-offset.js';
import type { GroupChange, StoredGroup, StoredSnapshot } from '../group-store.js';

interface FoldedGroup {
  state: StoredGroup | undefined;
  /** By topic and partition. */
  readonly topics: Map<string, Map<number, CommittedOffset>>;
  offsets: number;
  /** By name. */
  readonly snapshots: Map<string, StoredSnapshot>;
}

/**
 * Invariants: a group is there if and only if it has a state, an offset or a snapshot; a topic of a group, if it has an offset;
 * `offsets` counts them. What is handed out is never changed, only replaced.
 */
export class FoldedGroups {
  readonly #groups = new Map<string, FoldedGroup>();
  #offsets = 0;
  #snapshots = 0;

  get totalGroups(): number {
    return this.#groups.size;
  }

  get totalOffsets(): number {
    return this.#offsets;
  }

  get totalSnapshots(): number {
    return this.#snapshots;
  }

  groups(): IterableIterator<string> {
    return this.#groups.keys();
  }

  has(group: string): boolean {
    return this.#groups.has(group);
  }

  state(group: string): StoredGroup | undefined {
    return this.#groups.get(group)?.state;
  }

  committed(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#groups.get(group)?.topics.get(topic)?.get(partition);
  }

  *offsets(group: string): IterableIterator<TopicPartition & { committed: CommittedOffset }> {
    for (const [topic, partitions] of this.#groups.get(group)?.topics ?? []) {
      for (const [partition, committed] of partitions) yield { topic, partition, committed };
    }
  }

  offsetCount(group: string): number {
    return this.#groups.get(group)?.offsets ?? 0;
  }

  snapshot(group: string, name: string): StoredSnapshot | undefined {
    return this.#groups.get(group)?.snapshots.get(name);
  }

  /** Oldest first. */
  snapshots(group: string): StoredSnapshot[] {
    const found = [...(this.#groups.get(group)?.snapshots.values() ?? [])];
    return found.sort((a, b) => a.createdMs - b.createdMs || (a.name < b.name ? -1 : 1));
  }

  /** Everything, as the changes that would make it from nothing. Some 0.1 µs each, all in one step. */
  all(): GroupChange[] {
    const changes: GroupChange[] = [];
    for (const [group, { state, topics, snapshots }] of this.#groups) {
      if (state) changes.push({ kind: 'group', group, state });
      for (const [topic, partitions] of topics) {
        for (const [partition, committed] of partitions) {
          changes.push({ kind: 'offset', group, topic, partition, committed });
        }
      }
      for (const [name, snapshot] of snapshots) changes.push({ kind: 'snapshot', group, name, snapshot });
    }
    return changes;
  }

  /** Makes a change. Returns the one that would undo it. */
  fold(change: GroupChange): GroupChange {
    const group = this.#groups.get(change.group) ?? this.#add(change.group);
    const undo = this.#foldInto(group, change);
    if (group.state === undefined && group.offsets === 0 && group.snapshots.size === 0) {
      this.#groups.delete(change.group);
    }
    return undo;
  }

  clear(): void {
    this.#groups.clear();
    this.#offsets = 0;
    this.#snapshots = 0;
  }

  #add(name: string): FoldedGroup {
    const group: FoldedGroup = { state: undefined, topics: new Map(), offsets: 0, snapshots: new Map() };
    this.#groups.set(name, group);
    return group;
  }

  #foldInto(group: FoldedGroup, change: GroupChange): GroupChange {
    switch (change.kind) {
      case 'group': {
        const { state } = group;
        group.state = change.state;
        return { ...change, state };
      }
      case 'offset':
        return { ...change, committed: this.#foldOffset(group, change) };
      case 'snapshot': {
        const snapshot = group.snapshots.get(change.name);
        if (change.snapshot) group.snapshots.set(change.name, change.snapshot);
        else group.snapshots.delete(change.name);
        this.#snapshots += Number(change.snapshot !== undefined) - Number(snapshot !== undefined);
        return { ...change, snapshot };
      }
    }
  }

  /** Returns what was there before. */
  #foldOffset(
    group: FoldedGroup,
    { topic, partition, committed }: GroupChange & { kind: 'offset' },
  ): CommittedOffset | undefined {
    const partitions = group.topics.get(topic);
    const before = partitions?.get(partition);
    if (committed !== undefined) {
      if (partitions) partitions.set(partition, committed);
      else group.topics.set(topic, new Map([[partition, committed]]));
    } else if (partitions?.delete(partition) && partitions.size === 0) {
      group.topics.delete(topic);
    }
    const more = Number(committed !== undefined) - Number(before !== undefined);
    group.offsets += more;
    this.#offsets += more;
    return before;
  }
}

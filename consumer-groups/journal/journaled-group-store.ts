/** The group store: writes go to the journal, what is durable there is folded into memory, and everything is read from memory. */
import { StoreError } from '../../segment-store/index.js';
import type { CommittedOffset, TopicPartition } from '../committed-offset.js';
import type { GroupChange, GroupStore, StoredGroup, StoredSnapshot } from '../group-store.js';
import type { FoldedGroups } from './folded-groups.js';
import { encodeFact } from './journal-record.js';
import type { JournalWriter } from './journal-writer.js';

export class JournaledGroupStore implements GroupStore {
  #closing: Promise<void> | undefined;

  constructor(
    private readonly folded: FoldedGroups,
    private readonly journal: JournalWriter,
    /** Ends what follows the journal; called when nothing is written any more. */
    private readonly closeView: () => Promise<void>,
  ) {}

  groups(): IterableIterator<string> {
    return this.folded.groups();
  }

  has(group: string): boolean {
    return this.folded.has(group);
  }

  state(group: string): StoredGroup | undefined {
    return this.folded.state(group);
  }

  committed(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.folded.committed(group, topic, partition);
  }

  offsets(group: string): IterableIterator<TopicPartition & { committed: CommittedOffset }> {
    return this.folded.offsets(group);
  }

  offsetCount(group: string): number {
    return this.folded.offsetCount(group);
  }

  get totalOffsets(): number {
    return this.folded.totalOffsets;
  }

  snapshot(group: string, name: string): StoredSnapshot | undefined {
    return this.folded.snapshot(group, name);
  }

  snapshots(group: string): StoredSnapshot[] {
    return this.folded.snapshots(group);
  }

  async write(changes: readonly GroupChange[]): Promise<void> {
    // An async function runs to its first await at once, so the order of calls is the order of changes.
    if (this.#closing !== undefined) throw new StoreError('SHUTTING_DOWN', 'The groups are closing', {});
    if (changes.length === 0) return;
    const taken = changes.map(copyOf);
    return this.journal.write({ changes: taken, records: taken.map(encodeFact) });
  }

  close(): Promise<void> {
    this.#closing ??= this.journal.drained().then(this.closeView);
    return this.#closing;
  }
}

/** What the caller does with its objects afterwards must not reach what is kept. */
function copyOf(change: GroupChange): GroupChange {
  switch (change.kind) {
    case 'offset': {
      const { kind, group, topic, partition, committed } = change;
      return { kind, group, topic, partition, committed: committed && copyOfCommitted(committed) };
    }
    case 'group':
      return { kind: 'group', group: change.group, state: change.state && { ...change.state } };
    case 'snapshot':
      return {
        ...change,
        snapshot: change.snapshot && copyOfSnapshot(change.group, change.name, change.snapshot),
      };
  }
}

/** Field by field: all of them have one shape then, and no field that nobody asked for costs memory. */
function copyOfCommitted({ offset, leaderEpoch, metadata, committedMs }: CommittedOffset): CommittedOffset {
  return { offset, leaderEpoch, metadata, committedMs };
}

function copyOfSnapshot(group: string, name: string, snapshot: StoredSnapshot): StoredSnapshot {
  const offsets = snapshot.offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
  return { group, name, createdMs: snapshot.createdMs, pinsRetention: snapshot.pinsRetention, offsets };
}

import type { respool } from '../../proto/index.js';
import type { AssignedPartition } from './consumer-options.js';
import { partitionKey } from './offsets-to-commit.js';
import { OwnedPartition } from './owned-partition.js';

type AssignmentChange = respool.v1.AssignmentChange.$Properties;

/**
 * Which partitions are the consumer's: as the broker last said, and as the loop was told. The broker speaks at any time, the loop listens between two records; what lies
 * between is what it is to be told next. No more is kept than that, however often partitions come and go meanwhile.
 */
export class Assignment {
  /** As the broker last said. */
  readonly #owned = new Map<string, OwnedPartition>();
  /** As the loop was told. */
  readonly #known = new Map<string, OwnedPartition>();
  readonly #toAssign = new Set<OwnedPartition>();
  readonly #toRevoke = new Set<OwnedPartition>();
  readonly #toLose = new Map<string, OwnedPartition>();

  /** The partition, if it is the consumer's. */
  owned(key: string): OwnedPartition | undefined {
    return this.#owned.get(key);
  }

  /** The partition, if the loop was told of it. */
  known(key: string): OwnedPartition | undefined {
    return this.#known.get(key);
  }

  allOwned(): IterableIterator<OwnedPartition> {
    return this.#owned.values();
  }

  allKnown(): IterableIterator<OwnedPartition> {
    return this.#known.values();
  }

  /** True if there is something to tell the loop. */
  get hasNews(): boolean {
    return this.#toLose.size > 0 || this.#toRevoke.size > 0 || this.#toAssign.size > 0;
  }

  /** Takes a change. Returns the partitions that can be released at once: revoked before the loop was told of them. */
  apply({ assigned, lost, revoked }: AssignmentChange): OwnedPartition[] {
    for (const name of lost ?? []) this.#lose(keyOf(name));
    for (const partition of assigned ?? []) this.#assign(fromWire(partition));
    return (revoked ?? []).flatMap((name) => this.#revoke(keyOf(name)) ?? []);
  }

  /** The membership has ended: nothing is the consumer's any more. */
  loseAll(): void {
    for (const key of [...this.#owned.keys()]) this.#lose(key);
  }

  /** The partitions that the loop takes for its own and that are gone. It is told by this. */
  takeLost(): OwnedPartition[] {
    const lost = [...this.#toLose.values()];
    this.#toLose.clear();
    for (const partition of lost) {
      if (this.#known.get(partition.key) === partition) this.#known.delete(partition.key);
    }
    return lost;
  }

  /** The partitions that are to be released; they are {@link release}d when the loop is done with them. */
  toRevoke(): OwnedPartition[] {
    return [...this.#toRevoke];
  }

  /** The loop is done with a partition. True if it is the consumer's still, so that the broker is to be told. */
  release(partition: OwnedPartition): boolean {
    const { key, live } = partition;
    this.#toRevoke.delete(partition);
    this.#toAssign.delete(partition);
    const known = this.#known.get(key);
    // Also one that was superseded, unless its loss is still to be told.
    if (known === partition || (known?.live === false && !this.#toLose.has(key))) this.#known.delete(key);
    if (this.#toLose.get(key) === partition) this.#toLose.delete(key);
    if (this.#owned.get(key) === partition) this.#owned.delete(key);
    partition.retire();
    return live;
  }

  /** New partitions. The loop knows them from now on; `before` is what it had of the same one, if it was given anew. */
  takeAssigned(): { partition: OwnedPartition; before: OwnedPartition | undefined }[] {
    const assigned = [...this.#toAssign].map((partition) => ({
      partition,
      before: this.#known.get(partition.key),
    }));
    this.#toAssign.clear();
    for (const { partition } of assigned) this.#known.set(partition.key, partition);
    return assigned;
  }

  #assign(assigned: AssignedPartition): void {
    const partition = new OwnedPartition(assigned);
    const before = this.#owned.get(partition.key);
    if (before !== undefined) this.#supersede(before, partition);
    this.#owned.set(partition.key, partition);
    this.#toAssign.add(partition);
  }

  /** A reset moves a partition; that it is paused stays. */
  #supersede(before: OwnedPartition, partition: OwnedPartition): void {
    this.#toAssign.delete(before);
    this.#toRevoke.delete(before);
    before.retire();
    partition.paused = before.paused;
    if (partition.paused) partition.dropSent();
  }

  #revoke(key: string): OwnedPartition | undefined {
    const partition = this.#owned.get(key);
    if (partition === undefined) return undefined;
    partition.revoked = true;
    if (!this.#toAssign.delete(partition)) {
      this.#toRevoke.add(partition);
      return undefined;
    }
    if (this.#known.has(key) && !this.#toLose.has(key)) {
      // The loop has it in an older generation, and is asked to let go all the same. What it commits until then is of that one: under the new one it would undo the reset.
      this.#toRevoke.add(partition);
      return undefined;
    }
    this.release(partition);
    return partition;
  }

  #lose(key: string): void {
    const partition = this.#owned.get(key);
    if (partition === undefined) return;
    this.#owned.delete(key);
    this.#toAssign.delete(partition);
    this.#toRevoke.delete(partition);
    partition.retire();
    const known = this.#known.get(key);
    if (known !== undefined) this.#toLose.set(key, known);
  }
}

function keyOf({ topic, partition }: respool.v1.TopicPartition.$Properties): string {
  return partitionKey({ topic: topic ?? '', partition: partition ?? 0 });
}

function fromWire(wire: respool.v1.AssignedPartition.$Properties): AssignedPartition {
  return {
    topic: wire.topic ?? '',
    partition: wire.partition ?? 0,
    generation: wire.generation ?? 0,
    startOffset: wire.startOffset ?? 0,
    committedOffset: wire.committedOffset ?? undefined,
  };
}

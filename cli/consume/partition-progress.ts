import type { AssignedPartition, OffsetToCommit, TopicPartition } from '../../sdk/index.js';

interface Progress extends TopicPartition {
  /** The next offset to read. */
  position: number;
  /** Where the log ended when the partition was assigned. */
  endOffset: number;
  /** The committed offset; undefined: there is none. */
  committed: number | undefined;
}

/**
 * Where a member is in each of its partitions.
 *
 * Invariants: it holds the partitions that are the member's, and no others; a position never goes back while a partition stays.
 */
export class PartitionProgress {
  readonly #partitions = new Map<string, Progress>();

  /** How many partitions are the member's. */
  get size(): number {
    return this.#partitions.size;
  }

  /**
   * A partition is the member's from now on, or is so anew, from another offset. Where nothing was committed yet, its start is to be committed, too: or else who joins later would
   * begin somewhere else.
   */
  assigned(assigned: AssignedPartition, endOffset: number): void {
    const { topic, partition, startOffset: position, committedOffset: committed } = assigned;
    this.#partitions.set(keyOf(assigned), { topic, partition, position, endOffset, committed });
  }

  /** Partitions are no longer the member's. */
  gone(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#partitions.delete(keyOf(partition));
  }

  /** All before `offset` is done with. Nothing happens for a partition that is not the member's any more. */
  reached(partition: TopicPartition, offset: number): void {
    const progress = this.#partitions.get(keyOf(partition));
    if (progress !== undefined) progress.position = Math.max(progress.position, offset);
  }

  /** True if every partition was read up to where its log ended when it was assigned. */
  get atEnd(): boolean {
    return [...this.#partitions.values()].every(({ position, endOffset }) => position >= endOffset);
  }

  /** What is to be committed: positions beyond the committed offsets. Say when it is stored, or else it will be due again. */
  uncommitted(): { offsets: OffsetToCommit[]; stored(): void } {
    const due = [...this.#partitions.values()]
      .filter(({ position, committed }) => committed === undefined || position > committed)
      .map((progress) => ({ progress, offset: progress.position }));
    return {
      offsets: due.map(({ progress: { topic, partition }, offset }) => ({ topic, partition, offset })),
      // Of a partition that was given anew meanwhile this says nothing: it has another object.
      stored: () => {
        for (const { progress, offset } of due) progress.committed = offset;
      },
    };
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

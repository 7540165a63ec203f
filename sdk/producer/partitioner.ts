import { partitionForKey } from '../../proto/record-batch/index.js';

/**
 * Which partition a record without a key goes to: one until it has been given a batch's worth of bytes, then the next, so that batches get full.
 * Begins anywhere, so that many producers do not fill the same one.
 */
export class StickyPartition {
  #partition: number;
  #bytes = 0;

  /** @param random from 0 to, not including, 1 */
  constructor(partitions: number, random = Math.random()) {
    this.#partition = Math.floor(random * partitions);
  }

  /** The partition for the next record. */
  current(partitions: number): number {
    if (this.#partition >= partitions) this.#partition = 0;
    return this.#partition;
  }

  /** Notes that the current partition was given `bytes`; moves on once they are `batchBytes`. */
  note(bytes: number, batchBytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < batchBytes) return;
    this.#bytes = 0;
    this.#partition++;
  }
}

/** The partition of a key: the one that Kafka's default partitioner chooses. */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return partitionForKey(key, partitions);
}

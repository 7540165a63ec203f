import { FetchedBatch, type StoredBatch } from '../reader/index.js';
import type { AssignedPartition } from './consumer-options.js';

/** One batch of a partition as a group is given it: as it was stored, checked and decompressed; its records are decoded when they are asked for. */
export class ConsumedBatch extends FetchedBatch {
  /** In which the partition was assigned to the consumer. A fence for what you write elsewhere: refuse what comes with an older one. */
  readonly generation: number;
  readonly #assigned: AssignedPartition;
  readonly #stored: StoredBatch;

  /** @internal Made by the consumer. */
  constructor(assigned: AssignedPartition, stored: StoredBatch, highWatermark: number) {
    const wanted = { startOffset: stored.startOffset, endOffset: Number.POSITIVE_INFINITY };
    super(assigned, stored.header, stored.records, wanted, highWatermark);
    this.generation = assigned.generation;
    this.#assigned = assigned;
    this.#stored = stored;
  }

  /** @internal The same batch without the records before an offset. */
  from(startOffset: number): ConsumedBatch {
    return new ConsumedBatch(this.#assigned, { ...this.#stored, startOffset }, this.highWatermark);
  }
}

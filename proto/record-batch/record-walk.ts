import type { BatchHeader } from './header.js';
import { InvalidBatchError } from './invalid-batch-error.js';
import type { RecordCursor } from './record-cursor.js';

/**
 * Checks the records of a producer's batch, as many at a time as the caller likes: that each is well-formed, that their offsets are
 * dense, that no time is negative, and that the header's largest timestamp is the largest.
 */
export class RecordWalk {
  readonly #cursor: RecordCursor;
  readonly #header: BatchHeader;
  #maxTimestamp = -1;

  /** `cursor` must be at the beginning, and count offsets from 0. */
  constructor(cursor: RecordCursor, header: BatchHeader) {
    this.#cursor = cursor;
    this.#header = header;
  }

  /** Checks up to `most` records more; true when all are checked. Throws {@link InvalidBatchError}. */
  step(most: number): boolean {
    try {
      return this.#step(most);
    } catch (error) {
      // Without the offset: before the batch is stored it has none.
      if (error instanceof InvalidBatchError) throw new InvalidBatchError(error.reason);
      throw error;
    }
  }

  #step(most: number): boolean {
    const cursor = this.#cursor;
    for (let left = most; left > 0; left--) {
      if (!cursor.next()) return this.#finish();
      if (cursor.offset !== cursor.index) {
        throw new InvalidBatchError(
          `record ${cursor.index} has offset delta ${cursor.offset}; expected ${cursor.index}`,
        );
      }
      if (cursor.timestampMs < 0) {
        throw new InvalidBatchError(
          `record ${cursor.index} has timestamp ${cursor.timestampMs}; expected 0 or more`,
        );
      }
      if (cursor.timestampMs > this.#maxTimestamp) this.#maxTimestamp = cursor.timestampMs;
      cursor.checkHeaders();
    }
    return false;
  }

  #finish(): true {
    if (this.#maxTimestamp !== this.#header.maxTimestamp) {
      throw new InvalidBatchError(
        `max timestamp is ${this.#header.maxTimestamp}; the largest of its records is ${this.#maxTimestamp}`,
      );
    }
    return true;
  }
}

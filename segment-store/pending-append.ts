/** A batch that was given its offsets and is on its way to the disk. */
import type { BatchHeader } from '../proto/record-batch/index.js';
import type { StampedBatch } from './segment.js';

export class PendingAppend implements StampedBatch {
  /** Resolves when the batch is as durable as it shall be; rejects if it was not stored, or nobody knows. */
  readonly stored: Promise<void>;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;

  constructor(
    readonly header: BatchHeader,
    readonly bytes: Buffer,
  ) {
    this.stored = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get nextOffset(): number {
    return this.header.baseOffset + this.header.lastOffsetDelta + 1;
  }

  succeed(): void {
    this.#resolve();
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}

/** Checks compressed batches to the last record before they are stored, off the event loop and a few at a time. */
import {
  type BatchHeader,
  HEADER_BYTES,
  InvalidBatchError,
  isCompressed,
  readHeader,
  validateCompressedBatch,
} from '../../proto/record-batch/index.js';
import { StoreError } from '../../segment-store/index.js';
import { Semaphore } from './semaphore.js';

/** Two: one decompresses while the other is walked. Each may take `maxUncompressedBytes`. */
const CONCURRENT_CHECKS = 2;

export class BatchCheck {
  readonly #turns = new Semaphore(CONCURRENT_CHECKS);

  constructor(readonly maxUncompressedBytes: number) {}

  /**
   * The header of a compressed batch, once all of it is checked; undefined for one that is not compressed (or hopeless): the
   * store checks that itself, at once. Rejects with INVALID_BATCH.
   */
  check(topic: string, partition: number, batch: Buffer): Promise<BatchHeader> | undefined {
    if (batch.length < HEADER_BYTES || !isCompressed(readHeader(batch))) return undefined;
    return this.#turns.run(async () => {
      try {
        return await validateCompressedBatch(batch, { maxUncompressedBytes: this.maxUncompressedBytes });
      } catch (error) {
        throw error instanceof InvalidBatchError ? refused(topic, partition, error) : error;
      }
    });
  }
}

function refused(topic: string, partition: number, error: InvalidBatchError): StoreError {
  const details = { topic, partition, reason: error.reason };
  return new StoreError('INVALID_BATCH', `the batch is not valid: ${error.reason}`, details, {
    cause: error,
  });
}

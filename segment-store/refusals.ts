/** Why a partition does not take a batch, in words. */
import { type BatchHeader, InvalidBatchError, validateBatch } from '../proto/record-batch/index.js';
import { StoreError } from './errors.js';
import type { SequenceVerdict } from './producer-state.js';

/** A partition by its place in the log. */
interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** The header of a batch that was checked, all but the inside of a compressed one; throws INVALID_BATCH. */
export function checkBatch(place: Place, bytes: Buffer, maxUncompressedBytes: number): BatchHeader {
  try {
    return validateBatch(bytes, { maxUncompressedBytes });
  } catch (error) {
    if (!(error instanceof InvalidBatchError)) throw error;
    const { topic, partition } = place;
    const { reason } = error;
    throw new StoreError('INVALID_BATCH', `Not a valid record batch: ${reason}`, {
      topic,
      partition,
      reason,
    });
  }
}

export function tooLarge(sizeBytes: number, limitBytes: number): StoreError<'RECORD_TOO_LARGE'> {
  const message = `The batch has ${sizeBytes} bytes; the topic's limit (maxBatchBytes) is ${limitBytes}`;
  return new StoreError('RECORD_TOO_LARGE', message, { sizeBytes, limitBytes });
}

export function unexpectedOffset(
  { topic, partition }: Place,
  expectedOffset: number,
  endOffset: number,
): StoreError<'UNEXPECTED_OFFSET'> {
  const message = `The log ends at ${endOffset}, not at the expected ${expectedOffset}`;
  return new StoreError('UNEXPECTED_OFFSET', message, { topic, partition, expectedOffset, endOffset });
}

export function offlineSince({ topic, partition }: Place, cause: Error): StoreError<'PARTITION_OFFLINE'> {
  const message = `${topic}-${partition} takes no appends since a write or sync failed (${cause.message}); it is opened again when the broker restarts`;
  return new StoreError('PARTITION_OFFLINE', message, { topic, partition }, { cause });
}

export function outOfSequence(
  { topic, partition }: Place,
  header: BatchHeader,
  verdict: Exclude<SequenceVerdict, { verdict: 'next' | 'duplicate' }>,
): StoreError {
  const { producerId, producerEpoch, baseSequence: sequence } = header;
  switch (verdict.verdict) {
    case 'fenced': {
      const { currentEpoch } = verdict;
      const message = `Producer ${producerId} has written with epoch ${currentEpoch}; epoch ${producerEpoch} is over`;
      return new StoreError('PRODUCER_FENCED', message, { producerId, producerEpoch, currentEpoch });
    }
    case 'unknown-producer': {
      const message = `Producer ${producerId} is not known to ${topic}-${partition}; its first batch must have sequence 0, not ${sequence}`;
      return new StoreError('UNKNOWN_PRODUCER', message, { topic, partition, producerId, sequence });
    }
    case 'gap': {
      const { expectedSequence } = verdict;
      const message = `Producer ${producerId} sent sequence ${sequence}; ${expectedSequence} is the next`;
      const details = { topic, partition, producerId, expectedSequence, sequence };
      return new StoreError('OUT_OF_ORDER_SEQUENCE', message, details);
    }
  }
}

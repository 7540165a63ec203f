import { type BatchHeader, InvalidBatchError, splitBatches } from '../../proto/record-batch/index.js';
import type { OffsetRange } from '../admin/index.js';
import { RespoolError } from '../connection/index.js';
import { uncompressed } from './fetched-batch.js';

/** Where batches come from, and which of their offsets are wanted. */
export interface StoredRange extends OffsetRange {
  readonly topic: string;
  readonly partition: number;
}

/** One batch, checked and decompressed. */
export interface StoredBatch {
  readonly header: BatchHeader;
  /** The records one behind the other, from `start` on. */
  readonly records: { bytes: Buffer; start: number };
  /** The first offset that is wanted and not in a batch before this. */
  readonly startOffset: number;
  /** One behind the batch's last offset. */
  readonly nextOffset: number;
}

/** How batches are checked. */
export interface StoredBatchLimits {
  readonly verifyCrc: boolean;
  readonly maxUncompressedBytes: number;
}

/** What a compressed batch may be decompressed to where nothing else is said. */
export const MAX_UNCOMPRESSED_BYTES = 128 * 1024 ** 2;

/**
 * Takes apart what the broker sent: the batches that hold wanted offsets, in order, without Kafka's markers. Rejects with CORRUPT_BATCH, `foundBy: client`, where the bytes are not what
 * the broker has checked.
 */
export async function* storedBatches(
  bytes: Uint8Array,
  range: StoredRange,
  { verifyCrc, maxUncompressedBytes }: StoredBatchLimits,
): AsyncGenerator<StoredBatch, undefined> {
  let at = range.startOffset;
  try {
    for (const batch of splitBatches(asBuffer(bytes), { checkCrc: verifyCrc })) {
      const { header, nextOffset } = batch;
      if (nextOffset <= at) continue;
      if (batch.baseOffset >= range.endOffset) return;
      if (!batch.isControl) {
        const records = await uncompressed(batch, maxUncompressedBytes);
        yield { header, records, startOffset: at, nextOffset };
      }
      at = nextOffset;
    }
  } catch (error) {
    throw error instanceof InvalidBatchError ? damaged(range, at, error) : error;
  }
}

/** What was read is not what the broker has checked. */
function damaged({ topic, partition }: StoredRange, at: number, cause: InvalidBatchError): RespoolError {
  const startOffset = cause.offset ?? at;
  return new RespoolError('CORRUPT_BATCH', `${topic}-${partition}: ${cause.message}`, {
    details: { topic, partition, startOffset, endOffset: startOffset + 1, foundBy: 'client' },
    cause,
  });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

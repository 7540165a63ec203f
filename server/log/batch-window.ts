/** Cutting what was read from the log to what was asked for, by whole batches and without copying. */
import { type RecordBatch, splitBatches } from '../../proto/record-batch/index.js';

export interface WindowLimits {
  /** Batches that begin here or later are not wanted. */
  endOffset: number;
  /** The batch in which this many records are reached is the last. */
  maxRecords: number;
  /** A piece is no larger, unless it is one batch. */
  maxBytes: number;
}

/** Whole batches one behind the other. */
export interface BatchPiece {
  batches: Buffer;
  /** Behind the last of them. */
  nextOffset: number;
  records: number;
}

/** The batches of `buffer` that are wanted, in pieces that fit into a message each. None if none is wanted. */
export function cutBatches(buffer: Buffer, { endOffset, maxRecords, maxBytes }: WindowLimits): BatchPiece[] {
  const pieces: BatchPiece[] = [];
  let start = 0;
  let at = 0;
  let piece: Omit<BatchPiece, 'batches'> | undefined;
  let recordsLeft = maxRecords;
  for (const batch of splitBatches(buffer)) {
    if (batch.baseOffset >= endOffset || recordsLeft <= 0) break;
    if (piece && at + batch.bytes.length - start > maxBytes) {
      pieces.push({ ...piece, batches: buffer.subarray(start, at) });
      start = at;
      piece = undefined;
    }
    piece = extend(piece, batch);
    recordsLeft -= batch.header.recordsCount;
    at += batch.bytes.length;
  }
  if (piece) pieces.push({ ...piece, batches: buffer.subarray(start, at) });
  return pieces;
}

function extend(
  piece: Omit<BatchPiece, 'batches'> | undefined,
  batch: RecordBatch,
): Omit<BatchPiece, 'batches'> {
  return { nextOffset: batch.nextOffset, records: (piece?.records ?? 0) + batch.header.recordsCount };
}

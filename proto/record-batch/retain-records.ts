import { compressionOf } from './attributes.js';
import { compressBatch } from './compressed-batch.js';
import type { DecompressLimits } from './compression.js';
import { HEADER_BYTES, sealBatch } from './header.js';
import type { RecordBatch } from './record-batch.js';
import type { RecordCursor } from './record-cursor.js';

/**
 * The batch with only those records for which `keep` is true, as compaction leaves it: their bytes and offsets unchanged, and so the batch's
 * range of offsets, base timestamp, producer fields, leader epoch and compression; its count, largest timestamp and CRC made anew.
 *
 * `keep` is asked once for each record, in order, with the cursor on it. Resolves with undefined if nothing is kept, and with the batch's own bytes if everything is, or
 * if it is a control batch. Rejects with {@link InvalidBatchError} if the batch is malformed, or larger than the limit when decompressed.
 */
export async function retainRecords(
  batch: RecordBatch,
  keep: (cursor: RecordCursor) => boolean,
  limits: DecompressLimits,
): Promise<Buffer | undefined> {
  if (batch.isControl) return batch.bytes;
  const cursor = await batch.decompress(limits);
  const retained = select(cursor, keep);
  if (retained.count === 0) return undefined;
  if (retained.count === batch.header.recordsCount) return batch.bytes;
  const rewritten = assemble(cursor.bytes, retained);
  const { count: recordsCount, maxTimestamp } = retained;
  const header = { ...batch.header, sizeBytes: rewritten.length, recordsCount, maxTimestamp };
  const compression = compressionOf(header)!;
  return compression === 'none'
    ? sealBatch(rewritten, header)
    : compressBatch(compression, rewritten, header);
}

interface Retained {
  count: number;
  maxTimestamp: number;
  /** Runs of bytes to keep: start, end, start, end … */
  runs: number[];
}

function select(cursor: RecordCursor, keep: (cursor: RecordCursor) => boolean): Retained {
  const retained: Retained = { count: 0, maxTimestamp: Number.NEGATIVE_INFINITY, runs: [] };
  const { runs } = retained;
  while (cursor.next()) {
    const { recordStart, recordEnd, timestampMs } = cursor;
    if (!keep(cursor)) continue;
    retained.count++;
    retained.maxTimestamp = Math.max(retained.maxTimestamp, timestampMs);
    if (runs.at(-1) === recordStart) runs[runs.length - 1] = recordEnd;
    else runs.push(recordStart, recordEnd);
  }
  return retained;
}

/** The kept records one behind the other, behind room for the header. */
function assemble(bytes: Buffer, { runs }: Retained): Buffer {
  let size = HEADER_BYTES;
  for (let i = 0; i < runs.length; i += 2) size += runs[i + 1]! - runs[i]!;
  const rewritten = Buffer.allocUnsafeSlow(size);
  let at = HEADER_BYTES;
  for (let i = 0; i < runs.length; i += 2) at += bytes.copy(rewritten, at, runs[i]!, runs[i + 1]!);
  return rewritten;
}

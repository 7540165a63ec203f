/** Batches decoded to plain records, for tools and for clients without a codec. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { respool } from '../../proto/index.js';
import { type LogRecord, type RecordBatch, splitBatches } from '../../proto/record-batch/index.js';
import { StoreError } from '../../segment-store/index.js';
import type { RecordFilter } from './record-filter.js';
import type { Semaphore } from './semaphore.js';

export interface RecordWindow {
  startOffset: number;
  endOffset: number;
  maxRecords: number;
  filter: RecordFilter | undefined;
  /** A piece has at most so many bytes of records, unless it is one record. */
  maxBytes: number;
  /** A record beyond this does not fit in a message. */
  maxRecordBytes: number;
  maxUncompressedBytes: number;
  /** How many may decode at a time. */
  turns: Semaphore;
}

export interface RecordPiece {
  records: respool.v1.FetchedRecord.$Properties[];
  bytes: number;
  /** Where to go on behind this piece. */
  nextOffset: number;
}

/**
 * The records of `buffer` that are wanted, in pieces; the last may be empty, and tells how far the look went. One batch at a time is decoded, and the
 * event loop has its turn between two. RECORD_TOO_LARGE for a record that no message can hold.
 */
export async function* recordPieces(buffer: Buffer, window: RecordWindow): AsyncGenerator<RecordPiece, void> {
  let piece: RecordPiece = { records: [], bytes: 0, nextOffset: window.startOffset };
  let recordsLeft = window.maxRecords;
  for (const batch of splitBatches(buffer)) {
    if (batch.baseOffset >= window.endOffset || recordsLeft <= 0) break;
    for (const record of await wantedRecords(batch, window)) {
      if (recordsLeft-- <= 0) break;
      const bytes = sizeOf(record, window.maxRecordBytes);
      if (piece.records.length > 0 && piece.bytes + bytes > window.maxBytes) {
        yield piece;
        piece = { records: [], bytes: 0, nextOffset: piece.nextOffset };
      }
      piece.records.push(fetched(record));
      piece.bytes += bytes;
      piece.nextOffset = record.offset + 1;
    }
    if (recordsLeft > 0) piece.nextOffset = Math.min(batch.nextOffset, window.endOffset);
    await nextTurn();
  }
  yield piece;
}

function wantedRecords(batch: RecordBatch, window: RecordWindow): Promise<LogRecord[]> {
  return window.turns.run(async () => {
    const cursor = await batch.decompress({ maxUncompressedBytes: window.maxUncompressedBytes });
    const wanted: LogRecord[] = [];
    while (cursor.next()) {
      if (cursor.offset < window.startOffset) continue;
      if (cursor.offset >= window.endOffset || wanted.length >= window.maxRecords) break;
      const record = cursor.record();
      if (!window.filter || window.filter(record)) wanted.push(record);
    }
    return wanted;
  });
}

/** Tags, lengths, offset and time: at most so many bytes beside key, value and headers. */
const RECORD_OVERHEAD_BYTES = 40;
const HEADER_OVERHEAD_BYTES = 15;

function sizeOf({ key, value, headers }: LogRecord, limitBytes: number): number {
  let sizeBytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const header of headers) {
    sizeBytes += HEADER_OVERHEAD_BYTES + Buffer.byteLength(header.key) + (header.value?.length ?? 0);
  }
  if (sizeBytes <= limitBytes) return sizeBytes;
  throw new StoreError(
    'RECORD_TOO_LARGE',
    `a record of ${sizeBytes} bytes does not fit in a message of ${limitBytes}; fetch it as a batch`,
    { sizeBytes, limitBytes },
  );
}

function fetched({
  offset,
  timestampMs,
  key,
  value,
  headers,
}: LogRecord): respool.v1.FetchedRecord.$Properties {
  return {
    offset,
    timestampMs,
    key: key ?? null,
    value: value ?? null,
    headers: headers.map((header) => ({ key: header.key, value: header.value ?? null })),
  };
}

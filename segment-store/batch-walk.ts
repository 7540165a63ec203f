/**
 * Walking over stored batches, and telling sound bytes from damaged ones.
 *
 * Bytes from disk are never believed: a batch is sound if its fixed fields are ours, its length is possible, its CRC is right, and it lies where
 * the one before it ends, in bytes and in offsets. Of these only the CRC-covered part has a checksum, hence the rest of the checks.
 */

import type { BatchHeader } from '../proto/record-batch/index.js';
import {
  crcMatches,
  HEADER_BYTES,
  LENGTH_PREFIX_BYTES,
  MAGIC,
  readHeader,
  readInt64,
} from '../proto/record-batch/index.js';

/** The leader epoch that readers get: with one copy of the log there is no election. What lies on disk there is said in unsynced-mark.ts. */
export const LEADER_EPOCH = 0;

/** What may come at a place in a segment. */
export interface Expectation {
  /** The offset that a batch here begins with, or where `gaps` are allowed, the least that it may begin with. */
  nextOffset: number;
  /** No batch of this segment reaches this offset. */
  offsetLimit: number;
  /** True after compaction, which takes offsets out. */
  gaps: boolean;
  /** For a place that an index entry named: that batch's last offset, as its first is not known. */
  lastOffset?: number;
}

export type Judged =
  | { judged: 'sound'; header: BatchHeader }
  /** The bytes end before the batch does; `needBytes` from its start would tell. */
  | { judged: 'incomplete'; needBytes: number }
  | { judged: 'damaged'; reason: string };

/** Judges the batch at `at`. */
export function judgeBatch(bytes: Buffer, at: number, expected: Expectation): Judged {
  if (bytes.length - at < HEADER_BYTES) return { judged: 'incomplete', needBytes: HEADER_BYTES };
  const reason = headerProblem(bytes, at, expected);
  if (reason !== undefined) return { judged: 'damaged', reason };
  const sizeBytes = LENGTH_PREFIX_BYTES + bytes.readInt32BE(at + 8);
  if (bytes.length - at < sizeBytes) return { judged: 'incomplete', needBytes: sizeBytes };
  if (!crcMatches(bytes, at, sizeBytes)) return { judged: 'damaged', reason: 'the checksum does not match' };
  return { judged: 'sound', header: readHeader(bytes, at) };
}

/** What must come behind a batch that was sound. */
export function expectAfter(header: BatchHeader, expected: Expectation): Expectation {
  const { offsetLimit, gaps } = expected;
  return { nextOffset: header.baseOffset + header.lastOffsetDelta + 1, offsetLimit, gaps };
}

/** What cannot be right about the fields of the header at `at`, all of whose bytes must be there; undefined if nothing is. */
export function headerProblem(bytes: Buffer, at: number, expected: Expectation): string | undefined {
  if (bytes.readInt8(at + 16) !== MAGIC)
    return `the format version is ${bytes.readInt8(at + 16)}, not ${MAGIC}`;
  const length = bytes.readInt32BE(at + 8);
  if (length < HEADER_BYTES - LENGTH_PREFIX_BYTES) return `the length ${length} is less than a header`;
  const baseOffset = readInt64(bytes, at);
  const delta = bytes.readInt32BE(at + 23);
  const mayBeLater = expected.gaps || expected.lastOffset !== undefined;
  if (baseOffset !== expected.nextOffset && !(mayBeLater && baseOffset > expected.nextOffset)) {
    return `the base offset is ${baseOffset}, not ${expected.nextOffset}`;
  }
  if (delta < 0 || baseOffset + delta >= expected.offsetLimit) {
    return `the last offset ${baseOffset + delta} is not below ${expected.offsetLimit}`;
  }
  if (expected.lastOffset !== undefined && baseOffset + delta !== expected.lastOffset) {
    return `the last offset is ${baseOffset + delta}, not the index's ${expected.lastOffset}`;
  }
  return undefined;
}

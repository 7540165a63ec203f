/**
 * A seal vouches for a prefix of a segment: "the first `logBytes` of the .log end at `endOffset`, and these are the indexes of that prefix".
 * It is written for the active segment at each checkpoint, and a last time when the segment is sealed. Indexes are not trusted
 * without one: Kafka's index files carry no checksum. A segment with no seal, or with one that does not fit its files, gets its indexes
 * rebuilt from the log.
 *
 * Text, one `name value` a line, then a checksum of the whole:
 *
 *     respool seal 1
 *     base-offset 0
 *     end-offset 1200
 *     log-bytes 104857600
 *     first-timestamp 1699999990000           (left out while the segment is empty)
 *     largest-timestamp 1700000000000 1199    (left out while the segment is empty)
 *     bytes-since-index-entry 512
 *     offset-index 2048 9ab8c7d6              (bytes, CRC-32C)
 *     time-index 3072 01234567
 *     crc32c 89abcdef
 *
 * Invariants: `logBytes` were synced before the seal was written, so a seal never vouches for what a power loss can take; all fields are of one moment.
 */
import { crc32c } from '@node-rs/crc32';
import { withChecksum, withoutChecksum } from './checksummed-text.js';
import type { SegmentIndex } from './segment-index.js';
import type { TimeEntry } from './time-index.js';

export interface Seal {
  baseOffset: number;
  /** One behind the last offset of the prefix. */
  endOffset: number;
  logBytes: number;
  /** The first batch's base timestamp. */
  firstTimestampMs: number | undefined;
  largestTime: TimeEntry | undefined;
  bytesSinceIndexEntry: number;
  offsetIndex: Fingerprint;
  timeIndex: Fingerprint;
}

/** Tells whether bytes are the ones that were meant. */
export interface Fingerprint {
  sizeBytes: number;
  crc: number;
}

export function sealOf(
  index: SegmentIndex,
  endOffset: number,
  logBytes: number,
  firstTimestampMs?: number,
): Seal {
  return {
    baseOffset: index.offsets.baseOffset,
    endOffset,
    logBytes,
    firstTimestampMs,
    largestTime: index.largestTime,
    bytesSinceIndexEntry: index.bytesSinceEntry,
    offsetIndex: fingerprint(index.offsets.content),
    timeIndex: fingerprint(index.times.content),
  };
}

function fingerprint(content: Buffer): Fingerprint {
  return { sizeBytes: content.length, crc: crc32c(content) };
}

/** True if `content` begins with what the fingerprint was taken of. */
export function fits(expected: Fingerprint, content: Buffer | undefined): content is Buffer {
  if (content === undefined || content.length < expected.sizeBytes) return false;
  return crc32c(content.subarray(0, expected.sizeBytes)) === expected.crc;
}

export function encodeSeal(seal: Seal): string {
  const lines = [
    'respool seal 1',
    `base-offset ${seal.baseOffset}`,
    `end-offset ${seal.endOffset}`,
    `log-bytes ${seal.logBytes}`,
    ...(seal.firstTimestampMs === undefined ? [] : [`first-timestamp ${seal.firstTimestampMs}`]),
    ...(seal.largestTime
      ? [`largest-timestamp ${seal.largestTime.timestampMs} ${seal.largestTime.offset}`]
      : []),
    `bytes-since-index-entry ${seal.bytesSinceIndexEntry}`,
    `offset-index ${seal.offsetIndex.sizeBytes} ${seal.offsetIndex.crc.toString(16)}`,
    `time-index ${seal.timeIndex.sizeBytes} ${seal.timeIndex.crc.toString(16)}`,
  ];
  return withChecksum(`${lines.join('\n')}\n`);
}

/** Undefined if the content is no whole seal. */
export function decodeSeal(content: string): Seal | undefined {
  const text = withoutChecksum(content);
  if (!text?.startsWith('respool seal 1\n')) return undefined;
  const fields = new Map(text.split('\n').map((line) => [line.split(' ')[0]!, line.split(' ').slice(1)]));
  const number = (name: string, at = 0) => Number(fields.get(name)?.[at]);
  const print = (name: string) => ({
    sizeBytes: number(name),
    crc: Number.parseInt(fields.get(name)?.[1] ?? '', 16),
  });
  const seal: Seal = {
    baseOffset: number('base-offset'),
    endOffset: number('end-offset'),
    logBytes: number('log-bytes'),
    firstTimestampMs: fields.has('first-timestamp') ? number('first-timestamp') : undefined,
    largestTime: fields.has('largest-timestamp')
      ? { timestampMs: number('largest-timestamp'), offset: number('largest-timestamp', 1) }
      : undefined,
    bytesSinceIndexEntry: number('bytes-since-index-entry'),
    offsetIndex: print('offset-index'),
    timeIndex: print('time-index'),
  };
  const numbers = [
    seal.baseOffset,
    seal.endOffset,
    seal.logBytes,
    seal.bytesSinceIndexEntry,
    seal.offsetIndex.crc,
  ];
  return numbers.every(Number.isSafeInteger) ? seal : undefined;
}

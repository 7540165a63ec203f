/**
 * What the broker checks before it stores a batch that a producer sent: everything that a reader will rely on.
 */
import { setImmediate } from 'node:timers/promises';
import {
  APPEND_TIME_BIT,
  CODEC_BITS,
  CONTROL_BIT,
  compressionOf,
  DELETE_HORIZON_BIT,
  isCompressed,
  TRANSACTIONAL_BIT,
} from './attributes.js';
import { checkExpansion, type DecompressLimits, decompress } from './compression.js';
import { type BatchHeader, CRC_FROM, crcMatches, HEADER_BYTES, MAGIC, readHeader } from './header.js';
import { InvalidBatchError } from './invalid-batch-error.js';
import { MIN_RECORD_BYTES, RecordCursor } from './record-cursor.js';
import { RecordWalk } from './record-walk.js';

/** How much a batch may take. Its own size is for the caller to limit. */
export type BatchLimits = DecompressLimits;

/** So many records are checked before other work gets its turn: about a millisecond. */
const RECORDS_PER_TURN = 20_000;

/**
 * Checks that `buffer` is exactly one batch as a producer may send it, and returns its header. All of an uncompressed batch is checked, its
 * records one by one; of a compressed one the header, the CRC and the framing, but nothing that takes decompressing: see {@link validateCompressedBatch}.
 *
 * Base offset and leader epoch may be anything: they are the broker's to stamp.
 * Throws {@link InvalidBatchError}; neither keeps nor changes the Buffer.
 */
export function validateBatch(buffer: Buffer, limits: BatchLimits): BatchHeader {
  const header = readWholeHeader(buffer);
  checkAttributes(header);
  checkCounts(header);
  checkProducer(header);
  checkTimestamps(header);
  checkSize(header, limits);
  if (isCompressed(header)) checkExpansion(compressionOf(header)!, buffer.subarray(HEADER_BYTES), limits);
  else walkOver(header, buffer, HEADER_BYTES).step(Infinity);
  return header;
}

/**
 * As {@link validateBatch}, and checks the records of a compressed batch as well: decompresses them in the thread pool, and walks them with pauses for
 * other work. A bomb is refused before it is decompressed where its framing tells, and otherwise when the limit is reached, give or take a block.
 *
 * Each call may hold `maxUncompressedBytes`; how many run at once is for the caller to limit. The Buffer must not change until it resolves.
 */
export async function validateCompressedBatch(buffer: Buffer, limits: BatchLimits): Promise<BatchHeader> {
  const header = validateBatch(buffer, limits);
  if (!isCompressed(header)) return header;
  const records = await decompress(compressionOf(header)!, buffer.subarray(HEADER_BYTES), limits);
  const walk = walkOver(header, records, 0);
  while (!walk.step(RECORDS_PER_TURN)) await setImmediate();
  return header;
}

/** A check of the records of a producer's batch that lie uncompressed in `bytes` from `start` to its end. */
function walkOver(header: BatchHeader, bytes: Buffer, start: number): RecordWalk {
  // The base offset of a producer's batch means nothing; it might not even be a safe integer.
  const cursor = new RecordCursor({ ...header, baseOffset: 0 }, bytes, start, bytes.length);
  return new RecordWalk(cursor, header);
}

function readWholeHeader(buffer: Buffer): BatchHeader {
  if (buffer.length < HEADER_BYTES) {
    throw new InvalidBatchError(`it has ${buffer.length} bytes; its header alone has ${HEADER_BYTES}`);
  }
  const header = readHeader(buffer);
  if (header.magic !== MAGIC) throw new InvalidBatchError(`magic is ${header.magic}; expected ${MAGIC}`);
  if (header.sizeBytes !== buffer.length) {
    throw new InvalidBatchError(
      `its length field says ${header.sizeBytes} bytes in all; it has ${buffer.length}`,
    );
  }
  if (!crcMatches(buffer, 0, buffer.length)) {
    throw new InvalidBatchError(
      `its CRC field is ${hex(header.crc)}; that is not the CRC-32C of its bytes from ${CRC_FROM} on`,
    );
  }
  return header;
}

function checkAttributes(header: BatchHeader): void {
  const { attributes } = header;
  if (compressionOf(header) === undefined) {
    throw new InvalidBatchError(`compression codec is ${attributes & CODEC_BITS}; expected 0 to 4`);
  }
  if ((attributes & ~CODEC_BITS) !== 0) {
    throw new InvalidBatchError(
      `attributes are ${hex(attributes & 0xffff)} (${forbiddenBit(attributes)}); a producer may set the compression codec only`,
    );
  }
}

function forbiddenBit(attributes: number): string {
  if (attributes & APPEND_TIME_BIT) return 'timestamp type is append time';
  if (attributes & TRANSACTIONAL_BIT) return 'transactional';
  if (attributes & CONTROL_BIT) return 'control batch';
  if (attributes & DELETE_HORIZON_BIT) return 'delete horizon';
  return 'reserved bits';
}

function checkCounts({ recordsCount, lastOffsetDelta }: BatchHeader): void {
  if (recordsCount < 1) throw new InvalidBatchError(`records count is ${recordsCount}; expected 1 or more`);
  if (lastOffsetDelta !== recordsCount - 1) {
    throw new InvalidBatchError(
      `last offset delta is ${lastOffsetDelta}; expected ${recordsCount - 1}, one less than the records count`,
    );
  }
}

function checkProducer({ producerId, producerEpoch, baseSequence }: BatchHeader): void {
  const none = producerId === -1 && producerEpoch === -1 && baseSequence === -1;
  if (none || (producerId >= 0 && producerEpoch >= 0 && baseSequence >= 0 && isSafe(producerId))) return;
  throw new InvalidBatchError(
    `producer id, epoch and base sequence are ${producerId}, ${producerEpoch}, ${baseSequence}; ` +
      'expected all −1 or all 0 or more, within the safe integers',
  );
}

function checkTimestamps({ baseTimestamp, maxTimestamp }: BatchHeader): void {
  checkTimestamp('base timestamp', baseTimestamp);
  checkTimestamp('max timestamp', maxTimestamp);
}

function checkTimestamp(name: string, timestamp: number): void {
  if (timestamp >= 0 && isSafe(timestamp)) return;
  throw new InvalidBatchError(`${name} is ${timestamp}; expected 0 to ${Number.MAX_SAFE_INTEGER}`);
}

/** Refuses what cannot be true before anything is walked. */
function checkSize(header: BatchHeader, { maxUncompressedBytes }: BatchLimits): void {
  const recordsBytes = header.sizeBytes - HEADER_BYTES;
  const mostBytes = isCompressed(header) ? maxUncompressedBytes : recordsBytes;
  if (!isCompressed(header) && recordsBytes > maxUncompressedBytes) {
    throw new InvalidBatchError(
      `its records have ${recordsBytes} bytes; the limit is ${maxUncompressedBytes}`,
    );
  }
  if (header.recordsCount * MIN_RECORD_BYTES > mostBytes) {
    throw new InvalidBatchError(
      `records count is ${header.recordsCount}; ${mostBytes} bytes hold at most ${Math.floor(mostBytes / MIN_RECORD_BYTES)}`,
    );
  }
}

function isSafe(value: number): boolean {
  return Number.isSafeInteger(value);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

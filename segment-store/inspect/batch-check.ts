/** Is this a record batch that the store wrote? Pure decisions over a header and its bytes. */
import { type BatchHeader, crcMatches, HEADER_BYTES, MAGIC } from '../../proto/record-batch/index.js';
import { TOPIC_CONFIG_BOUNDS } from '../topic-config.js';

/** A batch larger than any topic may allow is no batch. */
export const MAX_STORED_BATCH_BYTES = TOPIC_CONFIG_BOUNDS.maxBatchBytes.max;

/** Offsets of a segment lie within an int32 of its base offset, as its index demands. */
const MAX_OFFSETS_PER_SEGMENT = 2 ** 31;
const KNOWN_ATTRIBUTES = 0x7f;
const HIGHEST_COMPRESSION = 4;

/** Where a batch stands in its segment: bounds for what its header may say. */
export interface BatchPlace {
  segmentBaseOffset: number;
  /** The offset behind the last batch before it. */
  nextOffset: number;
  /** Bytes from the batch's start to the end of the file. */
  availableBytes: number;
}

/** What is wrong with a header at that place, the magic byte first, as all else depends on it; undefined if nothing is. */
export function headerProblem(header: BatchHeader, place: BatchPlace): string | undefined {
  if (header.magic !== MAGIC) return `magic is ${header.magic}, not ${MAGIC}`;
  if (header.sizeBytes < HEADER_BYTES || header.sizeBytes > MAX_STORED_BATCH_BYTES) {
    return `batch length of ${header.sizeBytes} bytes is not within ${HEADER_BYTES} to ${MAX_STORED_BATCH_BYTES}`;
  }
  if (header.baseOffset < place.nextOffset) {
    return `base offset ${header.baseOffset} is below ${place.nextOffset}, where the batch before ends`;
  }
  if (header.baseOffset + header.lastOffsetDelta - place.segmentBaseOffset >= MAX_OFFSETS_PER_SEGMENT) {
    return `offset ${header.baseOffset} is too far from the segment’s base offset ${place.segmentBaseOffset}`;
  }
  if (header.lastOffsetDelta < 0) return `last offset delta ${header.lastOffsetDelta} is negative`;
  if (header.recordsCount < 0 || header.recordsCount > header.lastOffsetDelta + 1) {
    return `${header.recordsCount} records do not fit into ${header.lastOffsetDelta + 1} offsets`;
  }
  if ((header.attributes & ~KNOWN_ATTRIBUTES) !== 0 || (header.attributes & 7) > HIGHEST_COMPRESSION) {
    return `attributes 0x${(header.attributes & 0xffff).toString(16)} are unknown`;
  }
  if (header.sizeBytes > place.availableBytes) {
    return `the batch has ${header.sizeBytes} bytes but the file ends after ${place.availableBytes}`;
  }
  return undefined;
}

/** As {@link headerProblem}, and the CRC: `buffer` must hold the whole batch from byte 0. */
export function batchProblem(buffer: Buffer, header: BatchHeader, place: BatchPlace): string | undefined {
  const problem = headerProblem(header, place);
  if (problem !== undefined) return problem;
  return crcMatches(buffer, 0, header.sizeBytes) ? undefined : 'the CRC does not match';
}

/**
 * A cheap look at whether a header may begin at `at`: passes one in thousands of random places, so that only few need a full check.
 * Needs {@link HEADER_BYTES} from there.
 */
export function mayBeginBatch(buffer: Buffer, at: number): boolean {
  return (
    buffer[at + 16] === MAGIC &&
    buffer[at] === 0 &&
    buffer[at + 1]! < 0x20 &&
    buffer[at + 8]! <= MAX_STORED_BATCH_BYTES >>> 24 &&
    buffer[at + 21] === 0 &&
    buffer[at + 23]! < 0x80
  );
}

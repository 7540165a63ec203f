/** Where in a segment a batch is: first by the index, which names a place before it, then from header to header. */
import { type BatchHeader, HEADER_BYTES, readHeader } from '../proto/record-batch/index.js';
import { type Expectation, expectAfter, headerProblem } from './batch-walk.js';
import type { Segment } from './segment.js';

/** Where in a segment a batch begins, and what must be there. */
export interface Place {
  position: number;
  expected: Expectation;
}

/** Where to begin to look for `offset`: at the greatest index entry that lies before it, else at the segment's start. */
export async function placeBefore(segment: Segment, offset: number): Promise<Place> {
  const index = await segment.index();
  const entry = index.offsets.lookup(offset);
  if (entry === undefined) return { position: 0, expected: segment.expect(segment.baseOffset) };
  return {
    position: entry.position,
    expected: { ...segment.expect(segment.baseOffset), lastOffset: entry.lastOffset },
  };
}

/** Read so much at a time: the batches between two index entries, most of the time. */
const CHUNK_BYTES = 4096;

/**
 * The header of the batch that holds `offset` or else is the next one; undefined if the segment has none. From headers alone, so the checksum, which covers all of
 * a batch, is not looked at. `unclear` if a header cannot be right: only a scan knows more.
 */
export async function headerFrom(
  segment: Segment,
  offset: number,
): Promise<BatchHeader | 'unclear' | undefined> {
  let { position, expected } = await placeBefore(segment, offset);
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  while (position < segment.committedBytes) {
    const available = Math.min(chunk.length, segment.committedBytes - position);
    const read = await segment.read(chunk.subarray(0, available), position);
    let at = 0;
    for (; at + HEADER_BYTES <= read; ) {
      if (headerProblem(chunk, at, expected) !== undefined) return 'unclear';
      const header = readHeader(chunk, at);
      expected = expectAfter(header, expected);
      if (expected.nextOffset > offset) return header;
      at += header.sizeBytes;
    }
    if (at === 0) return 'unclear';
    position += at;
  }
  return position === segment.committedBytes ? undefined : 'unclear';
}

/**
 * How many bytes of a partition hold a range of offsets: an estimate, from what is in memory and in the offset indexes. Records are not read.
 *
 * Of a segment we know some *marks*: offsets, and where in the .log their batches lie. Its start and its end are exact; between them come the entries of its
 * index. Between two marks the bytes are taken to be spread evenly over the offsets, so that ranges that lie end to end add up.
 */
import type { Partition } from './partition.js';
import type { Segment } from './segment.js';

/** Records before `offset` lie before `position`, all but those of the batch that holds it. */
interface Mark {
  offset: number;
  position: number;
}

/** See `LogStore.sizeBetween`. */
export async function sizeBetween(
  partition: Partition,
  startOffset: number,
  endOffset: number,
): Promise<number> {
  for (;;) {
    const start = Math.max(startOffset, partition.logStartOffset);
    const end = Math.min(endOffset, partition.highWatermark);
    if (!(start < end)) return 0;
    const touched = partition.segments.between(start, end);
    const sizes = await Promise.all(
      touched.map((segment) => sizeInSegment(segment, start, end, partition.highWatermark)),
    ).catch((error: unknown) => ({ error }));
    if (partition.gone) throw partition.gone;
    // Retention or compaction was faster: what was measured is not what is there now.
    if (!touched.every((segment) => partition.segments.includes(segment))) continue;
    if ('error' in sizes) throw sizes.error;
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}

async function sizeInSegment(
  segment: Segment,
  start: number,
  end: number,
  highWatermark: number,
): Promise<number> {
  const last = endMark(segment, highWatermark);
  const [from, to] = await Promise.all([positionOf(segment, start, last), positionOf(segment, end, last)]);
  return to - from;
}

function endMark(segment: Segment, highWatermark: number): Mark {
  const { nextOffset, logBytes, committedBytes } = segment;
  return highWatermark < nextOffset
    ? { offset: highWatermark, position: committedBytes }
    : { offset: nextOffset, position: logBytes };
}

/** The ends of a segment need no index: most of a long range costs nothing. */
async function positionOf(segment: Segment, offset: number, last: Mark): Promise<number> {
  if (offset <= segment.baseOffset) return 0;
  if (offset >= last.offset) return last.position;
  const { offsets } = await segment.index();
  const below = offsets.lookup(offset);
  const above = offsets.following(offset);
  return spread(
    offset,
    below
      ? { offset: below.lastOffset, position: below.position }
      : { offset: segment.baseOffset, position: 0 },
    above && above.lastOffset < last.offset ? { offset: above.lastOffset, position: above.position } : last,
  );
}

/** The position of an offset that lies between two marks. */
function spread(offset: number, below: Mark, above: Mark): number {
  const share = (offset - below.offset) / (above.offset - below.offset);
  return below.position + Math.round(share * (above.position - below.position));
}

/** When a segment is full, and how the next one begins. */
import type { BatchHeader } from '../proto/record-batch/index.js';
import { Segment, type SegmentLayout, TornSegmentError } from './segment.js';
import { SegmentIndex } from './segment-index.js';
import type { StoreContext } from './store-context.js';
import type { TopicConfig } from './topic-config.js';

const MAX_INT32 = 2 ** 31 - 1;

/** What is asked of a batch. */
export interface Candidate {
  header: Pick<BatchHeader, 'baseOffset' | 'lastOffsetDelta' | 'sizeBytes' | 'maxTimestamp'>;
}

/** What is asked of a segment. */
export type Fillable = Pick<Segment, 'baseOffset' | 'logBytes' | 'firstTimestampMs' | 'indexIsFull'>;

/**
 * True if the batch must go into a new segment, when `bytesBefore` bytes that are not written yet go into this one before it. As in Kafka: by size, by time,
 * by a full index, by offsets beyond int32. Time is the records' own, from the segment's first to the batch's last: old records that are brought in late do
 * not get a segment each.
 */
export function needsRoll(
  segment: Fillable,
  { header }: Candidate,
  bytesBefore: number,
  config: TopicConfig,
): boolean {
  const bytes = segment.logBytes + bytesBefore;
  if (bytes === 0) return false;
  return (
    bytes + header.sizeBytes > config.segmentBytes ||
    header.maxTimestamp - (segment.firstTimestampMs ?? header.maxTimestamp) > config.segmentMs ||
    segment.indexIsFull(config.segmentIndexBytes) ||
    header.baseOffset + header.lastOffsetDelta - segment.baseOffset > MAX_INT32
  );
}

/** Begins an empty active segment; its file exists for sure when this resolves. */
export async function createSegment(
  context: StoreContext,
  folder: string,
  baseOffset: number,
  layout: SegmentLayout,
): Promise<Segment> {
  const index = new SegmentIndex(baseOffset, layout.indexIntervalBytes);
  const segment = new Segment(context, folder, baseOffset, layout, {
    logBytes: 0,
    nextOffset: baseOffset,
    index,
  });
  try {
    await context.files.use(segment.logPath, 'write', (file) => file.truncate(0));
    await context.fs.syncDirectory(folder);
  } catch (error) {
    await removeUnborn(context, segment, error);
    throw error;
  }
  return segment;
}

/** A segment that could not be begun must leave no file: the log would go on to offsets beyond its name. */
async function removeUnborn(context: StoreContext, segment: Segment, cause: unknown): Promise<void> {
  segment.forget();
  try {
    await context.fs.remove(segment.logPath);
  } catch {
    throw new TornSegmentError(segment.logPath, 0, cause);
  }
}

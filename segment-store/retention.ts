/** Which old segments go: pure decisions, from sizes, times and the topic's configuration. */
import type { TopicConfig } from './topic-config.js';

/** What is asked of a segment, oldest first; the last is the active one. */
export interface RetainedSegment {
  sizeBytes: number;
  /** The largest timestamp in it; undefined if it has no records. */
  largestTimestampMs: number | undefined;
  /** One behind its last offset. */
  endOffset: number;
}

export type RetentionConfig = Pick<TopicConfig, 'cleanupPolicy' | 'retentionMs' | 'retentionBytes'>;

/**
 * How many segments, from the oldest, are to be deleted. As in Kafka: those wholly before the log start offset always; under `delete`, those whose newest record is older than
 * `retentionMs`, and those without which the partition still has `retentionBytes`. The active segment counts too: if it must go, it is rolled first.
 */
export function segmentsToDelete(
  segments: readonly RetainedSegment[],
  logStartOffset: number,
  config: RetentionConfig,
  nowMs: number,
): number {
  const beforeStart = countLeading(segments.slice(0, -1), (segment) => segment.endOffset <= logStartOffset);
  if (config.cleanupPolicy === 'compact') return beforeStart;
  return Math.max(beforeStart, expired(segments, config, nowMs), surplus(segments, config));
}

function expired(
  segments: readonly RetainedSegment[],
  { retentionMs }: RetentionConfig,
  nowMs: number,
): number {
  if (retentionMs === undefined) return 0;
  // An empty sealed segment (compaction leaves them) has nothing to keep; an empty active one has nothing to delete.
  return countLeading(segments, ({ largestTimestampMs, sizeBytes }) =>
    largestTimestampMs === undefined ? sizeBytes > 0 : nowMs - largestTimestampMs > retentionMs,
  );
}

function surplus(segments: readonly RetainedSegment[], { retentionBytes }: RetentionConfig): number {
  if (retentionBytes === undefined) return 0;
  let over = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0) - retentionBytes;
  return countLeading(segments, (segment) => {
    over -= segment.sizeBytes;
    return over >= 0 && segment.sizeBytes > 0;
  });
}

function countLeading<T>(items: readonly T[], holds: (item: T) => boolean): number {
  const first = items.findIndex((item) => !holds(item));
  return first < 0 ? items.length : first;
}

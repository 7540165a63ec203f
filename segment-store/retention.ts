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
 *
 * Of these last two, none that has an offset of `heldFrom` or beyond; undefined: nothing is held.
 */
export function segmentsToDelete(
  segments: readonly RetainedSegment[],
  logStartOffset: number,
  config: RetentionConfig,
  nowMs: number,
  heldFrom?: number,
): number {
  // What one rule takes may bring another's turn.
  for (let count = 0; ; ) {
    const due = countDue(segments.slice(count), logStartOffset, config, nowMs, heldFrom);
    if (due === 0) return count;
    count += due;
  }
}

function countDue(
  segments: readonly RetainedSegment[],
  logStartOffset: number,
  config: RetentionConfig,
  nowMs: number,
  heldFrom: number | undefined,
): number {
  const beforeStart = countLeading(segments.slice(0, -1), (segment) => segment.endOffset <= logStartOffset);
  if (config.cleanupPolicy === 'compact') return beforeStart;
  const due = Math.max(expired(segments, config, nowMs), surplus(segments, config));
  return Math.max(beforeStart, Math.min(due, countFree(segments, heldFrom)));
}

/** How many segments lie wholly before what is held. */
function countFree(segments: readonly RetainedSegment[], heldFrom: number | undefined): number {
  if (heldFrom === undefined) return segments.length;
  return countLeading(segments, (segment) => segment.endOffset <= heldFrom);
}

function expired(
  segments: readonly RetainedSegment[],
  { retentionMs }: RetentionConfig,
  nowMs: number,
): number {
  if (retentionMs === undefined) return 0;
  let count = 0;
  for (const [number, { largestTimestampMs }] of segments.entries()) {
    // Compaction leaves empty segments, and damaged ones do not tell their age: they go with those behind them.
    if (largestTimestampMs === undefined) continue;
    if (nowMs - largestTimestampMs <= retentionMs) break;
    count = number + 1;
  }
  return count;
}

function surplus(segments: readonly RetainedSegment[], { retentionBytes }: RetentionConfig): number {
  if (retentionBytes === undefined) return 0;
  let over = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0) - retentionBytes;
  let count = 0;
  for (const [number, { sizeBytes }] of segments.entries()) {
    over -= sizeBytes;
    if (over < 0) break;
    // An empty active segment has nothing to delete.
    if (sizeBytes > 0) count = number + 1;
  }
  return count;
}

function countLeading<T>(items: readonly T[], holds: (item: T) => boolean): number {
  const first = items.findIndex((item) => !holds(item));
  return first < 0 ? items.length : first;
}

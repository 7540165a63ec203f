/** What compaction keeps: pure decisions. The last record of each key stays, in its place, with its offset. */
import type { RecordCursor } from '../proto/record-batch/index.js';
import type { TopicConfig } from './topic-config.js';

/** The last offset of each key of a stretch of the log. */
export class KeyMap {
  readonly #lastOffsets = new Map<string, number>();

  get size(): number {
    return this.#lastOffsets.size;
  }

  /** Notes the record under the cursor; records come in the order of their offsets. */
  note(cursor: RecordCursor): void {
    const key = cursor.key();
    if (key) this.#lastOffsets.set(key.toString('latin1'), cursor.offset);
  }

  /** True if a later record of the same key is known. */
  isSuperseded(cursor: RecordCursor): boolean {
    const key = cursor.key();
    if (key === undefined) return false;
    return (this.#lastOffsets.get(key.toString('latin1')) ?? -1) > cursor.offset;
  }
}

/**
 * True if the record stays: it has no key, or is the last of its key and not a deletion that all readers had time to see. Older segments are compacted
 * first, so what a deletion deletes is gone before the deletion itself goes.
 */
export function keeps(
  cursor: RecordCursor,
  keys: KeyMap,
  { deleteRetentionMs }: Pick<TopicConfig, 'deleteRetentionMs'>,
  nowMs: number,
): boolean {
  if (keys.isSuperseded(cursor)) return false;
  const isDeletion = cursor.key() !== undefined && cursor.value() === undefined;
  return !isDeletion || nowMs - cursor.timestampMs <= deleteRetentionMs;
}

/** A sealed segment as the decision sees it. */
export interface CompactableSegment {
  baseOffset: number;
  /** One behind its last offset. */
  endOffset: number;
  sizeBytes: number;
  /** The largest timestamp in it; undefined if it has no records. */
  largestTimestampMs: number | undefined;
}

/**
 * How many of the sealed segments, from the oldest, are to be compacted: 0 if too little of them is new. `compactedTo`: what lies below was compacted before.
 * Segments with records younger than `minCompactionLagMs`, and all behind them, are left alone.
 */
export function segmentsToCompact(
  sealed: readonly CompactableSegment[],
  compactedTo: number,
  config: Pick<TopicConfig, 'cleanupPolicy' | 'minCompactionLagMs' | 'minCleanableDirtyRatio'>,
  nowMs: number,
): number {
  if (config.cleanupPolicy === 'delete') return 0;
  const young = sealed.findIndex(
    (segment) => nowMs - (segment.largestTimestampMs ?? 0) < config.minCompactionLagMs,
  );
  const candidates = young < 0 ? sealed : sealed.slice(0, young);
  const total = sumBytes(candidates);
  const dirty = sumBytes(candidates.filter((segment) => segment.endOffset > compactedTo));
  return dirty > 0 && dirty / total >= config.minCleanableDirtyRatio ? candidates.length : 0;
}

/** Neighbours that together are no larger than a segment may be, so that what shrank does not stay in pieces. */
export function groupForMerge<T extends CompactableSegment>(
  segments: readonly T[],
  { segmentBytes }: Pick<TopicConfig, 'segmentBytes'>,
): T[][] {
  const groups: T[][] = [];
  for (const segment of segments) {
    const group = groups.at(-1);
    const fits =
      group !== undefined &&
      sumBytes(group) + segment.sizeBytes <= segmentBytes &&
      segment.endOffset - group[0]!.baseOffset <= MAX_RELATIVE_OFFSET;
    if (fits) group.push(segment);
    else groups.push([segment]);
  }
  return groups;
}

/** Indexes hold offsets relative to the segment's base as int32. */
const MAX_RELATIVE_OFFSET = 2 ** 31 - 1;

function sumBytes(segments: readonly CompactableSegment[]): number {
  return segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
}

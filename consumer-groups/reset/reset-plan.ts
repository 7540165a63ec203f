/** What a reset is asked for, and what it comes to. */
import type { TopicPartition } from '../committed-offset.js';

export interface ResetRequest {
  /** At least one, unless `'all'`. */
  groups: readonly string[] | 'all';
  /** Undefined: all topics for which the group has committed offsets. Not with a target of `offsets`. */
  topics: readonly TopicSelection[] | undefined;
  target: ResetTarget;
  /** False: only the plan. */
  execute: boolean;
  /** Reset a group with members too. */
  live: boolean;
  /** Make a group that does not exist. */
  create: boolean;
}

export interface TopicSelection {
  topic: string;
  /** Undefined: all. */
  partitions: readonly number[] | undefined;
}

export type ResetTarget =
  | { to: 'earliest' }
  | { to: 'latest' }
  /** Where there is no committed offset: the high watermark, as in Kafka. */
  | { to: 'current' }
  | { to: 'offset'; offset: number }
  /** NO_COMMITTED_OFFSET where there is none. */
  | { to: 'shift'; by: number }
  /** The first record of that time or later; the high watermark if there is none. */
  | { to: 'time'; timestampMs: number }
  /** Of the group itself, or of another. */
  | { to: 'snapshot'; name: string; group: string | undefined }
  | { to: 'offsets'; offsets: readonly PlannedOffset[] };

export interface PlannedOffset extends TopicPartition {
  /** Undefined: every group of the request. */
  group: string | undefined;
  offset: number;
}

/** What happens to one partition of a group. */
export interface PlannedReset extends TopicPartition {
  group: string;
  before: number | undefined;
  after: number;
  /** What was asked for, where that was out of the log's range and was clamped. */
  asked: number | undefined;
  logStartOffset: number;
  highWatermark: number;
  /** Read again (negative) or skipped (positive), within the log; an upper bound where offsets are missing. */
  records: number;
  /** Their bytes in the log, by whole batches. */
  bytes: number;
}

/** What a reset is asked for, and what it comes to. */
import type { TopicPartition } from '../committed-offset.js';

export interface ResetRequest {
  /** At least one, unless `'all'`: then those that there are. */
  groups: readonly string[] | 'all';
  /**
   * Undefined: all partitions for which the group has committed offsets or, with a target of `snapshot`, those that are in it; a group that is to be made must be told its
   * topics. Not with a target of `offsets`, which names its own.
   */
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

/** Where to. What lies outside of the log is moved to its nearer end. */
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
  /** Of the group itself, or of another. Partitions that are not in it are left alone. */
  | { to: 'snapshot'; name: string; group: string | undefined }
  /** Each partition to an offset of its own. Those for other groups than the request names are passed over; a group without any is refused. */
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
  /**
   * Records that will be read again (negative) or skipped (positive), within the log; an upper bound where offsets are missing. Where nothing was committed the
   * group has read nothing, so nothing is read again, and what lies before `after` is skipped.
   */
  records: number;
  /** The bytes of these records in the log, by whole batches; never negative. */
  bytes: number;
}

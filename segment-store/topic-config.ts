/**
 * What can be set for a topic. Kafka's names and defaults, in camelCase; "no limit" is `undefined`, never −1.
 */
import { StoreError } from './errors.js';

export type CleanupPolicy = 'delete' | 'compact' | 'compact,delete';

export interface TopicConfig {
  /** `delete`: old segments go by time and size. `compact`: the last record of each key stays. @default 'delete' */
  cleanupPolicy: CleanupPolicy;
  /** Segments whose newest record is older are deleted, under `delete`. Undefined: never. @default 7 days */
  retentionMs: number | undefined;
  /** The oldest segments are deleted while the partition is larger, under `delete`. Undefined: no limit. @default undefined */
  retentionBytes: number | undefined;
  /** A segment is rolled before it would grow beyond this. @default 1 GiB */
  segmentBytes: number;
  /** A segment is rolled when its first record is older than this. @default 7 days */
  segmentMs: number;
  /** The largest batch, header included. @default 1 MiB + 12 */
  maxBatchBytes: number;
  /** An index entry is written when more than this was appended since the last. @default 4096 */
  indexIntervalBytes: number;
  /** A segment is rolled when an index reaches this size. @default 10 MiB */
  segmentIndexBytes: number;
  /** How long a compacted topic keeps a null value, so that slow readers see the deletion. @default 1 day */
  deleteRetentionMs: number;
  /** Records younger than this are not compacted. @default 0 */
  minCompactionLagMs: number;
  /** A partition is compacted when this share of its sealed bytes is new. @default 0.5 */
  minCleanableDirtyRatio: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export const DEFAULT_TOPIC_CONFIG: Readonly<TopicConfig> = Object.freeze({
  cleanupPolicy: 'delete',
  retentionMs: 7 * DAY_MS,
  retentionBytes: undefined,
  segmentBytes: 1024 ** 3,
  segmentMs: 7 * DAY_MS,
  maxBatchBytes: 1024 ** 2 + 12,
  indexIntervalBytes: 4096,
  segmentIndexBytes: 10 * 1024 ** 2,
  deleteRetentionMs: DAY_MS,
  minCompactionLagMs: 0,
  minCleanableDirtyRatio: 0.5,
});

const MAX_INT32 = 2 ** 31 - 1;

/** The bounds of each numeric field, both inclusive. Segments stay below 2 GiB because index positions are int32. */
export const TOPIC_CONFIG_BOUNDS: Readonly<
  Record<Exclude<keyof TopicConfig, 'cleanupPolicy'>, { min: number; max: number; optional: boolean }>
> = Object.freeze({
  retentionMs: { min: 1, max: Number.MAX_SAFE_INTEGER, optional: true },
  retentionBytes: { min: 0, max: Number.MAX_SAFE_INTEGER, optional: true },
  segmentBytes: { min: 1024, max: MAX_INT32, optional: false },
  segmentMs: { min: 1, max: Number.MAX_SAFE_INTEGER, optional: false },
  maxBatchBytes: { min: 128, max: 64 * 1024 ** 2, optional: false },
  indexIntervalBytes: { min: 0, max: MAX_INT32, optional: false },
  segmentIndexBytes: { min: 64, max: 256 * 1024 ** 2, optional: false },
  deleteRetentionMs: { min: 0, max: Number.MAX_SAFE_INTEGER, optional: false },
  minCompactionLagMs: { min: 0, max: Number.MAX_SAFE_INTEGER, optional: false },
  minCleanableDirtyRatio: { min: 0, max: 1, optional: false },
});

const CLEANUP_POLICIES: readonly CleanupPolicy[] = ['delete', 'compact', 'compact,delete'];

/** Throws INVALID_ARGUMENT, naming the field, what it is and what it may be, if a given field is unknown or out of bounds. */
export function checkTopicConfig(config: Partial<TopicConfig>): void {
  for (const [field, value] of Object.entries(config)) checkField(field, value);
}

/** Throws INVALID_ARGUMENT for a name that is no topic setting. */
export function checkTopicSetting(field: string): void {
  if (field === 'cleanupPolicy' || Object.hasOwn(TOPIC_CONFIG_BOUNDS, field)) return;
  throw invalid(field, 'is not a topic setting');
}

function checkField(field: string, value: unknown): void {
  if (field === 'cleanupPolicy') {
    if (!CLEANUP_POLICIES.includes(value as CleanupPolicy)) {
      throw invalid(field, `is ${JSON.stringify(value)}; it must be one of ${CLEANUP_POLICIES.join(' | ')}`);
    }
    return;
  }
  checkTopicSetting(field);
  const { min, max, optional } = TOPIC_CONFIG_BOUNDS[field as keyof typeof TOPIC_CONFIG_BOUNDS];
  if (value === undefined && optional) return;
  const whole = field === 'minCleanableDirtyRatio' || Number.isInteger(value);
  if (typeof value !== 'number' || !whole || !(value >= min && value <= max)) {
    throw invalid(
      field,
      `is ${String(value)}; it must be ${whole ? 'a number' : 'a whole number'} from ${min} to ${max}`,
    );
  }
}

function invalid(field: string, problem: string): StoreError {
  return new StoreError('INVALID_ARGUMENT', `${field} ${problem}`, { field });
}

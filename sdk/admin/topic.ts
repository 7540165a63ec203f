/** Topics, as plain TypeScript, and the way from and to messages. */
import { respool } from '../../proto/index.js';
import { invalidOption } from '../connection/index.js';

type WireConfig = respool.v1.TopicConfig.$Properties;
type WireTopic = respool.v1.TopicDescription.$Properties;
type WirePartition = respool.v1.PartitionDescription.$Properties;

const { CleanupPolicy: WirePolicy } = respool.v1;

/** What happens to old records: deleted by age and size, or all but the last of each key, or both. */
export type CleanupPolicy = 'delete' | 'compact' | 'compact,delete';

/** How the broker keeps a topic. */
export interface TopicConfig {
  /** What happens to old records. */
  cleanupPolicy: CleanupPolicy;
  /** Records older than this are deleted, by whole segments, under `delete`. Milliseconds. */
  retentionMs: number | 'unlimited';
  /** The oldest segments are deleted while a partition is larger than this, under `delete`. Bytes. */
  retentionBytes: number | 'unlimited';
  /** A segment is rolled before it would grow beyond this. Bytes. */
  segmentBytes: number;
  /** A segment is rolled when its first record is older than this. Milliseconds. */
  segmentMs: number;
  /** The largest batch, header included. Bytes. */
  maxBatchBytes: number;
  /** An index entry is written when more than this was appended since the last one. Bytes. */
  indexIntervalBytes: number;
  /** A segment is rolled when an index is as large as this. Bytes. */
  segmentIndexBytes: number;
  /** How long a compacted topic keeps the deletion of a key. Milliseconds. */
  deleteRetentionMs: number;
  /** A record is not compacted before it is so old. Milliseconds. */
  minCompactionLagMs: number;
  /** A partition is compacted when this share of its sealed bytes is not yet compacted, 0 to 1. */
  minCleanableDirtyRatio: number;
}

/** Settings of a topic, those that are not to be the broker's defaults. */
export type TopicSettings = { [Field in keyof TopicConfig]?: TopicConfig[Field] | undefined };

/** A topic as it is. */
export interface TopicDescription {
  topic: string;
  /** True for a topic of the broker's own, whose name begins with `__`: it can be read, but not changed. */
  internal: boolean;
  /** Effective: the broker's defaults are filled in. */
  config: TopicConfig;
  /** The fields of `config` that were set for this topic. */
  overrides: (keyof TopicConfig)[];
  /** By number. */
  partitions: PartitionDescription[];
}

/** A partition as it is: log start offset ≤ recovery point ≤ high watermark ≤ log end offset. */
export interface PartitionDescription {
  /** The number, from 0. */
  partition: number;
  /** The first readable offset. */
  logStartOffset: number;
  /** The end of what is on disk for sure. */
  recoveryPoint: number;
  /** The end of what can be read. */
  highWatermark: number;
  /** The end of what was accepted: the next record's offset. */
  logEndOffset: number;
  /** Bytes of the log files. */
  sizeBytes: number;
  /** How many segments. */
  segments: number;
  /** True after a failed write or sync: no appends until the broker is restarted. */
  offline: boolean;
  /** Damage found so far, ascending. */
  damaged: OffsetRange[];
}

/** Offsets from `startOffset` up to, not including, `endOffset`. */
export interface OffsetRange {
  startOffset: number;
  endOffset: number;
}

/** Every field of {@link TopicConfig}, with its name in the protocol. */
const WIRE_NAMES: Readonly<Record<keyof TopicConfig, string>> = Object.freeze({
  cleanupPolicy: 'cleanup_policy',
  retentionMs: 'retention_ms',
  retentionBytes: 'retention_bytes',
  segmentBytes: 'segment_bytes',
  segmentMs: 'segment_ms',
  maxBatchBytes: 'max_batch_bytes',
  indexIntervalBytes: 'index_interval_bytes',
  segmentIndexBytes: 'segment_index_bytes',
  deleteRetentionMs: 'delete_retention_ms',
  minCompactionLagMs: 'min_compaction_lag_ms',
  minCleanableDirtyRatio: 'min_cleanable_dirty_ratio',
});

const WIRE_POLICIES: Readonly<Record<CleanupPolicy, respool.v1.CleanupPolicy>> = Object.freeze({
  delete: WirePolicy.CLEANUP_POLICY_DELETE,
  compact: WirePolicy.CLEANUP_POLICY_COMPACT,
  'compact,delete': WirePolicy.CLEANUP_POLICY_COMPACT_DELETE,
});

const NEVER = -1;

/** To a message. INVALID_ARGUMENT for a field that there is not, or of the wrong type; bounds are the broker's to check. */
export function toWireConfig(settings: TopicSettings): WireConfig {
  const wire: Record<string, number> = {};
  for (const [field, value] of Object.entries(settings)) {
    if (value === undefined) continue;
    checkField(`config.${field}`, field);
    wire[field] = field === 'cleanupPolicy' ? toWirePolicy(value) : toWireNumber(field, value);
  }
  return wire;
}

/** To the protocol's name of a field. INVALID_ARGUMENT if there is no such field. */
export function toWireField(field: string): string {
  checkField('reset', field);
  return WIRE_NAMES[field];
}

/** From a message in which the broker has filled in everything. */
export function fromWireTopic({
  topic,
  internal,
  config,
  overrides,
  partitions,
}: WireTopic): TopicDescription {
  return {
    topic: topic ?? '',
    internal: internal ?? false,
    config: fromWireConfig(config ?? {}),
    overrides: (overrides ?? []).map(fromWireField).filter((field) => field !== undefined),
    partitions: (partitions ?? []).map(fromWirePartition),
  };
}

function checkField(option: string, field: string): asserts field is keyof TopicConfig {
  if (Object.hasOwn(WIRE_NAMES, field)) return;
  throw invalidOption(option, field, `the settings of a topic are ${Object.keys(WIRE_NAMES).join(', ')}`);
}

function toWirePolicy(value: unknown): number {
  if (typeof value === 'string' && Object.hasOwn(WIRE_POLICIES, value))
    return WIRE_POLICIES[value as CleanupPolicy];
  throw invalidOption(
    'config.cleanupPolicy',
    value,
    `it must be one of ${Object.keys(WIRE_POLICIES).join(' | ')}`,
  );
}

function toWireNumber(field: string, value: unknown): number {
  const mayBeUnlimited = field === 'retentionMs' || field === 'retentionBytes';
  if (mayBeUnlimited && value === 'unlimited') return NEVER;
  const whole = field !== 'minCleanableDirtyRatio';
  if (
    typeof value === 'number' &&
    (whole ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    value >= 0
  ) {
    return value;
  }
  const kind = whole ? 'a whole number of 0 or more' : 'a number from 0 to 1';
  throw invalidOption(
    `config.${field}`,
    value,
    `it must be ${kind}${mayBeUnlimited ? " or 'unlimited'" : ''}`,
  );
}

function fromWireConfig(wire: WireConfig): TopicConfig {
  return {
    cleanupPolicy: fromWirePolicy(wire.cleanupPolicy),
    retentionMs: orUnlimited(wire.retentionMs),
    retentionBytes: orUnlimited(wire.retentionBytes),
    segmentBytes: wire.segmentBytes ?? 0,
    segmentMs: wire.segmentMs ?? 0,
    maxBatchBytes: wire.maxBatchBytes ?? 0,
    indexIntervalBytes: wire.indexIntervalBytes ?? 0,
    segmentIndexBytes: wire.segmentIndexBytes ?? 0,
    deleteRetentionMs: wire.deleteRetentionMs ?? 0,
    minCompactionLagMs: wire.minCompactionLagMs ?? 0,
    minCleanableDirtyRatio: wire.minCleanableDirtyRatio ?? 0,
  };
}

function fromWirePolicy(wire: respool.v1.CleanupPolicy | null | undefined): CleanupPolicy {
  if (wire === WirePolicy.CLEANUP_POLICY_COMPACT) return 'compact';
  return wire === WirePolicy.CLEANUP_POLICY_COMPACT_DELETE ? 'compact,delete' : 'delete';
}

function orUnlimited(value: number | null | undefined): number | 'unlimited' {
  return value === null || value === undefined || value === NEVER ? 'unlimited' : value;
}

/** Undefined for a field that only a newer broker knows. */
function fromWireField(name: string): keyof TopicConfig | undefined {
  return (Object.keys(WIRE_NAMES) as (keyof TopicConfig)[]).find((field) => WIRE_NAMES[field] === name);
}

function fromWirePartition(wire: WirePartition): PartitionDescription {
  return {
    partition: wire.partition ?? 0,
    logStartOffset: wire.logStartOffset ?? 0,
    recoveryPoint: wire.recoveryPoint ?? 0,
    highWatermark: wire.highWatermark ?? 0,
    logEndOffset: wire.logEndOffset ?? 0,
    sizeBytes: wire.sizeBytes ?? 0,
    segments: wire.segments ?? 0,
    offline: wire.offline ?? false,
    damaged: (wire.damaged ?? []).map(({ startOffset, endOffset }) => ({
      startOffset: startOffset ?? 0,
      endOffset: endOffset ?? 0,
    })),
  };
}

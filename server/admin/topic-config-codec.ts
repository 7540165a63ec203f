/** A topic's configuration on the wire and in the log: −1 there is undefined here, names are snake_case there and camelCase here. */
import { respool } from '../../proto/index.js';
import type { CleanupPolicy, TopicConfig } from '../../segment-store/index.js';
import { invalidArgument } from '../rpc/wire-number.js';

const {
  CLEANUP_POLICY_UNSPECIFIED,
  CLEANUP_POLICY_DELETE,
  CLEANUP_POLICY_COMPACT,
  CLEANUP_POLICY_COMPACT_DELETE,
} = respool.v1.CleanupPolicy;

type ConfigMessage = respool.v1.TopicConfig.$Properties;

/** Every field of a topic's configuration, by its name on the wire. */
const FIELD_BY_WIRE_NAME = {
  cleanup_policy: 'cleanupPolicy',
  retention_ms: 'retentionMs',
  retention_bytes: 'retentionBytes',
  segment_bytes: 'segmentBytes',
  segment_ms: 'segmentMs',
  max_batch_bytes: 'maxBatchBytes',
  index_interval_bytes: 'indexIntervalBytes',
  segment_index_bytes: 'segmentIndexBytes',
  delete_retention_ms: 'deleteRetentionMs',
  min_compaction_lag_ms: 'minCompactionLagMs',
  min_cleanable_dirty_ratio: 'minCleanableDirtyRatio',
} as const satisfies Record<string, keyof TopicConfig>;

const WIRE_NAME_BY_FIELD = Object.fromEntries(
  Object.entries(FIELD_BY_WIRE_NAME).map(([wireName, field]) => [field, wireName]),
) as Record<keyof TopicConfig, string>;

const POLICY_TO_WIRE: Readonly<Record<CleanupPolicy, respool.v1.CleanupPolicy>> = {
  delete: CLEANUP_POLICY_DELETE,
  compact: CLEANUP_POLICY_COMPACT,
  'compact,delete': CLEANUP_POLICY_COMPACT_DELETE,
};

/** The fields that are set. INVALID_ARGUMENT for a policy that is none, or batches that do not fit in a message; the log checks the rest. */
export function decodeTopicConfig(
  message: ConfigMessage | null | undefined,
  maxBatchBytesThatFit: number,
): Partial<TopicConfig> {
  const config: Partial<TopicConfig> = {};
  for (const field of Object.values(FIELD_BY_WIRE_NAME)) {
    const value = message?.[field];
    if (value == null) continue;
    if (field === 'cleanupPolicy') Object.assign(config, decodePolicy(value));
    else if (field === 'retentionMs' || field === 'retentionBytes')
      config[field] = value === -1 ? undefined : value;
    else config[field] = value;
  }
  checkBatchFits(config, maxBatchBytesThatFit);
  return config;
}

function decodePolicy(value: number): Pick<TopicConfig, 'cleanupPolicy'> | undefined {
  if (value === CLEANUP_POLICY_UNSPECIFIED) return undefined;
  for (const [policy, wire] of Object.entries(POLICY_TO_WIRE)) {
    if (wire === value) return { cleanupPolicy: policy as CleanupPolicy };
  }
  throw invalidArgument('cleanup_policy', `is ${value}, which is no policy of this broker`);
}

function checkBatchFits({ maxBatchBytes }: Partial<TopicConfig>, limit: number): void {
  if (maxBatchBytes === undefined || maxBatchBytes <= limit) return;
  throw invalidArgument(
    'max_batch_bytes',
    `is ${maxBatchBytes}; with this broker's maxMessageBytes it may be at most ${limit}, so that a batch fits in a message`,
  );
}

export function encodeTopicConfig(config: TopicConfig): ConfigMessage {
  return {
    ...config,
    cleanupPolicy: POLICY_TO_WIRE[config.cleanupPolicy],
    retentionMs: config.retentionMs ?? -1,
    retentionBytes: config.retentionBytes ?? -1,
  };
}

/** Fields by their names on the wire. INVALID_ARGUMENT for one that is none. */
export function decodeFieldNames(wireNames: readonly string[]): (keyof TopicConfig)[] {
  return wireNames.map((name) => {
    if (Object.hasOwn(FIELD_BY_WIRE_NAME, name))
      return FIELD_BY_WIRE_NAME[name as keyof typeof FIELD_BY_WIRE_NAME];
    const known = Object.keys(FIELD_BY_WIRE_NAME).join(', ');
    throw invalidArgument('reset', `names ${JSON.stringify(name.slice(0, 100))}; it may name ${known}`);
  });
}

export function encodeFieldNames(fields: readonly (keyof TopicConfig)[]): string[] {
  return fields.map((field) => WIRE_NAME_BY_FIELD[field]);
}

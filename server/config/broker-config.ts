/** All options of a broker: one table, from which the type, the schema, the flags and the reference page come. */
import { join } from 'node:path';
import { z } from 'zod';
import type { GroupOptions } from '../../consumer-groups/index.js';
import type { LogStoreOptions } from '../../segment-store/index.js';
import { EDGE_OPTIONS } from './edge-options.js';
import { GROUP_OPTIONS } from './group-options.js';
import { type Option, type OptionKind, parseAddress } from './option.js';
import { STORE_OPTIONS } from './store-options.js';
import { TOPIC_OPTIONS } from './topic-options.js';

export const OPTIONS = { ...STORE_OPTIONS, ...TOPIC_OPTIONS, ...GROUP_OPTIONS, ...EDGE_OPTIONS };

export type OptionName = keyof typeof OPTIONS;

type ValueOf<O> = O extends Option<infer T> ? T : never;

/** A broker's configuration, complete. What each field means is said where it is defined, and by {@link describeOptions}. */
export type BrokerConfig = { [Name in OptionName]: ValueOf<(typeof OPTIONS)[Name]> };

/** Bytes of a gRPC message that are not the batch: topic name, ids, tags. */
export const MESSAGE_OVERHEAD_BYTES = 1024;

/** The largest batch that a topic may allow, so that it can be sent in one message. */
export function maxBatchBytesThatFit(config: Pick<BrokerConfig, 'maxMessageBytes'>): number {
  return config.maxMessageBytes - MESSAGE_OVERHEAD_BYTES;
}

const shape = Object.fromEntries(Object.entries(OPTIONS).map(([name, option]) => [name, option.schema]));

/** Values under the options' names → a {@link BrokerConfig}. Issues carry the option's name as their path. */
export const brokerSchema = z.object(shape).superRefine((values, context) => {
  for (const { option, problem } of conflicts(values as BrokerConfig)) {
    context.addIssue({ code: 'custom', path: [option], message: problem });
  }
}) as unknown as z.ZodType<BrokerConfig>;

interface Conflict {
  option: OptionName;
  problem: string;
}

/** What each value alone does not show. */
function* conflicts(config: BrokerConfig): Generator<Conflict> {
  const fits = maxBatchBytesThatFit(config);
  if (config.topicMaxBatchBytes > fits) {
    yield {
      option: 'topicMaxBatchBytes',
      problem: `it must be at most ${fits}, so that a batch fits in a gRPC message of maxMessageBytes (${config.maxMessageBytes})`,
    };
  }
  if (config.tlsCert && !config.tlsKey)
    yield { option: 'tlsCert', problem: 'it needs tlsKey, which is not set' };
  if (config.tlsKey && !config.tlsCert)
    yield { option: 'tlsKey', problem: 'it needs tlsCert, which is not set' };
  if (config.tlsClientCa && !config.tlsCert) {
    yield { option: 'tlsClientCa', problem: 'it needs tlsCert and tlsKey, which are not set' };
  }
  yield* sessionTimeoutConflicts(config);
  const http = parseAddress(config.http);
  if (http && http.port !== 0 && config.http === config.listen) {
    yield { option: 'http', problem: 'it must differ from listen' };
  }
}

function* sessionTimeoutConflicts(config: BrokerConfig): Generator<Conflict> {
  const { groupMinSessionTimeoutMs: min, groupMaxSessionTimeoutMs: max } = config;
  if (min > max) {
    yield {
      option: 'groupMinSessionTimeoutMs',
      problem: `it must be at most groupMaxSessionTimeoutMs (${max})`,
    };
  } else if (config.groupSessionTimeoutMs < min || config.groupSessionTimeoutMs > max) {
    yield {
      option: 'groupSessionTimeoutMs',
      problem: `it must be from groupMinSessionTimeoutMs (${min}) to groupMaxSessionTimeoutMs (${max})`,
    };
  }
}

/** The options that the store takes. */
export function storeOptions(config: BrokerConfig): LogStoreOptions {
  const stored = Object.keys(STORE_OPTIONS) as (keyof typeof STORE_OPTIONS)[];
  return {
    ...(Object.fromEntries(stored.map((name) => [name, config[name]])) as Pick<
      BrokerConfig,
      keyof typeof STORE_OPTIONS
    >),
    topicDefaults: {
      cleanupPolicy: config.topicCleanupPolicy,
      retentionMs: config.topicRetentionMs,
      retentionBytes: config.topicRetentionBytes,
      segmentBytes: config.topicSegmentBytes,
      segmentMs: config.topicSegmentMs,
      maxBatchBytes: config.topicMaxBatchBytes,
      indexIntervalBytes: config.topicIndexIntervalBytes,
      segmentIndexBytes: config.topicSegmentIndexBytes,
      deleteRetentionMs: config.topicDeleteRetentionMs,
      minCompactionLagMs: config.topicMinCompactionLagMs,
      minCleanableDirtyRatio: config.topicMinCleanableDirtyRatio,
    },
  };
}

/** Where the view of all groups lies, beside the topics in the data directory. */
const VIEW_FOLDER = 'groups';

/** The options that groups take. */
export function groupOptions(config: BrokerConfig): GroupOptions {
  return {
    viewDir: join(config.dataDir, VIEW_FOLDER),
    sessionTimeoutMs: config.groupSessionTimeoutMs,
    minSessionTimeoutMs: config.groupMinSessionTimeoutMs,
    maxSessionTimeoutMs: config.groupMaxSessionTimeoutMs,
    revocationTimeoutMs: config.groupRevocationTimeoutMs,
    offsetsRetentionMs: config.offsetsRetentionMs,
    expiryIntervalMs: config.offsetsExpiryIntervalMs,
    maxGroups: config.maxGroups,
    maxGroupMembers: config.maxGroupMembers,
    maxCommittedOffsets: config.maxCommittedOffsets,
    maxGroupSnapshots: config.maxGroupSnapshots,
    maxCommitMetadataBytes: config.maxCommitMetadataBytes,
    maxResponseBytes: config.maxFetchBytes,
    viewFlushIntervalMs: config.groupViewFlushIntervalMs,
    viewTimeoutMs: config.groupViewTimeoutMs,
  };
}

/** One option, for generated pages and for the command line. */
export interface OptionDescription {
  /** As in code and in the configuration file. */
  name: string;
  /** As on the command line, `--data-dir`. */
  flag: string;
  /** As in the environment, `RESPOOL_DATA_DIR`. */
  env: string;
  kind: OptionKind;
  /** What it may be, to go on from "it must be". */
  expected: string;
  /** The default as text; `none` if there is no value. */
  default: string;
  doc: string;
}

/** Every option, in the order of the reference page; the configuration file itself comes first. */
export function describeOptions(): OptionDescription[] {
  const described = Object.entries(OPTIONS).map(([name, option]) => ({
    name,
    flag: flagOf(name),
    env: envOf(name),
    kind: option.kind,
    expected: option.expected,
    default: textOf(option.default),
    doc: option.doc,
  }));
  return [CONFIG_FILE, ...described];
}

/** Not an option of the broker, but of where its options come from. */
const CONFIG_FILE: OptionDescription = {
  name: 'config',
  flag: '--config',
  env: 'RESPOOL_CONFIG',
  kind: 'path',
  expected: 'the path of a JSON or YAML file',
  default: 'none',
  doc: 'A file with options under the names given here. Flags and the environment override it.',
};

export function flagOf(name: string): string {
  return `--${words(name).join('-')}`;
}

export function envOf(name: string): string {
  return `RESPOOL_${words(name).join('_').toUpperCase()}`;
}

export function textOf(value: unknown): string {
  return value === undefined ? 'none' : String(value);
}

function words(name: string): string[] {
  return name.replace(/[A-Z]|\d+/g, (part) => (/\d/.test(part) ? part : ` ${part.toLowerCase()}`)).split(' ');
}

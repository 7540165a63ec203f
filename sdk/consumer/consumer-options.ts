import { hostname } from 'node:os';
import {
  checkBoolean,
  checkInteger,
  checkOneOf,
  checkText,
  invalidOption,
  withDefaults,
} from '../connection/index.js';

/** A partition of a topic. */
export interface TopicPartition {
  topic: string;
  /** From 0. */
  partition: number;
}

/** A partition that has been assigned to this consumer. */
export interface AssignedPartition extends TopicPartition {
  /** In which it was assigned; rises whenever a partition of the group is given to anybody. A fence for what you write elsewhere: refuse what comes with an older one. */
  generation: number;
  /** Where reading begins. */
  startOffset: number;
  /** Undefined: the group had none. Below `startOffset`: what lay between is no longer in the log. */
  committedOffset: number | undefined;
}

/** The end of what is done with a partition. */
export interface OffsetToCommit extends TopicPartition {
  /** The next offset to read: that of the last record done, and one. */
  offset: number;
  /**
   * Whatever you like to remember with it. Up to the broker's `maxCommitMetadataBytes`.
   * @default ''
   */
  metadata?: string | undefined;
}

/** Offsets that were gone past without being read. */
export interface SkippedOffsets extends TopicPartition {
  startOffset: number;
  endOffset: number;
  reason: 'damaged' | 'deleted';
}

/** How a consumer reads, commits, and behaves within its group. */
export interface ConsumerOptions {
  /** The group whose work is shared. 1 to 249 of A-Z a-z 0-9 . _ - */
  group: string;
  /** Topics by name or pattern; in a pattern `*` stands for any characters. What matches later is picked up then. */
  topics: readonly string[];
  /**
   * When offsets are committed.
   * - `after` (at least once): when the loop asks for the next record, the one before counts as done; committed every `commitIntervalMs`, when a partition is revoked, and
   *   on `close`. A crash has records read again.
   * - `before` (at most once): a batch is committed before its records are handed out. A crash loses the rest of it.
   * - `manual`: by {@link Consumer.commit} only.
   * @default 'after'
   */
  commit?: 'after' | 'before' | 'manual' | undefined;
  /**
   * Time between commits with `after`. Milliseconds, 1 to 600,000. Less: fewer records are read again after a crash. More: fewer commits.
   * @default 1000
   */
  commitIntervalMs?: number | undefined;
  /**
   * Where to begin in a partition for which the group has no committed offset, or one that is no longer in the log. `none`: fail with NO_COMMITTED_OFFSET or
   * OFFSET_OUT_OF_RANGE.
   * @default 'earliest'
   */
  offsetReset?: 'earliest' | 'latest' | 'none' | undefined;
  /**
   * How partitions are shared out. All members of a group must agree.
   * @default what the group has; 'sticky' for a new one
   */
  assignor?: 'sticky' | 'range' | 'roundrobin' | undefined;
  /**
   * Makes the member static: a process that comes back under the same id within `sessionTimeoutMs` gets its partitions back, and nobody else notices. One process at a
   * time; the older of two is ended with INSTANCE_FENCED.
   * @default undefined
   */
  instanceId?: string | undefined;
  /**
   * A name for people, in `respool group members`.
   * @default the host's name and the process id
   */
  clientId?: string | undefined;
  /**
   * The broker takes the consumer for dead when it hears nothing for so long. Milliseconds. Less: the dead are noticed sooner, and a busy event loop is taken for one.
   * @default the broker's `groupSessionTimeoutMs`
   */
  sessionTimeoutMs?: number | undefined;
  /**
   * How long `onRevoked` and the record in hand may take when a partition is to move. Then the consumer is expelled. Milliseconds.
   * @default the broker's `groupRevocationTimeoutMs`
   */
  revocationTimeoutMs?: number | undefined;
  /**
   * A consumer whose loop does not ask for the next record for so long leaves the group, so that a stuck handler does not hold its partitions for ever. It joins again when the loop goes
   * on. Milliseconds, 1,000 to 2^31 − 1.
   * @default 300000
   */
  maxProcessingMs?: number | undefined;
  /**
   * Bytes of batches that the broker may send ahead. Less: less memory. More: fewer pauses. 64 KiB to 1 GiB.
   * @default 4 MiB
   */
  maxBufferedBytes?: number | undefined;
  /**
   * Topics that do not exist yet are waited for, instead of failing with TOPIC_NOT_FOUND.
   * @default false
   */
  awaitTopics?: boolean | undefined;
  /**
   * What to do about damaged records: fail with CORRUPT_BATCH, or go past them and tell `onSkipped`.
   * @default 'fail'
   */
  onDataLoss?: 'fail' | 'skip' | undefined;
  /**
   * How long the broker may be away before iterating fails with UNAVAILABLE. Milliseconds; 0: at once.
   * @default Infinity
   */
  reconnectTimeoutMs?: number | undefined;
  /** Told of partitions that are this consumer's from now on; awaited before their first record is handed out. */
  onAssigned?: ((partitions: readonly AssignedPartition[]) => void | Promise<void>) | undefined;
  /** Told of partitions that are to move: called between two records, awaited before they are committed and released. What is committed in it still counts. */
  onRevoked?: ((partitions: readonly TopicPartition[]) => void | Promise<void>) | undefined;
  /** Told of partitions that are gone already: the connection was lost, the consumer expelled, the topic deleted. Nothing can be committed for them any more. */
  onLost?: ((partitions: readonly TopicPartition[]) => void | Promise<void>) | undefined;
  /** Told of offsets that were gone past. */
  onSkipped?: ((skipped: SkippedOffsets) => void) | undefined;
}

/** {@link ConsumerOptions}, checked and complete. Undefined: the broker's default, or nobody to tell. */
export interface ResolvedConsumerOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly commit: 'after' | 'before' | 'manual';
  readonly commitIntervalMs: number;
  readonly offsetReset: 'earliest' | 'latest' | 'none';
  readonly assignor: 'sticky' | 'range' | 'roundrobin' | undefined;
  readonly instanceId: string | undefined;
  readonly clientId: string;
  readonly sessionTimeoutMs: number | undefined;
  readonly revocationTimeoutMs: number | undefined;
  readonly maxProcessingMs: number;
  readonly maxBufferedBytes: number;
  readonly awaitTopics: boolean;
  readonly onDataLoss: 'fail' | 'skip';
  readonly reconnectTimeoutMs: number;
  readonly onAssigned: ConsumerOptions['onAssigned'];
  readonly onRevoked: ConsumerOptions['onRevoked'];
  readonly onLost: ConsumerOptions['onLost'];
  readonly onSkipped: ConsumerOptions['onSkipped'];
}

const MAX_MS = 2 ** 31 - 1;
const MAX_NAME_LENGTH = 200;

/** What options are when they are not given. */
export const DEFAULT_CONSUMER_OPTIONS = Object.freeze({
  commit: 'after' as 'after' | 'before' | 'manual',
  commitIntervalMs: 1000,
  offsetReset: 'earliest' as 'earliest' | 'latest' | 'none',
  maxProcessingMs: 300_000,
  maxBufferedBytes: 4 * 1024 ** 2,
  awaitTopics: false,
  onDataLoss: 'fail' as 'fail' | 'skip',
  reconnectTimeoutMs: Number.POSITIVE_INFINITY,
});

/** Those that have no default here. */
const OTHERS = [
  'group',
  'topics',
  'assignor',
  'instanceId',
  'clientId',
  'sessionTimeoutMs',
  'revocationTimeoutMs',
  'onAssigned',
  'onRevoked',
  'onLost',
  'onSkipped',
] as const;

/** Fills in defaults and checks everything; whether the names are allowed is the broker's to say. INVALID_ARGUMENT, naming the option and its bounds. */
export function resolveConsumerOptions(options: ConsumerOptions): ResolvedConsumerOptions {
  const filled = withDefaults(DEFAULT_CONSUMER_OPTIONS, options, OTHERS);
  const { group, assignor, instanceId, sessionTimeoutMs, revocationTimeoutMs } = options;
  const { onAssigned, onRevoked, onLost, onSkipped } = options;
  checkText('group', group);
  checkTopics(options.topics);
  checkOneOf('commit', filled.commit, ['after', 'before', 'manual']);
  checkInteger('commitIntervalMs', filled.commitIntervalMs, 1, 600_000);
  checkOneOf('offsetReset', filled.offsetReset, ['earliest', 'latest', 'none']);
  if (assignor !== undefined) checkOneOf('assignor', assignor, ['sticky', 'range', 'roundrobin']);
  if (instanceId !== undefined) checkText('instanceId', instanceId);
  if (sessionTimeoutMs !== undefined) checkInteger('sessionTimeoutMs', sessionTimeoutMs, 1, MAX_MS);
  if (revocationTimeoutMs !== undefined) checkInteger('revocationTimeoutMs', revocationTimeoutMs, 1, MAX_MS);
  checkInteger('maxProcessingMs', filled.maxProcessingMs, 1000, MAX_MS);
  checkInteger('maxBufferedBytes', filled.maxBufferedBytes, 64 * 1024, 1024 ** 3);
  checkBoolean('awaitTopics', filled.awaitTopics);
  checkOneOf('onDataLoss', filled.onDataLoss, ['fail', 'skip']);
  if (filled.reconnectTimeoutMs !== Number.POSITIVE_INFINITY) {
    checkInteger('reconnectTimeoutMs', filled.reconnectTimeoutMs, 0, MAX_MS);
  }
  for (const [name, hook] of Object.entries({ onAssigned, onRevoked, onLost, onSkipped })) {
    if (hook !== undefined && typeof hook !== 'function')
      throw invalidOption(name, hook, 'it must be a function');
  }
  return Object.freeze({
    ...filled,
    group,
    topics: Object.freeze([...options.topics]),
    assignor,
    instanceId,
    clientId: checkedClientId(options.clientId),
    sessionTimeoutMs,
    revocationTimeoutMs,
    onAssigned,
    onRevoked,
    onLost,
    onSkipped,
  });
}

function checkTopics(topics: readonly string[]): void {
  if (!Array.isArray(topics) || topics.length === 0) {
    throw invalidOption('topics', topics, 'it must be a list of at least one name or pattern');
  }
  topics.forEach((topic, i) => {
    checkText(`topics[${i}]`, topic);
  });
}

function checkedClientId(clientId: string | undefined): string {
  if (clientId === undefined) return `${hostname()}-${process.pid}`.slice(-MAX_NAME_LENGTH);
  checkText('clientId', clientId);
  if (clientId.length <= MAX_NAME_LENGTH) return clientId;
  throw invalidOption('clientId', clientId, `it must be no longer than ${MAX_NAME_LENGTH} characters`);
}

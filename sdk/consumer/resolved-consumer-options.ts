import { hostname } from 'node:os';
import {
  checkBoolean,
  checkInteger,
  checkOneOf,
  checkText,
  invalidOption,
  withDefaults,
} from '../connection/index.js';
import type { ConsumerOptions } from './consumer-options.js';

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

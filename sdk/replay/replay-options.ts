import { COMPRESSIONS, type Compression } from '../../proto/record-batch/index.js';
import { type Position, toWirePosition } from '../admin/index.js';
import {
  checkBoolean,
  checkInteger,
  checkOneOf,
  checkText,
  invalidOption,
  RespoolError,
  withDefaults,
} from '../connection/index.js';
import type { DataLoss, RecordFilter } from '../reader/index.js';
import { checkPace, type ReplayPace } from './replay-pace.js';
import type { ReplayProgress } from './replay-progress.js';

/** What to copy where to, and how. */
export interface ReplayOptions {
  /** The topic to read. */
  topic: string;
  /** The topic to copy into; it must exist. The same one only with `until` and without `name`. */
  to: string;
  /**
   * Which partitions to read.
   * @default all that there are
   */
  partitions?: readonly number[] | undefined;
  /**
   * Where to begin, in every partition.
   * @default 'earliest'
   */
  from?: Position | undefined;
  /**
   * Where to end, exclusive, in every partition. A replay never follows the log: the end is found out when it is planned.
   * @default the end of each partition
   */
  until?: Position | undefined;
  /**
   * Copy only records that match.
   * @default all
   */
  filter?: RecordFilter | undefined;
  /**
   * How fast.
   * @default 'flat-out'
   */
  pace?: ReplayPace | undefined;
  /**
   * Keep the progress under this name, as the offsets of the group `replay.<name>`, so that a replay that was stopped can be gone on with by another of the same name and definition. One process
   * at a time.
   * @default progress is not kept
   */
  name?: string | undefined;
  /**
   * Copy each record into the partition of the same number. False: by key, and those without a key anywhere.
   * @default true if the target has as many partitions as the topic
   */
  keepPartitions?: boolean | undefined;
  /**
   * Copies have the time of their original. False: that of the copying.
   * @default false
   */
  keepTimestamps?: boolean | undefined;
  /**
   * How the copies are compressed.
   * @default 'none'
   */
  compression?: Compression | undefined;
  /**
   * What to do about damaged records: fail with CORRUPT_BATCH, or go on behind them, telling `onSkipped`.
   * @default 'fail'
   */
  onDataLoss?: 'fail' | 'skip' | undefined;
  /** Told of every damaged range that was gone past. */
  onSkipped?: ((loss: DataLoss) => void) | undefined;
  /** Told from time to time how far it is, and once at the end. */
  onProgress?: ((progress: ReplayProgress) => void) | undefined;
  /**
   * How often `onProgress` is called. Milliseconds, 10 to 60,000.
   * @default 200
   */
  progressIntervalMs?: number | undefined;
  /** Stops it: what is on its way is waited for and the progress kept; then it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** {@link ReplayOptions}, checked and complete. */
export interface ResolvedReplayOptions {
  readonly topic: string;
  readonly to: string;
  readonly partitions: readonly number[] | undefined;
  readonly from: Position;
  readonly until: Position;
  readonly filter: RecordFilter | undefined;
  readonly pace: ReplayPace;
  readonly name: string | undefined;
  readonly keepPartitions: boolean | undefined;
  readonly keepTimestamps: boolean;
  readonly compression: Compression;
  readonly onDataLoss: 'fail' | 'skip';
  readonly onSkipped: ((loss: DataLoss) => void) | undefined;
  readonly onProgress: ((progress: ReplayProgress) => void) | undefined;
  readonly progressIntervalMs: number;
  readonly signal: AbortSignal | undefined;
}

const DEFAULTS = Object.freeze({
  from: 'earliest' as Position,
  until: 'latest' as Position,
  pace: 'flat-out' as ReplayPace,
  keepTimestamps: false,
  compression: 'none' as Compression,
  onDataLoss: 'fail' as 'fail' | 'skip',
  progressIntervalMs: 200,
});

const OTHERS = [
  'topic',
  'to',
  'partitions',
  'filter',
  'name',
  'keepPartitions',
  'onSkipped',
  'onProgress',
  'signal',
] as const;

/** Fills in defaults and checks everything. INVALID_ARGUMENT, naming the option and its bounds. */
export function resolveReplayOptions(options: ReplayOptions): ResolvedReplayOptions {
  const filled = withDefaults(DEFAULTS, options, OTHERS);
  const { topic, to, partitions, filter, name, keepPartitions, onSkipped, onProgress, signal } = options;
  checkText('topic', topic);
  checkText('to', to);
  if (partitions !== undefined) checkPartitions(partitions);
  toWirePosition('from', filled.from);
  toWirePosition('until', filled.until);
  checkPace(filled.pace);
  if (name !== undefined) checkText('name', name);
  if (keepPartitions !== undefined) checkBoolean('keepPartitions', keepPartitions);
  checkBoolean('keepTimestamps', filled.keepTimestamps);
  checkOneOf('compression', filled.compression, COMPRESSIONS);
  checkOneOf('onDataLoss', filled.onDataLoss, ['fail', 'skip']);
  checkInteger('progressIntervalMs', filled.progressIntervalMs, 10, 60_000);
  checkDifferent(options);
  return Object.freeze({
    ...filled,
    topic,
    to,
    partitions: partitions && Object.freeze([...partitions].sort((a, b) => a - b)),
    filter,
    name,
    keepPartitions,
    onSkipped,
    onProgress,
    signal,
  });
}

function checkPartitions(partitions: readonly number[]): void {
  if (!Array.isArray(partitions) || partitions.length === 0) {
    throw invalidOption('partitions', partitions, 'it must be a list of at least one partition');
  }
  partitions.forEach((partition, i) => {
    checkInteger(`partitions[${i}]`, partition, 0, 2 ** 31 - 1);
  });
  if (new Set(partitions).size < partitions.length) {
    throw invalidOption('partitions', partitions.join(', '), 'it must name no partition twice');
  }
}

/** Onto itself, every copy is a record that the next replay copies again: that is to be wanted. */
function checkDifferent({ topic, to, until, name }: ReplayOptions): void {
  if (topic !== to) return;
  if (until === undefined) refuse('until', 'a replay of a topic onto itself must say where to end');
  if (name !== undefined) refuse('name', 'the progress of a replay of a topic onto itself cannot be kept');
}

function refuse(field: string, message: string): never {
  throw new RespoolError('INVALID_ARGUMENT', message, { details: { field } });
}

import type { Bytes } from '../../proto/record-batch/index.js';
import { type OffsetRange, type Position, toWirePosition } from '../admin/index.js';
import {
  checkBoolean,
  checkInteger,
  checkOneOf,
  checkText,
  invalidOption,
  withDefaults,
} from '../connection/index.js';
import { MAX_UNCOMPRESSED_BYTES } from './stored-batches.js';

/** Stored records that cannot be read, because their bytes are damaged. */
export interface DataLoss extends OffsetRange {
  topic: string;
  partition: number;
}

/** How reading behaves, of one partition or of a topic. */
export interface ReadOptions {
  /**
   * Wait for more at the end of the log, instead of ending there. "There" is where the log ended when reading began.
   * @default false
   */
  follow?: boolean | undefined;
  /**
   * What to do about damaged records: fail with CORRUPT_BATCH, or go on behind them, telling `onSkipped`.
   * @default 'fail'
   */
  onDataLoss?: 'fail' | 'skip' | undefined;
  /** Told of every range that was gone past under `onDataLoss: 'skip'`, when that happens. */
  onSkipped?: ((loss: DataLoss) => void) | undefined;
  /**
   * Check every batch's checksum here, too. The broker has checked it; this finds what was damaged on the way, at 5 GB/s.
   * @default true
   */
  verifyCrc?: boolean | undefined;
  /**
   * About how much the broker sends in one response. Bytes, 1 KiB to 16 MiB; at least one batch is always sent. Less costs throughput, more costs memory.
   * @default 256 KiB
   */
  maxBytes?: number | undefined;
  /**
   * How much may be read ahead of the consumer, over all partitions. Bytes, 0 to 2^31 − 1; one response for each partition is always read ahead.
   * @default 4 MiB
   */
  readAheadBytes?: number | undefined;
  /**
   * What a compressed batch may be decompressed to; more is taken for a bomb and fails with CORRUPT_BATCH. Bytes, 1 KiB to 2^31 − 1.
   * @default 128 MiB
   */
  maxUncompressedBytes?: number | undefined;
  /**
   * How long to try to reach the broker again after the connection was lost; then UNAVAILABLE. Milliseconds, 0 to 2^31 − 1.
   * @default 300000
   */
  reconnectTimeoutMs?: number | undefined;
  /** Ends reading, with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** What to read of one partition. */
export interface FetchOptions extends ReadOptions {
  topic: string;
  /** From 0. */
  partition: number;
  /**
   * Where to begin.
   * @default 'earliest'
   */
  from?: Position | undefined;
  /** Where to end, exclusive. `'latest'` is where the log ends now. Absent: see `follow`. */
  until?: Position | undefined;
}

/** Which records to read: all that is given must match. The broker looks into every batch for it, which is meant for tools. */
export interface RecordFilter {
  /** The key is exactly this. */
  key?: Bytes;
  /** For each there is a header of that name and that value; undefined: any value. */
  headers?: Readonly<Record<string, Bytes>> | undefined;
}

/** What to read of a topic. */
export interface RecordsOptions extends ReadOptions {
  topic: string;
  /**
   * Which partitions.
   * @default all that there are when reading begins
   */
  partitions?: readonly number[] | undefined;
  /**
   * Where to begin, the same in every partition or by partition.
   * @default 'earliest'
   */
  from?: Position | ((partition: number) => Position) | undefined;
  /** Where to end, exclusive, the same in every partition or by partition. */
  until?: Position | ((partition: number) => Position | undefined) | undefined;
  /**
   * End after so many records, of all partitions together. 1 or more.
   * @default as many as there are
   */
  maxRecords?: number | undefined;
  /**
   * Only records that match.
   * @default all
   */
  filter?: RecordFilter | undefined;
}

/** {@link ReadOptions}, checked and complete. */
export interface ResolvedReadOptions {
  readonly follow: boolean;
  readonly onDataLoss: 'fail' | 'skip';
  readonly onSkipped: (loss: DataLoss) => void;
  readonly verifyCrc: boolean;
  readonly maxBytes: number;
  readonly readAheadBytes: number;
  readonly maxUncompressedBytes: number;
  readonly reconnectTimeoutMs: number;
}

const DEFAULTS = Object.freeze({
  follow: false,
  onDataLoss: 'fail' as 'fail' | 'skip',
  verifyCrc: true,
  maxBytes: 256 * 1024,
  readAheadBytes: 4 * 1024 ** 2,
  maxUncompressedBytes: MAX_UNCOMPRESSED_BYTES,
  reconnectTimeoutMs: 300_000,
});

const COMMON = ['topic', 'from', 'until', 'signal', 'onSkipped'];
const MAX_INT = 2 ** 31 - 1;

/** Fills in defaults and checks everything but positions. INVALID_ARGUMENT, naming the option and its bounds. */
export function resolveFetchOptions(options: FetchOptions): ResolvedReadOptions {
  const resolved = resolveReadOptions(options, ['partition']);
  checkInteger('partition', options.partition, 0, MAX_INT);
  if (options.from !== undefined) toWirePosition('from', options.from);
  if (options.until !== undefined) toWirePosition('until', options.until);
  return resolved;
}

/** Fills in defaults and checks everything but positions. INVALID_ARGUMENT, naming the option and its bounds. */
export function resolveRecordsOptions(options: RecordsOptions): ResolvedReadOptions {
  const resolved = resolveReadOptions(options, ['partitions', 'maxRecords', 'filter']);
  const { partitions, maxRecords } = options;
  if (maxRecords !== undefined) checkInteger('maxRecords', maxRecords, 1);
  if (partitions === undefined) return resolved;
  if (!Array.isArray(partitions) || partitions.length === 0) {
    throw invalidOption('partitions', partitions, 'it must be a list of at least one partition');
  }
  partitions.forEach((partition, i) => {
    checkInteger(`partitions[${i}]`, partition, 0, MAX_INT);
  });
  if (new Set(partitions).size < partitions.length) {
    throw invalidOption('partitions', partitions.join(', '), 'it must name no partition twice');
  }
  return resolved;
}

function resolveReadOptions(
  options: FetchOptions | RecordsOptions,
  alsoKnown: string[],
): ResolvedReadOptions {
  const filled = withDefaults(DEFAULTS, options, [...COMMON, ...alsoKnown]);
  checkText('topic', options.topic);
  checkBoolean('follow', filled.follow);
  checkBoolean('verifyCrc', filled.verifyCrc);
  checkOneOf('onDataLoss', filled.onDataLoss, ['fail', 'skip']);
  checkInteger('maxBytes', filled.maxBytes, 1024, 16 * 1024 ** 2);
  checkInteger('readAheadBytes', filled.readAheadBytes, 0, MAX_INT);
  checkInteger('maxUncompressedBytes', filled.maxUncompressedBytes, 1024, MAX_INT);
  checkInteger('reconnectTimeoutMs', filled.reconnectTimeoutMs, 0, MAX_INT);
  return Object.freeze({
    follow: filled.follow,
    onDataLoss: filled.onDataLoss,
    verifyCrc: filled.verifyCrc,
    maxBytes: filled.maxBytes,
    readAheadBytes: filled.readAheadBytes,
    maxUncompressedBytes: filled.maxUncompressedBytes,
    reconnectTimeoutMs: filled.reconnectTimeoutMs,
    onSkipped: options.onSkipped ?? (() => {}),
  });
}

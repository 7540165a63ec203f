/** How fast a replay goes: pure functions of monotonic time and the records' timestamps. */
import { checkOneOf, invalidOption } from '../connection/index.js';

/**
 * How fast records are copied; never faster than both brokers and disk take it.
 * - `'flat-out'`: as fast as that;
 * - `{ speed }`: with the pauses that lay between the records, by their timestamps, divided by `speed`; 1 is the original pace. More than 0. What has fallen behind is caught up with;
 * - `{ recordsPerSecond }`: so many, over all partitions. More than 0. What has fallen behind is not caught up with.
 */
export type ReplayPace = 'flat-out' | { speed: number } | { recordsPerSecond: number };

/** INVALID_ARGUMENT unless it is a pace. */
export function checkPace(pace: ReplayPace): void {
  if (typeof pace !== 'object' || pace === null) checkOneOf('pace', pace, ['flat-out']);
  else if ('speed' in pace) checkRate('pace.speed', pace.speed);
  else if ('recordsPerSecond' in pace) checkRate('pace.recordsPerSecond', pace.recordsPerSecond);
  else throw invalidOption('pace', pace, "it must be 'flat-out', { speed } or { recordsPerSecond }");
}

/** A record may be let go so much before its turn, so that a timer that is late costs nothing. */
const BURST_MS = 20;

/** When each record is due. One for all partitions, so that they keep the pace together. */
export class Pacer {
  readonly #pace: ReplayPace;
  readonly #startMs: number;
  readonly #firstTimestampMs: number;
  #nextDueMs: number;

  /** Begins at `startMs` of the monotonic clock with a record of `firstTimestampMs`. */
  constructor(pace: ReplayPace, startMs: number, firstTimestampMs: number) {
    this.#pace = pace;
    this.#startMs = startMs;
    this.#nextDueMs = startMs;
    this.#firstTimestampMs = firstTimestampMs;
  }

  /** True: every record is due at once. */
  get isFlatOut(): boolean {
    return this.#pace === 'flat-out';
  }

  /** When the next record is due, on the monotonic clock; to be asked once for each. It may be in the past. */
  dueMs(nowMs: number, timestampMs: number): number {
    const pace = this.#pace;
    if (pace === 'flat-out') return nowMs;
    if ('speed' in pace) return this.#startMs + (timestampMs - this.#firstTimestampMs) / pace.speed;
    const dueMs = Math.max(this.#nextDueMs, nowMs);
    this.#nextDueMs = dueMs + 1000 / pace.recordsPerSecond;
    return dueMs - BURST_MS;
  }
}

/** What is known of a replay, for an estimate. */
export interface ReplayReach {
  /** Records, as far as offsets tell. */
  readonly total: number;
  /** Of them those that are copied or gone past. */
  readonly passed: number;
  readonly elapsedMs: number;
  /** The timestamps of the first record and the last; undefined: there is none. */
  readonly firstTimestampMs: number | undefined;
  readonly lastTimestampMs: number | undefined;
}

/** How long the rest takes, milliseconds. Undefined: nothing tells. */
export function remainingMs(pace: ReplayPace, reach: ReplayReach): number | undefined {
  const left = reach.total - reach.passed;
  if (left <= 0) return 0;
  const measuredMs = reach.passed === 0 ? undefined : (reach.elapsedMs * left) / reach.passed;
  const plannedMs = plannedRemainingMs(pace, reach, left);
  if (plannedMs === undefined) return measuredMs;
  // A broker that does not keep up takes longer than was planned.
  return pace !== 'flat-out' && 'speed' in pace ? plannedMs : Math.max(plannedMs, measuredMs ?? 0);
}

function plannedRemainingMs(pace: ReplayPace, reach: ReplayReach, left: number): number | undefined {
  if (pace === 'flat-out') return undefined;
  if ('recordsPerSecond' in pace) return (left * 1000) / pace.recordsPerSecond;
  const { firstTimestampMs, lastTimestampMs, elapsedMs } = reach;
  if (firstTimestampMs === undefined || lastTimestampMs === undefined) return undefined;
  return Math.max(0, (lastTimestampMs - firstTimestampMs) / pace.speed - elapsedMs);
}

function checkRate(name: string, value: number): void {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return;
  throw invalidOption(name, value, 'it must be a number above 0');
}

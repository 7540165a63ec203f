/** The log that both brokers are filled with, offset by offset and millisecond by millisecond, and what is committed. */
import type { OffsetsByGroup } from './group-tool.js';

const HOUR_MS = 3_600_000;
/** A hundred hours and a half ago, so that a duration of whole hours ends half an hour from any record; a whole second. */
const START_MS = Math.floor(Date.now() / 1000) * 1000 - 100.5 * HOUR_MS;

/** Names that Kafka's CSV quotes, being longer than 24 characters. */
export const INVOICES = 'invoices-of-the-warehouse-in-europe';
export const BACKGROUND = 'reads-everything-in-the-background';
/** The group that most resets are about. */
export const READER = 'reads-orders';
/** What it has committed is no longer in the log. */
export const FAR_BEHIND = 'far-behind';

export const COMMITS: OffsetsByGroup = {
  [READER]: { 'orders-0': 50, 'orders-1': 30, 'payments-0': 5 },
  [BACKGROUND]: { 'orders-0': 70, [`${INVOICES}-0`]: 12 },
  [FAR_BEHIND]: { 'orders-0': 5 },
};

export interface FilledPartition {
  /** When each record was written, in milliseconds since 1970 UTC. */
  timesMs: readonly number[];
  logStartOffset: number;
}

export const LOG: Readonly<Record<string, readonly FilledPartition[]>> = {
  orders: [
    { timesMs: hourly(100), logStartOffset: 20 },
    // Neighbours come in the wrong order.
    { timesMs: hourly(60).map((_, offset) => hourMs(offset ^ 1)), logStartOffset: 0 },
    { timesMs: [], logStartOffset: 0 },
  ],
  payments: [
    { timesMs: hourly(10), logStartOffset: 0 },
    // Nothing is left of it.
    { timesMs: hourly(10), logStartOffset: 10 },
  ],
  [INVOICES]: [{ timesMs: hourly(30), logStartOffset: 0 }],
};

/** Records go in batches of so many, so that those that are looked for lie in the middle of one. */
export const BATCH_RECORDS = 16;

/** A batch at a time: the offset of its first record, and the times of its records. */
export function* batchesOf({ timesMs }: FilledPartition): Generator<readonly number[]> {
  for (let at = 0; at < timesMs.length; at += BATCH_RECORDS) yield timesMs.slice(at, at + BATCH_RECORDS);
}

/** When record `hour` of `orders-0` was written. */
export function hourMs(hour: number): number {
  return START_MS + hour * HOUR_MS;
}

/** The time of {@link hourMs} and so many milliseconds, in a zone such as `+02:00`, as both tools take it. */
export function dateTime(hour: number, { plusMs = 0, zone = 'Z' } = {}): string {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d)(?::?(\d\d))?$/.exec(zone) ?? [];
  const zoneMs = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  return new Date(hourMs(hour) + plusMs + zoneMs).toISOString().replace('Z', zone);
}

function hourly(records: number): number[] {
  return Array.from({ length: records }, (_, hour) => hourMs(hour));
}

/** Where to begin or end reading, as people write it. Pure. */
import { parseDuration } from './duration.js';

export type PlaceInLog =
  | { at: 'earliest' }
  | { at: 'latest' }
  | { at: 'offset'; offset: number }
  | { at: 'time'; timestampMs: number };

/** What {@link parsePlace} takes, for help and errors. */
export const PLACE_SYNTAX =
  'earliest, latest, an offset (42), a time (2026-01-31T12:00, 2026-01-31T12:00:00Z), epoch milliseconds (@1767225600000), or how long ago (2h30m)';

/** Milliseconds below which a time after `@` was surely meant as seconds: 1973. */
const LEAST_EPOCH_MS = 100_000_000_000;

/** Throws an Error that says what was expected. A date or time without a zone is local. */
export function parsePlace(text: string, nowMs: number): PlaceInLog {
  const trimmed = text.trim();
  if (trimmed === 'earliest' || trimmed === 'latest') return { at: trimmed };
  if (/^\d+$/.test(trimmed)) return { at: 'offset', offset: safeInteger(trimmed) };
  const timestampMs = parseTime(trimmed, nowMs);
  if (timestampMs === undefined) throw new Error(`expected ${PLACE_SYNTAX}`);
  return { at: 'time', timestampMs };
}

function parseTime(text: string, nowMs: number): number | undefined {
  const agoMs = parseDuration(text);
  return agoMs === undefined ? instantOf(text) : Math.max(0, nowMs - agoMs);
}

/** What {@link parseInstant} takes. */
export const INSTANT_SYNTAX =
  'a time (2026-01-31T12:00, 2026-01-31T12:00:00.000, 2026-01-31T12:00:00Z) or epoch milliseconds (@1767225600000)';

/** Milliseconds since 1970 UTC of a date, a date-time or `@` and milliseconds. Throws an Error that says what was expected. Without a zone it is local. */
export function parseInstant(text: string): number {
  const timestampMs = instantOf(text.trim());
  if (timestampMs === undefined) throw new Error(`expected ${INSTANT_SYNTAX}`);
  return timestampMs;
}

const DATE_TIME =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?:(Z)|([+-]\d\d)(?::?(\d\d))?)?)?$/i;

function instantOf(text: string): number | undefined {
  if (/^@\d+$/.test(text)) return epochMs(text.slice(1));
  const [, date, time = '00:00', utc = '', zoneHours, zoneMinutes = '00'] = DATE_TIME.exec(text) ?? [];
  if (date === undefined) return undefined;
  if (!isDay(date)) throw new Error('there is no such day');
  const zone = zoneHours === undefined ? utc.toUpperCase() : `${zoneHours}:${zoneMinutes}`;
  // The `T` makes JavaScript take a date-time without a zone as local; a date alone it would take as UTC.
  const timestampMs = Date.parse(`${date}T${time}${zone}`);
  if (Number.isNaN(timestampMs)) throw new Error('there is no such time');
  if (timestampMs < 0) throw new Error('it lies before 1970');
  return timestampMs;
}

/** JavaScript takes 31 February for 3 March. */
function isDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}

function epochMs(digits: string): number {
  const value = safeInteger(digits);
  if (value > 0 && value < LEAST_EPOCH_MS) {
    throw new Error(`epoch times are milliseconds; if ${value} are seconds, write @${value}000`);
  }
  return value;
}

function safeInteger(digits: string): number {
  const value = Number(digits);
  if (!Number.isSafeInteger(value)) throw new Error(`it is larger than ${Number.MAX_SAFE_INTEGER}`);
  return value;
}

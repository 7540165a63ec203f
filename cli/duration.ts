/** Stretches of time as people write them. */
import parse from 'parse-duration';

/** What parse-duration would take is wider: it reads over words that it does not know. */
const DURATION = /^(?:\d+(?:\.\d+)?\s*(?:ms|s|m|min|h|d|w|mo|y)\s*)+$/i;

/** Milliseconds of `7d`, `2h30m`, `1.5 h` or `250ms`; undefined if it is no duration, or not a whole number of milliseconds. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (!DURATION.test(trimmed)) return undefined;
  const ms = parse(trimmed) ?? 0;
  return Number.isSafeInteger(ms) ? ms : undefined;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** `9000000` → `2h30m`: exact, so that what is shown can be typed in again. */
export function formatDuration(ms: number): string {
  let left = ms;
  let text = '';
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0ms' : text;
}

/** `123000` → `2m 3s`: the two largest units, the rest dropped, so that it can be read at a glance. */
export function formatSpan(ms: number): string {
  if (ms < 1000) return `${Math.floor(ms)}ms`;
  const largest = UNITS.findIndex(([, size]) => ms >= size);
  const [unit, size] = UNITS[largest]!;
  const count = Math.floor(ms / size);
  const [nextUnit, nextSize] = UNITS[largest + 1]!;
  const rest = Math.floor((ms - count * size) / nextSize);
  return unit === 's' || rest === 0 ? `${count}${unit}` : `${count}${unit} ${rest}${nextUnit}`;
}

/**
 * Durations of ISO 8601, as Kafka's tools take them: `PT2H30M`, `P1DT2H`, `P2W`. Pure. Twenty lines of our own, since parse-duration does not know them, and libraries that do
 * bring calendars: a year or a month has no length by itself.
 */

const ISO_DURATION =
  /^P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i;

/** Milliseconds of weeks, days, hours, minutes and seconds, the groups of the pattern. */
const UNITS_MS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1000];

/** Milliseconds, rounded; undefined if it is no such duration. Throws an Error that says why for one with years or months. */
export function parseIsoDuration(text: string): number | undefined {
  const trimmed = text.trim();
  const amounts = ISO_DURATION.exec(trimmed)?.slice(1);
  if (amounts === undefined || /(P|T)$/i.test(trimmed)) {
    if (/^P[^T]*\d[YM]/i.test(trimmed)) throw new Error('years and months differ in length; use days');
    return undefined;
  }
  const ms = amounts.reduce((sum, amount, unit) => sum + Number(amount ?? 0) * UNITS_MS[unit]!, 0);
  return Number.isSafeInteger(Math.round(ms)) ? Math.round(ms) : undefined;
}

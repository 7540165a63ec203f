/** Figures as people read them. */
import type { CaseResult, Unit } from './result.js';

/** `1234567, 'records/s'` → `1.23 M records/s` */
export function formatFigure(value: number, unit: Unit): string {
  return `${unit === 'ms' ? formatMs(value) : formatCount(value)} ${unit}`;
}

/** Three digits. */
export function formatCount(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
  if (value >= 1e4) return `${(value / 1e3).toPrecision(3)} k`;
  return String(Math.round(value));
}

export function formatMs(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2);
}

/** `p50 0.21, p99 1.40, max 9.80 ms`; empty if there were no latencies. */
export function formatLatency({ latencyMs }: Pick<CaseResult, 'latencyMs'>): string {
  if (latencyMs === undefined) return '';
  const { p50, p99, max } = latencyMs;
  return `p50 ${formatMs(p50)}, p99 ${formatMs(p99)}, max ${formatMs(max)} ms`;
}

export function formatPercent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

export function formatMegabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

import Table from 'cli-table3';
import { formatFigure, formatLatency, formatMegabytes, formatPercent } from './figure.js';
import type { CaseResult } from './result.js';

/** One case on the console: its figure, what it cost, and what is known beside it. */
export function describeCase(result: CaseResult): string {
  const table = new Table({ style: { head: [], border: [], compact: true } });
  table.push(
    { [result.name]: `${formatFigure(result.median, result.unit)} (spread ${formatPercent(result.spread)})` },
    ...(result.latencyMs === undefined ? [] : [{ latency: formatLatency(result) }]),
    ...Object.entries(result.details).map(([name, value]) => ({ [name]: String(value) })),
    ...result.processes.map(({ name, cpuSeconds, rssBytes, peakRssBytes }) => ({
      [name]: `${cpuSeconds} s of CPU, RSS ${formatMegabytes(rssBytes)}, at most ${formatMegabytes(peakRssBytes)}`,
    })),
    { checked: result.checked },
    { 'load average': String(result.loadAverage) },
  );
  return table.toString();
}

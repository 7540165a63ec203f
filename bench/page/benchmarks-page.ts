import { formatFigure, formatLatency, formatMegabytes, formatPercent } from '../harness/figure.js';
import type { BenchReport, CaseResult } from '../harness/result.js';
import { SCENARIOS } from '../scenario/scenarios.js';

/** `docs/benchmarks.md`, from the reports of a run; those of scenarios that are no more are left out. */
export function benchmarksPage(reports: readonly BenchReport[]): string {
  const sections = SCENARIOS.flatMap(({ name, summary }) => {
    const report = reports.find(({ scenario }) => scenario === name);
    return report === undefined ? [] : [section(report, summary, reports)];
  });
  return `${[HEAD, ...sections].join('\n\n')}\n`;
}

const HEAD = `# Benchmarks

Made by \`npm run bench:report\` from \`bench/baseline/*.json\`, which hold every sample. To measure a machine of your own:

    npm run bench -- all --json-dir results
    npm run bench:report -- results benchmarks.md

Broker and clients are processes of their own on the same machine and talk over loopback. Each figure is the median of several samples after a warm-up; the spread is
(largest − smallest) / median. After the samples everything that was acknowledged is read back and compared, so a figure here is of records that were there. CPU is user and system
time of a process over all samples of a case. Compare figures of one run only: a machine that others use drifts.`;

function section(report: BenchReport, summary: string, reports: readonly BenchReport[]): string {
  return [
    `## ${report.scenario}`,
    `${capitalised(summary)}.`,
    environmentLine(report),
    caseTable(report, reports),
  ].join('\n\n');
}

function environmentLine({ startedAt, environment, options }: BenchReport): string {
  const { commit, cpu, cores, memoryBytes, kernel, fileSystem, node, loadAverage } = environment;
  const busy = loadAverage >= cores / 4 ? ' **The machine was not quiet: figures are too low.**' : '';
  return (
    `${startedAt.slice(0, 10)}, commit ${commit}: ${cores} cores (${cpu}), ${formatMegabytes(memoryBytes)} of memory, ${kernel}, ${fileSystem}, ` +
    `Node ${node}; ${options.runs} samples of ${options.seconds} s; load average ${loadAverage} at the start.${busy}`
  );
}

const HEADINGS = ['case', 'durability', 'median', 'spread', 'latency', 'CPU', 'peak RSS', 'beside it'];

function caseTable({ cases }: BenchReport, reports: readonly BenchReport[]): string {
  const rows = cases.map((result) => [
    result.name,
    result.durability,
    formatFigure(result.median, result.unit),
    formatPercent(result.spread),
    formatLatency(result),
    result.processes.map(({ name, cpuSeconds }) => `${name} ${cpuSeconds} s`).join(', '),
    result.processes.map(({ name, peakRssBytes }) => `${name} ${formatMegabytes(peakRssBytes)}`).join(', '),
    [...shareOfCeiling(result, reports), ...details(result)].join(', '),
  ]);
  return [HEADINGS, HEADINGS.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function details({ details }: CaseResult): string[] {
  return Object.entries(details).map(([name, value]) => `${name} ${value}`);
}

/** What a produce case reaches of the best that the stream did without a broker, with a file behind it if the case syncs. */
function shareOfCeiling(result: CaseResult, reports: readonly BenchReport[]): string[] {
  if (!('producers' in result.parameters)) return [];
  const isSynced = result.durability === 'fsync';
  const ceilings = reports
    .filter(({ scenario }) => scenario === 'ceiling')
    .flatMap(({ cases }) => cases)
    .filter(({ parameters, durability }) => {
      return (
        parameters['valueBytes'] === result.parameters['valueBytes'] && (durability === 'fsync') === isSynced
      );
    });
  if (ceilings.length === 0) return [];
  const best = Math.max(...ceilings.map(({ median }) => median));
  return [`${formatPercent(result.median / best)} of ceiling`];
}

function capitalised(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`;
}

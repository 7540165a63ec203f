/**
 * The short form, for CI: the main cases of every scenario with small logs and short samples, within a minute or so. It fails if a record is lost, doubled, out of order or changed, or if
 * anything does not run; the figures are printed, and nobody judges them.
 */
import os from 'node:os';
import { checkIsDisk, DataFolder } from './harness/data-folder.js';
import { watchTheEnd } from './harness/ending.js';
import { loadAverage } from './harness/environment.js';
import { formatFigure, formatLatency } from './harness/figure.js';
import type { CaseResult } from './harness/result.js';
import { runScenario } from './harness/run-scenario.js';
import type { BenchContext } from './harness/scenario.js';
import { SCENARIOS } from './scenario/scenarios.js';

const [dir = os.tmpdir()] = process.argv.slice(2);

const OPTIONS = { seconds: 0.2, runs: 1, logGb: 0.05, fetchMb: 10, manyPartitions: 50 };

watchTheEnd();
checkIsDisk(dir);
using folder = new DataFolder(dir);
const context: BenchContext = {
  options: OPTIONS,
  dir: folder.path,
  nodeFlags: [],
  isWanted: ({ isShort }) => isShort,
};
console.log(`samples of ${OPTIONS.seconds} s, load average ${loadAverage()}: the figures say little`);
for (const scenario of SCENARIOS) {
  console.log(`${scenario.name}: ${scenario.summary}`);
  await runScenario(scenario, context, print);
}

function print(result: CaseResult): void {
  const latency = formatLatency(result);
  console.log(`  ${result.name}: ${formatFigure(result.median, result.unit)}${latency && ` (${latency})`}`);
}

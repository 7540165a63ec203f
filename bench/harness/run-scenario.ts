import { loadAverage, readEnvironment } from './environment.js';
import type { BenchReport, CaseResult } from './result.js';
import type { BenchContext, Scenario } from './scenario.js';

/** Runs the cases of a scenario one behind the other; `onResult` hears of each as it is done. Rejects with the first failure: a wrong result is none. */
export async function runScenario(
  scenario: Scenario,
  context: BenchContext,
  onResult: (result: CaseResult) => void,
): Promise<BenchReport> {
  const startedAt = new Date().toISOString();
  const environment = readEnvironment(context.dir);
  const cases: CaseResult[] = [];
  for (const { name, run } of scenario.cases(context).filter(context.isWanted)) {
    const load = loadAverage();
    const result: CaseResult = { name, loadAverage: load, ...(await named(name, () => run(context))) };
    cases.push(result);
    onResult(result);
  }
  if (cases.length === 0) throw new Error(`no case of ${scenario.name} is wanted`);
  return { format: 1, scenario: scenario.name, startedAt, environment, options: context.options, cases };
}

async function named<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new Error(`case "${name}" failed`, { cause });
  }
}

/** What to tell of a run that broke a promise: its seed, and the shortest story that still ends badly. */
import { type OpenStore, type SimulationPlan, type SimulationReport, simulate } from './log-simulation.js';

const LAST_LINES = 60;

/** Runs the plan; if it fails, again with fewer and fewer lives, until it does no longer. */
export async function shortestFailure(
  plan: SimulationPlan,
  open: OpenStore,
): Promise<{ plan: SimulationPlan; report: SimulationReport } | undefined> {
  for (let lives = 1; lives <= plan.lives; lives += 1) {
    const shorter = { ...plan, lives };
    const report = await simulate(shorter, open);
    if (report.violations.length > 0) return { plan: shorter, report };
  }
  return undefined;
}

export function describeFailure(plan: SimulationPlan, report: SimulationReport): string {
  const { seed, lives, diskFaults, durability = 'fsync' } = plan;
  const skipped = Math.max(0, report.story.length - LAST_LINES);
  return [
    `seed ${seed}, ${lives} lives, durability ${durability}, ${diskFaults ? 'a failing disk' : 'crashes only'}:`,
    ...report.violations.map((what) => `  ${what}`),
    `the story${skipped > 0 ? `, without its first ${skipped} lines` : ''}:`,
    ...report.story.slice(skipped).map((line) => `  ${line}`),
    `to see it again: RESPOOL_SIMULATION_SEED=${seed} npx vitest run test/simulation/log-simulation.test.ts`,
  ].join('\n');
}

/** Nothing acknowledged is lost, whatever crashes and whatever the disk does: thousands of crashes, each decided by a seed. */
import { describe, expect, it } from 'vitest';
import { openLogStore } from '../../segment-store/index.js';
import { describeFailure, shortestFailure } from './failing-run.js';
import { type SimulationPlan, simulate } from './log-simulation.js';
import { MUTANTS } from './mutants.js';

const LIVES = 8;
/** More seeds find rarer faults; the default is for every day. */
const SEEDS = Number(process.env['RESPOOL_SIMULATION_SEEDS'] ?? 120);
const ONLY_SEED = process.env['RESPOOL_SIMULATION_SEED'];
const FIRST_SEED = Number(process.env['RESPOOL_SIMULATION_FIRST_SEED'] ?? 1);
/** A mutant that lives longer than so many seeds counts as not found. */
const MUTANT_SEEDS = 60;

const seeds =
  ONLY_SEED === undefined ? Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + i) : [Number(ONLY_SEED)];
const timeoutMs = 60_000 + SEEDS * 1000;

describe('no acknowledged record is lost or stored twice', () => {
  it.each([
    { when: 'the broker crashes', diskFaults: false, durability: 'fsync', share: 1 },
    { when: 'the broker crashes and the disk fails', diskFaults: true, durability: 'fsync', share: 1 },
    { when: 'it syncs at intervals and is killed', diskFaults: false, durability: 'interval', share: 0.25 },
    { when: 'it does not sync and is killed', diskFaults: false, durability: 'os', share: 0.25 },
  ] as const)('when $when', { timeout: timeoutMs }, async ({ diskFaults, durability, share }) => {
    let acknowledged = 0;
    const played = seeds.slice(0, Math.ceil(seeds.length * share));
    for (const seed of played) {
      const plan: SimulationPlan = { seed, lives: LIVES, diskFaults, durability };
      const report = await simulate(plan, openLogStore);
      acknowledged += report.acknowledged;
      if (report.violations.length === 0) continue;
      const shortest = await shortestFailure(plan, openLogStore);
      expect.fail(describeFailure(shortest?.plan ?? plan, shortest?.report ?? report));
    }
    // A simulation in which nothing happens proves nothing.
    expect(acknowledged).toBeGreaterThan(played.length * 20);
  });
});

it('a seed decides everything: the same seed tells the same story', async () => {
  const plan = { seed: 3, lives: LIVES, diskFaults: true };
  const [first, second] = [await simulate(plan, openLogStore), await simulate(plan, openLogStore)];
  expect(second.story).toEqual(first.story);
  expect(second.history).toEqual(first.history);
  const other = await simulate({ ...plan, seed: 4 }, openLogStore);
  expect(other.story).not.toEqual(first.story);
});

describe('the simulation finds out a broker that', () => {
  it.each(MUTANTS)('$does', { timeout: timeoutMs }, async ({ diskFaults, mutate }) => {
    for (let seed = 1; seed <= MUTANT_SEEDS; seed += 1) {
      const report = await simulate({ seed, lives: LIVES, diskFaults, mutate }, openLogStore);
      if (report.violations.length > 0) return;
    }
    expect.fail(`it was not found out in ${MUTANT_SEEDS} seeds`);
  });
});

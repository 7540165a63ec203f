/** Brokers with a fault inside, each of which must be found out by the simulation. Those that can be made by lying about the disk are in mutants.ts. */
import { afterEach, expect, it, vi } from 'vitest';

type Module = Record<string, unknown>;

interface EngineMutant {
  does: string;
  /** The module that is changed, from here. */
  module: string;
  change: (original: Module) => Module;
}

const MUTANTS: readonly EngineMutant[] = [
  {
    does: 'checks no CRC',
    module: '../../proto/record-batch/header.js',
    change: () => ({ crcMatches: () => true }),
  },
  {
    does: 'recognises no batch that is sent again',
    module: '../../segment-store/producer-state.js',
    change: () => ({ isIdempotent: () => false }),
  },
  {
    does: 'forgets its producers when it starts',
    module: '../../segment-store/producer-files.js',
    change: ({ loadProducers }) => ({
      loadProducers: async (...args: unknown[]) => {
        const known = await (
          loadProducers as (...args: unknown[]) => Promise<{ producers: object } | undefined>
        )(...args);
        const empty = Object.getPrototypeOf(known?.producers ?? null);
        return known && { ...known, producers: new empty.constructor(1000) };
      },
    }),
  },
  {
    does: 'takes what a power loss tore for damage',
    module: '../../segment-store/unsynced-mark.js',
    change: () => ({ markUnsynced: () => {}, unsyncedBefore: () => 0 }),
  },
  {
    does: 'deletes by age what is young',
    module: '../../segment-store/retention.js',
    change: ({ segmentsToDelete }) => ({
      segmentsToDelete: (segments: unknown, start: number, config: object, nowMs: number) =>
        (segmentsToDelete as (...args: unknown[]) => number)(segments, start, config, nowMs + 60),
    }),
  },
];

const LIVES = 8;
/**
 * A mutant that lives longer than so many seeds counts as not found. The rarest show in one seed of a hundred, those of torn writes; which one it is changes with every step that the
 * store takes more or less.
 */
const SEEDS = 600;

afterEach(() => {
  for (const { module } of MUTANTS) vi.doUnmock(module);
  vi.resetModules();
});

it.each(MUTANTS)(
  'the simulation finds out a broker that $does',
  { timeout: 120_000 },
  async ({ module, change }) => {
    vi.resetModules();
    vi.doMock(module, async (original) => {
      const actual = (await original()) as Module;
      return { ...actual, ...change(actual) };
    });
    const { openLogStore } = await import('../../segment-store/index.js');
    const { simulate } = await import('./log-simulation.js');
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const report = await simulate({ seed, lives: LIVES, diskFaults: false }, openLogStore);
      if (report.violations.length > 0) return;
    }
    expect.fail(`it was not found out in ${SEEDS} seeds`);
  },
);

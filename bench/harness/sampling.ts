import type { BenchOptions } from './result.js';

/** Takes one sample that is thrown away, to warm up, and then as many as are asked for. */
export async function takeSamples<T>(
  { seconds, runs }: Pick<BenchOptions, 'seconds' | 'runs'>,
  sample: (seconds: number) => Promise<T>,
): Promise<T[]> {
  await sample(seconds / 2);
  const samples: T[] = [];
  for (let i = 0; i < runs; i++) samples.push(await sample(seconds));
  return samples;
}

/** Work of several processes that were started together. */
export interface TimedWork {
  startMs: number;
  endMs: number;
}

/** How much a second, all of them together: from the first start to the last end. */
export function ratePerSecond<W extends TimedWork>(works: readonly W[], amount: (work: W) => number): number {
  const startMs = Math.min(...works.map((work) => work.startMs));
  const endMs = Math.max(...works.map((work) => work.endMs));
  const total = works.reduce((sum, work) => sum + amount(work), 0);
  return Math.round((total * 1000) / (endMs - startMs));
}

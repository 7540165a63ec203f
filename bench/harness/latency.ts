import { createHistogram } from 'node:perf_hooks';
import { medianOf } from './sample-statistics.js';

/** How long things took, in milliseconds. */
export interface LatencySummary {
  count: number;
  p50: number;
  p99: number;
  max: number;
}

const US_PER_MS = 1000;

/** Counts durations in constant memory, to three digits. */
export class LatencyRecorder {
  // From 1 µs to 10 minutes.
  readonly #histogram = createHistogram({ lowest: 1, highest: 600_000_000, figures: 3 });

  record(ms: number): void {
    this.#histogram.record(Math.max(1, Math.round(ms * US_PER_MS)));
  }

  /** Forgets what was recorded. */
  reset(): void {
    this.#histogram.reset();
  }

  summary(): LatencySummary {
    const { count } = this.#histogram;
    if (count === 0) return { count, p50: 0, p99: 0, max: 0 };
    return {
      count,
      p50: this.#histogram.percentile(50) / US_PER_MS,
      p99: this.#histogram.percentile(99) / US_PER_MS,
      max: this.#histogram.max / US_PER_MS,
    };
  }
}

/** Of each figure the median over the samples; of the largest the largest. */
export function medianLatency(samples: readonly LatencySummary[]): LatencySummary {
  return {
    count: samples.reduce((sum, { count }) => sum + count, 0),
    p50: medianOf(samples.map(({ p50 }) => p50)),
    p99: medianOf(samples.map(({ p99 }) => p99)),
    max: Math.max(...samples.map(({ max }) => max)),
  };
}

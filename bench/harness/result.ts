/** What a run of a scenario writes down. `docs/benchmarks.md` is made from these files, so a change here needs a new `format`. */
import type { Environment } from './environment.js';
import type { LatencySummary } from './latency.js';
import type { SampleStatistics } from './sample-statistics.js';

/** As `respool serve --durability` has them. */
export const DURABILITIES = ['fsync', 'interval', 'os'] as const;
export type Durability = (typeof DURABILITIES)[number];

export interface BenchReport {
  format: 1;
  scenario: string;
  /** ISO 8601. */
  startedAt: string;
  environment: Environment;
  options: BenchOptions;
  cases: CaseResult[];
}

/** How long and how often. */
export interface BenchOptions {
  /** How long one sample takes, without warm-up. */
  seconds: number;
  /** Samples of each case. */
  runs: number;
  /** Size of the log that `recovery` opens again, in GB of 10^9 bytes. */
  logGb: number;
  /** Size of the log that `fetch` reads, in MB of 10^6 bytes. */
  fetchMb: number;
  /** Partitions of the topic with many of them, in `recovery`. */
  manyPartitions: number;
}

/** What was measured: more is better of all but times. */
export type Unit = 'records/s' | 'MB/s' | 'commits/s' | 'ms';

export interface CaseResult extends SampleStatistics {
  /** Unique within the scenario. */
  name: string;
  unit: Unit;
  /** What the broker promises at the acknowledgement; `none` where nothing is written. */
  durability: Durability | 'none';
  parameters: Record<string, string | number>;
  latencyMs?: LatencySummary;
  /** Other quantities, each with its unit last in its name. */
  details: Record<string, number>;
  processes: ProcessResult[];
  /** What was verified afterwards, as a sentence. A case that does not verify is an error, not a result. */
  checked: string;
  /** Calls that failed, of those measured. */
  errors: number;
  /** Processes that wanted to run in the minute before the case. */
  loadAverage: number;
}

export interface ProcessResult {
  name: string;
  /** While measuring, without start and warm-up. */
  cpuSeconds: number;
  /** At the end. */
  rssBytes: number;
  peakRssBytes: number;
}

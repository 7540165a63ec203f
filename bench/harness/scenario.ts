import type { BenchOptions, CaseResult } from './result.js';

/** What a scenario is given. */
export interface BenchContext {
  readonly options: BenchOptions;
  /** A folder on a disk; each case makes one of its own in it. */
  readonly dir: string;
  /** Node's flags for the broker and the clients, to profile them. */
  readonly nodeFlags: readonly string[];
  /** Which of the cases to run. */
  readonly isWanted: (scenarioCase: ScenarioCase) => boolean;
}

/** One question, and the cases that answer it. */
export interface Scenario {
  readonly name: string;
  /** One line for `--help` and the page. */
  readonly summary: string;
  readonly cases: (context: BenchContext) => readonly ScenarioCase[];
}

export interface ScenarioCase {
  /** Unique within the scenario. */
  readonly name: string;
  /** It belongs to the short form, too. */
  readonly isShort: boolean;
  /** Measures, and checks what it did: throws if something is missing, twice or wrong. */
  run(context: BenchContext): Promise<Omit<CaseResult, 'name' | 'loadAverage'>>;
}

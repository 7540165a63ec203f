import type { HistoryRecorder } from '../history/history-recorder.js';
import type { Life } from './life.js';
import type { SeededRandom } from './seeded-random.js';
import type { SimulatedProcess } from './simulated-world.js';

export interface PartitionName {
  topic: string;
  partition: number;
}

export function keyOf({ topic, partition }: PartitionName): string {
  return `${topic}-${partition}`;
}

/** What all clients of a run share. They run in a process of their own, which outlives the broker's. */
export interface ClientContext {
  readonly random: SeededRandom;
  readonly process: SimulatedProcess;
  readonly recorder: HistoryRecorder;
  readonly partitions: readonly PartitionName[];
  /** The broker, once it is up; undefined when the run is over. */
  nextLife(): Promise<Life | undefined>;
  /** The next number that no record has had. */
  nextNumber(): number;
  /** Remembers that the log did what it must not, other than in the history. */
  broken(what: string): void;
  /** Adds a line to the story of the run. */
  tell(line: string): void;
}

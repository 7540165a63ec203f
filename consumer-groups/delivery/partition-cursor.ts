/** How far delivery of one partition to one member has come. */
import type { AssignedPartition, OwnedPartition } from '../member.js';
import type { LogRange } from './start-offset.js';

export class PartitionCursor implements OwnedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly generation: number;
  /** The offset that is due. */
  position: number;
  /** The last seek that was obeyed; 0: none. */
  seekNumber = 0;
  paused = false;
  /** As of the last read; undefined: none yet. */
  range: LogRange | undefined;
  /** Changes whenever a read that is under way comes to nothing. */
  #turn = 0;
  #stopWaiting: (() => void) | undefined;

  constructor({ topic, partition, generation, startOffset }: AssignedPartition) {
    this.topic = topic;
    this.partition = partition;
    this.generation = generation;
    this.position = startOffset;
  }

  get turn(): number {
    return this.#turn;
  }

  /** Calls off the read or the wait that is under way. */
  interrupt(): void {
    this.#turn += 1;
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
  }

  /** It waits for records from now on; `stop` ends that. */
  waiting(stop: () => void): void {
    this.#stopWaiting = stop;
  }

  /** The wait has ended by itself. */
  waited(): void {
    this.#stopWaiting = undefined;
  }
}

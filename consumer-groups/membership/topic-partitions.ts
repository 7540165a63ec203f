/** Which topics there are, and how many partitions each has: asked of the log again only when something has changed. */
import type { LogStore } from '../../segment-store/index.js';

/** By topic, how many partitions it has. */
export type PartitionCounts = ReadonlyMap<string, number>;

export class TopicPartitions {
  readonly #stop: () => void;
  #counts: Promise<PartitionCounts> | undefined;

  constructor(
    private readonly store: LogStore,
    /** Called whenever they may be others than before. */
    changed: () => void,
  ) {
    this.#stop = store.watchTopics(() => {
      this.outdated();
      changed();
    });
  }

  /** As they are now. Whoever got them before a change is told of it. */
  counts(): Promise<PartitionCounts> {
    this.#counts ??= this.#ask().catch((error: unknown) => {
      this.outdated();
      throw error;
    });
    return this.#counts;
  }

  /** Somebody knows that they are not as they were told. */
  outdated(): void {
    this.#counts = undefined;
  }

  stop(): void {
    this.#stop();
  }

  async #ask(): Promise<PartitionCounts> {
    const topics = await this.store.describeTopics();
    return new Map(topics.map(({ topic, partitions }) => [topic, partitions.length]));
  }
}

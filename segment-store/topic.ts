/** A topic in memory: its settings and its partitions. */

import { StoreError } from './errors.js';
import type { TopicDescription } from './log-store.js';
import type { Partition } from './partition.js';
import { PartitionReader } from './partition-reader.js';
import type { TopicConfig } from './topic-config.js';
import type { TopicSettings } from './topic-file.js';
import { isInternalTopic } from './topic-name.js';

export class Topic {
  readonly partitions: Partition[] = [];
  readonly #readers: PartitionReader[] = [];

  constructor(
    readonly name: string,
    public settings: TopicSettings,
    private readonly defaults: Readonly<TopicConfig>,
  ) {}

  get config(): TopicConfig {
    return { ...this.defaults, ...this.settings.overrides };
  }

  addPartitions(partitions: readonly Partition[]): void {
    for (const partition of partitions) {
      this.partitions.push(partition);
      this.#readers.push(new PartitionReader(partition));
    }
  }

  partition(number: number): Partition {
    return this.partitions[number] ?? this.#unknown(number);
  }

  reader(number: number): PartitionReader {
    return this.#readers[number] ?? this.#unknown(number);
  }

  /** Takes over changed settings; the partitions follow at once. */
  change(settings: TopicSettings): void {
    this.settings = settings;
    for (const partition of this.partitions) partition.configure(this.config, settings.everCompacted);
  }

  describe(): TopicDescription {
    return {
      topic: this.name,
      internal: isInternalTopic(this.name),
      config: this.config,
      overrides: Object.keys(this.settings.overrides) as (keyof TopicConfig)[],
      partitions: this.partitions.map((partition) => partition.describe()),
    };
  }

  #unknown(partition: number): never {
    const partitions = this.partitions.length;
    throw new StoreError(
      'PARTITION_NOT_FOUND',
      `The topic ${this.name} has no partition ${partition}; it has ${partitions}, numbered from 0`,
      { topic: this.name, partition, partitions },
    );
  }
}

import { isStoreError, type LogStore, type TopicConfig } from '../../segment-store/index.js';
import type { PartitionName } from './client-context.js';
import type { SeededRandom } from './seeded-random.js';

/** A topic of a simulation: small enough to roll every few batches. */
export interface SimulatedTopic {
  topic: string;
  partitions: number;
  config: Partial<TopicConfig>;
}

export function randomTopics(random: SeededRandom): SimulatedTopic[] {
  return Array.from({ length: random.between(1, 4) }, (_, number) => ({
    topic: `t${number}`,
    partitions: random.between(1, 3),
    config: {
      cleanupPolicy: random.pick(['delete', 'delete', 'compact', 'compact,delete']),
      minCleanableDirtyRatio: random.pick([0, 0.5]),
      segmentBytes: random.pick([1024, 4096, 20_000, 1_000_000]),
      indexIntervalBytes: random.pick([0, 300, 4096]),
      segmentMs: random.pick([20, 1000, 100_000_000]),
      retentionMs: random.chance(0.2) ? random.pick([50, 400]) : undefined,
      retentionBytes: random.chance(0.2) ? random.pick([2000, 20_000]) : undefined,
    },
  }));
}

export function partitionsOf(topics: readonly SimulatedTopic[]): PartitionName[] {
  return topics.flatMap(({ topic, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
  );
}

/** Creates those that are not there yet. */
export async function createTopics(store: LogStore, topics: readonly SimulatedTopic[]): Promise<void> {
  for (const { topic, partitions, config } of topics) {
    try {
      await store.createTopic(topic, { partitions, config });
    } catch (error) {
      if (!isStoreError(error, 'TOPIC_EXISTS')) throw error;
    }
  }
}

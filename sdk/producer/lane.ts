import type { OutgoingBatch } from './outgoing-batch.js';
import { PartitionQueue, type PartitionQueueOptions } from './partition-queue.js';

/** The way from a producer to one partition. */
export interface Lane {
  readonly topic: string;
  readonly partition: number;
  readonly queue: PartitionQueue<OutgoingBatch>;
  /** The producer id that the queue was given last. */
  producerId: number | undefined;
}

/** A lane with an empty queue. */
export function newLane(topic: string, partition: number, options: PartitionQueueOptions): Lane {
  return { topic, partition, queue: new PartitionQueue(options), producerId: undefined };
}

import type { TopicPartition } from './committed-offset.js';

/** Orders partitions by topic and number. */
export function byPlace(a: TopicPartition, b: TopicPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}

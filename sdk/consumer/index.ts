/** Being a member of a consumer group. This folder's only door. */
export type { ConsumedBatch } from './consumed-batch.js';
export { type CloseConsumerOptions, Consumer } from './consumer.js';
export type {
  AssignedPartition,
  ConsumerOptions,
  OffsetToCommit,
  SkippedOffsets,
  TopicPartition,
} from './consumer-options.js';
export { toWireOffsets } from './offsets-to-commit.js';
export { resolveConsumerOptions } from './resolved-consumer-options.js';

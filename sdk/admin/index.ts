/** Topics and positions, from the client's side. This folder's only door. */
export {
  Admin,
  type NewTopic,
  type OffsetQuery,
  type ResolvedOffset,
  type TopicChange,
  type TopicListOptions,
} from './admin.js';
export { offsetOf, type Position, toWirePosition } from './position.js';
export type {
  CleanupPolicy,
  OffsetRange,
  PartitionDescription,
  TopicConfig,
  TopicDescription,
  TopicSettings,
} from './topic.js';

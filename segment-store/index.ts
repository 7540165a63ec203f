/** A durable, ordered, partitioned, append-only log on one machine. This is the layer's only door. */

export { type CancelTimer, type Clock, systemClock } from './clock.js';
export { isStoreError, StoreError, type StoreErrorCode, type StoreErrorDetails } from './errors.js';
export type { File, FileLock, FileStat, FileSystem } from './file-system.js';
export { Gate } from './gate.js';
export * from './inspect/index.js';
export type * from './log-store.js';
export { Mutex } from './mutex.js';
export { nodeFileSystem } from './node-file-system.js';
export { openLogStore, type StoreEnvironment } from './open-log-store.js';
export { DEFAULT_LOG_STORE_OPTIONS, type Durability, type LogStoreOptions } from './options.js';
export type { StoreEvent, StoreEventListener } from './store-event.js';
export {
  type CleanupPolicy,
  checkTopicConfig,
  DEFAULT_TOPIC_CONFIG,
  TOPIC_CONFIG_BOUNDS,
  type TopicConfig,
} from './topic-config.js';
export { isInternalTopic, nameProblem } from './topic-name.js';

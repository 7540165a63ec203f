/** How the store on disk behaves. Resolved and checked once at the edge, then passed whole and frozen. */
import { DEFAULT_TOPIC_CONFIG, type TopicConfig } from './topic-config.js';

/**
 * When an append is acknowledged.
 * - `fsync`: when `fdatasync` has returned. Survives power loss.
 * - `interval`: when the operating system has it; synced every `syncIntervalMs`. A power loss takes up to that much.
 * - `os`: when the operating system has it; synced at checkpoints only. A power loss takes what it likes of the rest.
 *
 * All three survive the death of the process.
 */
export type Durability = 'fsync' | 'interval' | 'os';

export interface LogStoreOptions {
  /** The directory of everything; made if it does not exist. One process at a time. */
  dataDir: string;
  durability: Durability;
  /** Milliseconds between syncs under `interval`. */
  syncIntervalMs: number;
  /** What topics get that do not say otherwise. */
  topicDefaults: Readonly<TopicConfig>;
  /** Partitions of a topic that does not say how many. */
  defaultPartitions: number;
  /** The most topics. Each costs memory and a file. */
  maxTopics: number;
  /** The most partitions of all topics together. Each costs memory and files. */
  maxPartitions: number;
  /** The most bytes that the records of a batch may have when decompressed; what the broker itself decompresses is bounded by it. */
  maxUncompressedBatchBytes: number;
  /** Bytes of appends that may wait to be written, of all partitions together. More: APPEND_QUEUE_FULL. */
  appendQueueBytes: number;
  /** Readers that may wait for records at a time. More: TOO_MANY. */
  maxWaiters: number;
  /** Files that are kept open at a time. Less costs time to open them again; the process's own limit must be well above. */
  maxOpenFiles: number;
  /** Bytes of index that are kept in memory for sealed segments. */
  indexCacheBytes: number;
  /** Appends are refused while the disk has less room than this, in bytes, so that what is left serves checkpoints and LMDB. */
  freeSpaceReserveBytes: number;
  /** A producer id that was silent so long is forgotten by a partition, in milliseconds. */
  producerIdleMs: number;
  /** Idempotent producers that a partition remembers; the one silent longest is forgotten first. */
  maxProducersPerPartition: number;
  /** The recovery points are written at least this often while there are appends, in milliseconds. Less: a faster start after a crash. */
  checkpointIntervalMs: number;
  /** … and whenever so many bytes were appended since, which bounds what a start after a crash must scan. */
  checkpointBytes: number;
  /** Milliseconds between looks at retention and compaction. */
  cleanupIntervalMs: number;
  /** Syncs under way at a time. Below the thread pool's size, so that a hung disk does not block reads. */
  maxConcurrentSyncs: number;
}

export const DEFAULT_LOG_STORE_OPTIONS: Readonly<Omit<LogStoreOptions, 'dataDir'>> = Object.freeze({
  durability: 'fsync',
  syncIntervalMs: 1000,
  topicDefaults: DEFAULT_TOPIC_CONFIG,
  defaultPartitions: 1,
  maxTopics: 10_000,
  maxPartitions: 20_000,
  maxUncompressedBatchBytes: 32 * 1024 ** 2,
  appendQueueBytes: 64 * 1024 ** 2,
  maxWaiters: 100_000,
  maxOpenFiles: 4096,
  indexCacheBytes: 64 * 1024 ** 2,
  freeSpaceReserveBytes: 64 * 1024 ** 2,
  producerIdleMs: 7 * 24 * 60 * 60 * 1000,
  maxProducersPerPartition: 10_000,
  checkpointIntervalMs: 5000,
  checkpointBytes: 128 * 1024 ** 2,
  cleanupIntervalMs: 60_000,
  maxConcurrentSyncs: 8,
});

/**
 * The log as the layers above see it: all of it, on one screen. `segment-store` implements it with files on one machine; a second
 * engine will implement it with a Kafka cluster. `test/conformance` holds what every engine must do.
 *
 * Vocabulary. A *topic* has *partitions*, numbered from 0. A partition is a dense sequence of *records*, each at its *offset*, stored in
 * *batches*. For every partition, at every moment:
 *
 *     log start offset ≤ recovery point ≤ high watermark ≤ log end offset
 *
 * All bounds are half-open. What lies below the recovery point survives any crash; what lies below the high watermark can be read;
 * the log end offset is that of the next record. With the default durability the first two of these ends are one.
 *
 * Times are milliseconds since 1970 UTC. Every method may reject with a `StoreError`; the codes named are those to expect.
 */
import type { BatchHeader } from '../proto/record-batch/index.js';
import type { TopicConfig } from './topic-config.js';

export interface LogStore extends AsyncDisposable {
  /** Creates a topic; durable when it resolves. INVALID_TOPIC_NAME, TOPIC_EXISTS, INVALID_ARGUMENT, TOO_MANY. */
  createTopic(topic: string, spec?: TopicSpec): Promise<TopicDescription>;
  /** Adds partitions, sets or resets configuration. TOPIC_NOT_FOUND, INVALID_ARGUMENT, TOO_MANY. */
  alterTopic(topic: string, change: TopicChange): Promise<TopicDescription>;
  /** Deletes a topic and its records for good; readers get TOPIC_NOT_FOUND. TOPIC_NOT_FOUND. */
  deleteTopic(topic: string): Promise<void>;
  /** Describes the named topics in that order, or all by name. TOPIC_NOT_FOUND. */
  describeTopics(topics?: readonly string[]): Promise<TopicDescription[]>;

  /** A producer id that was never handed out before and never will be again, across restarts and crashes. */
  allocateProducerId(): Promise<number>;

  /**
   * Appends one encoded batch. Checks it, decides its offset and queues it before it returns, so that calls for one partition are
   * appended in the order in which they are made; resolves when the batch is as durable as the store's durability says.
   *
   * Takes over `batch`: base offset and leader epoch are stamped into it, and the caller must not touch it again.
   * A batch of an idempotent producer that was stored before resolves with `duplicate` and its first offset, once that is durable.
   *
   * INVALID_BATCH, RECORD_TOO_LARGE, UNEXPECTED_OFFSET, OUT_OF_ORDER_SEQUENCE, PRODUCER_FENCED, UNKNOWN_PRODUCER: nothing
   * was stored. APPEND_QUEUE_FULL, DISK_FULL: nothing was stored, try later. PARTITION_OFFLINE: it may or may not have been.
   */
  append(topic: string, partition: number, batch: Buffer, options?: AppendOptions): Promise<Appended>;

  /**
   * Reads whole batches from `offset` up to the high watermark: at least one if there is one, at most `maxBytes` beyond that. The first may begin before
   * `offset`. The Buffer is the caller's. At the high watermark the answer is empty; wait with {@link awaitRecords}.
   *
   * OFFSET_OUT_OF_RANGE; CORRUPT_BATCH if the very next batch is damaged (what precedes damage is returned first).
   */
  read(topic: string, partition: number, offset: number, maxBytes: number): Promise<ReadBatches>;

  /** Resolves when the high watermark is beyond `offset`; rejects with the signal's reason, or when the topic or the store goes away. TOO_MANY. */
  awaitRecords(topic: string, partition: number, offset: number, signal: AbortSignal): Promise<void>;

  /** The partition's offsets now, without touching the disk. */
  bounds(topic: string, partition: number): Promise<PartitionBounds>;

  /** The first readable record whose time is `timestampMs` or later; undefined if there is none. CORRUPT_BATCH if damage hides the answer. */
  findByTime(topic: string, partition: number, timestampMs: number): Promise<FoundRecord | undefined>;

  /**
   * About how many bytes the batches have on disk that hold any offset of `startOffset`..`endOffset`; of what is outside of the log, none. Estimated from the indexes,
   * without reading records: at each end it may be off, either way, by `indexIntervalBytes`, two batches, and damaged bytes that lie there. All of the log, and
   * all of a segment, is exact; ranges that lie end to end add up.
   */
  sizeBetween(topic: string, partition: number, startOffset: number, endOffset: number): Promise<number>;

  /**
   * About when the record at `offset`, or the next one that there is, was written: the time of the first record of its batch. Undefined at the high watermark. Reads the batch's
   * header only, so its checksum is not looked at. OFFSET_OUT_OF_RANGE, CORRUPT_BATCH.
   */
  timeAt(topic: string, partition: number, offset: number): Promise<number | undefined>;

  /** Calls back, in a later turn, whenever a topic was created, altered or deleted; several changes may make one call. Returns how to stop. */
  watchTopics(listener: () => void): () => void;

  /**
   * Keeps retention, by time and by size, from deleting records of the partition from `fromOffset` on; undefined lets go. Each `holder` has one hold on a partition, and
   * the lowest of all counts. It holds from the next look at retention on; a deletion that is under way is finished. Holds end with their topic, and are not remembered:
   * place them anew when the store was opened, before `StoreEnvironment.beforeCleanup` resolves. Compaction and {@link truncatePrefix} pay them no heed.
   * Throws TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, INVALID_ARGUMENT.
   */
  holdRetention(topic: string, partition: number, holder: string, fromOffset: number | undefined): void;

  /** Moves the log start offset forward, durable when it resolves with it; never back. OFFSET_OUT_OF_RANGE beyond the high watermark. */
  truncatePrefix(topic: string, partition: number, beforeOffset: number): Promise<number>;

  /** Finishes what is queued, leaves the clean mark, releases the directory. Idempotent. Later calls get SHUTTING_DOWN. */
  close(): Promise<void>;
}

export interface TopicSpec {
  /** Default: the store's `defaultPartitions`. */
  partitions?: number;
  /** What differs from the store's default configuration. */
  config?: Partial<TopicConfig>;
  /** A topic of Respool itself: its name must begin with `__`, which other topics' names must not. */
  internal?: boolean;
}

export interface TopicChange {
  /** The new number; not less than now. */
  partitions?: number;
  set?: Partial<TopicConfig>;
  /** Fields that return to the store's default. */
  reset?: readonly (keyof TopicConfig)[];
}

export interface AppendOptions {
  /** Append only if the log end offset is this, else UNEXPECTED_OFFSET. */
  expectedOffset?: number;
  /**
   * The batch's header, if the caller has checked the whole batch with `validateBatch` or `validateCompressedBatch` already. Without it
   * `append` checks the batch itself, all but the inside of a compressed one.
   */
  validated?: BatchHeader;
}

export interface Appended {
  baseOffset: number;
  /** True if the batch had been stored before. */
  duplicate: boolean;
}

export interface ReadBatches {
  /** Whole batches one behind the other, CRCs checked; empty if there is nothing to read yet. */
  batches: Buffer;
  /** Where the next read goes on. */
  nextOffset: number;
  highWatermark: number;
  logStartOffset: number;
}

export interface PartitionBounds {
  logStartOffset: number;
  recoveryPoint: number;
  highWatermark: number;
  logEndOffset: number;
}

export interface FoundRecord {
  offset: number;
  timestampMs: number;
}

export interface TopicDescription {
  topic: string;
  /** True for a topic of Respool itself. */
  internal: boolean;
  /** Effective: the store's defaults filled in. */
  config: TopicConfig;
  /** Which fields were set for this topic. */
  overrides: readonly (keyof TopicConfig)[];
  partitions: readonly PartitionDescription[];
}

export interface PartitionDescription extends PartitionBounds {
  partition: number;
  sizeBytes: number;
  segments: number;
  offline: boolean;
  /** Damage found so far, ascending, disjoint. */
  damaged: readonly OffsetRange[];
}

export interface OffsetRange {
  startOffset: number;
  endOffset: number;
}

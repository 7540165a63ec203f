import { BatchBuilder, type NewLogRecord } from '../../proto/record-batch/index.js';
import { fromCallError, RespoolError } from '../connection/index.js';
import { type Lane, newLane } from './lane.js';
import { OutgoingBatch } from './outgoing-batch.js';
import type { PartitionQueueOptions } from './partition-queue.js';
import { partitionOfKey, StickyPartition } from './partitioner.js';
import type { ResolvedProducerOptions } from './producer-options.js';
import { type ProducerRecord, toLogRecord } from './producer-record.js';
import type { TopicMetadata } from './topic-catalog.js';

/** A partition, and the batch that is being filled for it. */
export interface PartitionWriter {
  readonly lane: Lane;
  open: OutgoingBatch | undefined;
}

/** What a topic's writer needs of the producer. */
export interface TopicWriterContext {
  readonly options: ResolvedProducerOptions;
  readonly queueOptions: PartitionQueueOptions;
  /** An empty builder. */
  takeBuilder(): BatchBuilder;
  /** A batch was begun. */
  onOpened(partition: PartitionWriter, batch: OutgoingBatch): void;
  /** The open batch is full; it must be sealed at once. */
  onFull(partition: PartitionWriter): void;
}

/** Puts the records of one topic into batches by partition. */
export class TopicWriter {
  readonly topic: string;
  readonly #context: TopicWriterContext;
  readonly #partitions = new Map<number, PartitionWriter>();
  #metadata: TopicMetadata;
  #sticky: StickyPartition;

  constructor(topic: string, metadata: TopicMetadata, context: TopicWriterContext) {
    this.topic = topic;
    this.#metadata = metadata;
    this.#sticky = new StickyPartition(metadata.partitions);
    this.#context = context;
  }

  /** When the metadata was learnt, in milliseconds of the monotonic clock. */
  get learntAtMs(): number {
    return this.#metadata.learntAtMs;
  }

  /** Takes over what was learnt anew. */
  update(metadata: TopicMetadata): void {
    this.#metadata = metadata;
  }

  /**
   * Encodes a record at the end of its partition's open batch, and returns that batch. INVALID_ARGUMENT for what cannot be encoded, RECORD_TOO_LARGE if no batch of
   * the topic can hold it; nothing was added then.
   */
  append(record: ProducerRecord): OutgoingBatch {
    const { partitions } = this.#metadata;
    const { key } = record;
    if (record.partition !== undefined) return this.#appendTo(record.partition, record);
    if (key !== undefined && key !== null) {
      const bytes = typeof key === 'string' ? Buffer.from(key) : key;
      if (!(bytes instanceof Uint8Array))
        throw notEncodable(new TypeError('a key must be bytes or a string'));
      return this.#appendTo(partitionOfKey(bytes, partitions), record, bytes);
    }
    const partition = this.#sticky.current(partitions);
    const before = this.#partitions.get(partition)?.open;
    const beforeBytes = before?.sizeBytes ?? 0;
    const batch = this.#appendTo(partition, record);
    this.#sticky.note(batch.sizeBytes - (batch === before ? beforeBytes : 0), this.#batchBytes);
    return batch;
  }

  get #batchBytes(): number {
    return Math.min(this.#context.options.batchBytes, this.#metadata.maxBatchBytes);
  }

  #appendTo(number: number, record: ProducerRecord, key?: Uint8Array): OutgoingBatch {
    const partition = this.#partition(number);
    const logRecord = toLogRecord(record, key);
    try {
      if (partition.open?.append(logRecord, this.#batchBytes)) return partition.open;
      this.#checkSize(number, MEASURE.sizeWith(logRecord));
    } catch (error) {
      throw error instanceof RespoolError ? error : notEncodable(error);
    }
    if (partition.open !== undefined) this.#context.onFull(partition);
    return this.#begin(partition, logRecord);
  }

  /** A record may be larger than `batchBytes`, and then has a batch of its own. How large that is when it is compressed, only the broker sees. */
  #checkSize(partition: number, sizeBytes: number): void {
    const { compression } = this.#context.options;
    const limitBytes = compression === 'none' ? this.#metadata.maxBatchBytes : MAX_BYTES;
    if (sizeBytes > limitBytes) throw tooLarge(this.topic, partition, sizeBytes, limitBytes);
  }

  #begin(partition: PartitionWriter, record: NewLogRecord): OutgoingBatch {
    const { deliveryTimeoutMs } = this.#context.options;
    const builder = this.#context.takeBuilder();
    const { partition: number } = partition.lane;
    const batch = new OutgoingBatch(this.topic, number, builder, performance.now(), deliveryTimeoutMs);
    batch.append(record, MAX_BYTES);
    partition.open = batch;
    this.#context.onOpened(partition, batch);
    return batch;
  }

  #partition(number: number): PartitionWriter {
    let partition = this.#partitions.get(number);
    if (partition === undefined) {
      partition = { lane: newLane(this.topic, number, this.#context.queueOptions), open: undefined };
      this.#partitions.set(number, partition);
    }
    return partition;
  }
}

const MAX_BYTES = 2 ** 31 - 1;

/** Always empty: it only tells how large a batch of one record would be. */
const MEASURE = new BatchBuilder();

function tooLarge(topic: string, partition: number, sizeBytes: number, limitBytes: number): RespoolError {
  return new RespoolError(
    'RECORD_TOO_LARGE',
    `the record would make a batch of ${sizeBytes} bytes; ${topic} allows ${limitBytes} (maxBatchBytes)`,
    { details: { topic, partition, sizeBytes, limitBytes } },
  );
}

function notEncodable(cause: unknown): RespoolError {
  if (!(cause instanceof TypeError || cause instanceof RangeError)) return fromCallError(cause);
  return new RespoolError('INVALID_ARGUMENT', cause.message, { details: { field: 'record' }, cause });
}

import { Admin } from './admin/index.js';
import { type AppendRequest, append } from './append.js';
import {
  type CallOptions,
  Connection,
  RespoolError,
  type RespoolOptions,
  resolveConnectionOptions,
} from './connection/index.js';
import { Consumer, type ConsumerOptions, resolveConsumerOptions } from './consumer/index.js';
import { Groups } from './groups/index.js';
import { type Delivery, Producer, type ProducerOptions, resolveProducerOptions } from './producer/index.js';
import {
  type FetchedBatch,
  type FetchOptions,
  fetchBatches,
  type RecordIterator,
  type RecordsOptions,
  readRecords,
} from './reader/index.js';
import { Replay, type ReplayOptions, resolveReplayOptions } from './replay/index.js';

/**
 * A client of one broker. It connects at the first call, and again by itself whenever the connection is lost. Close it at the end: an open one keeps the
 * process alive.
 *
 *     const client = new Respool('localhost:7654');
 *     const producer = client.producer();
 *     await producer.send({ topic: 'orders', key: '42', value: 'paid' });
 *     for await (const { offset, value } of client.records({ topic: 'orders' })) console.log(offset, `${value}`);
 *     await client.close();
 */
export class Respool implements AsyncDisposable {
  /** Creating, changing, looking at and deleting topics. */
  readonly admin: Admin;
  /** Looking at consumer groups, resetting and deleting them, and their snapshots. To be a member of one: {@link consumer}. */
  readonly groups: Groups;
  readonly #connection: Connection;
  readonly #producers = new Set<Producer>();
  readonly #consumers = new Set<Consumer>();
  readonly #replays = new Set<Replay>();
  #closing: Promise<void> | undefined;

  /** Does not connect yet. INVALID_ARGUMENT, naming the option and its bounds. */
  constructor(options?: RespoolOptions);
  constructor(server: string, options?: Omit<RespoolOptions, 'server'>);
  constructor(serverOrOptions: string | RespoolOptions = {}, options: Omit<RespoolOptions, 'server'> = {}) {
    const all =
      typeof serverOrOptions === 'string' ? { ...options, server: serverOrOptions } : serverOrOptions;
    this.#connection = new Connection(resolveConnectionOptions(all));
    this.admin = new Admin(this.#connection);
    this.groups = new Groups(this.#connection);
  }

  /** The broker's address, `host:port`. */
  get server(): string {
    return this.#connection.options.server;
  }

  /** A producer: batches, ordered, sent again when need be. Best one for the whole process. INVALID_ARGUMENT, CLOSED. */
  producer(options: ProducerOptions = {}): Producer {
    this.#checkOpen();
    const producer = new Producer(this.#connection, resolveProducerOptions(options), (closed) =>
      this.#producers.delete(closed),
    );
    this.#producers.add(producer);
    return producer;
  }

  /**
   * A member of a consumer group, which shares the partitions of its topics with the other members. It joins when it is iterated. INVALID_ARGUMENT, CLOSED.
   *
   *     for await (const record of client.consumer({ group: 'billing', topics: ['orders'] })) await bill(record);
   */
  consumer(options: ConsumerOptions): Consumer {
    this.#checkOpen();
    const consumer = new Consumer(this.#connection, resolveConsumerOptions(options), (closed) =>
      this.#consumers.delete(closed),
    );
    this.#consumers.add(consumer);
    return consumer;
  }

  /**
   * Appends a few records in one call, and returns where each went, in order. Simple, and for conditional appends; a {@link producer} is ten times as fast.
   * The records for one partition are stored whole or not at all. It is not tried again when its outcome is unknown: after UNAVAILABLE or
   * DEADLINE_EXCEEDED the records may be stored.
   *
   * INVALID_ARGUMENT, TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, RECORD_TOO_LARGE, UNEXPECTED_OFFSET, APPEND_QUEUE_FULL, DISK_FULL, PARTITION_OFFLINE.
   */
  append(request: AppendRequest, options?: CallOptions): Promise<Delivery[]> {
    return append(this.#connection, request, options);
  }

  /**
   * Reads one partition batch by batch, in the order of offsets: the fastest way. Ends at `until`, or where the log ended when it was begun, or never if it
   * follows. After a lost connection it goes on where it was. Leaving the loop ends the stream.
   *
   * The options are checked at once. Iterating rejects with TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, OFFSET_OUT_OF_RANGE, CORRUPT_BATCH, UNAVAILABLE, CLOSED, or
   * the signal's reason.
   */
  fetch(options: FetchOptions): AsyncGenerator<FetchedBatch, undefined> {
    this.#checkOpen();
    return fetchBatches(this.#connection, options);
  }

  /**
   * Reads all partitions of a topic, or some, record by record. Records of one partition come in the order of their offsets; partitions take turns. Otherwise
   * as {@link fetch}.
   */
  records(options: RecordsOptions): RecordIterator {
    this.#checkOpen();
    return readRecords(this.#connection, options);
  }

  /** Copies a range of a topic into another; `plan()` shows what it would do, `run()` does it. INVALID_ARGUMENT, CLOSED. */
  replay(options: ReplayOptions): Replay {
    this.#checkOpen();
    return new Replay(this.#connection, resolveReplayOptions(options), this.#replays);
  }

  /**
   * Flushes and closes its producers, lets its consumers leave their groups, stops its replays, ends everything else with CLOSED, and disconnects. Rejects if the `close` of one of them does; it is closed
   * then all the same. Idempotent.
   *
   * @param options.timeoutMs How long they may take, in milliseconds; see `Producer.close` and `Consumer.close`. Default: theirs.
   */
  close(options: { timeoutMs?: number | undefined } = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new RespoolError('CLOSED', 'the client is closed');
  }

  async #close(options: { timeoutMs?: number | undefined }): Promise<void> {
    const open = [...this.#producers, ...this.#consumers, ...this.#replays];
    const closed = await Promise.allSettled(open.map((each) => each.close(options)));
    this.#connection.close();
    for (const result of closed) if (result.status === 'rejected') throw result.reason;
  }
}

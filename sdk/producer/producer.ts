import { type Connection, checkInteger, fromCallError, RespoolError } from '../connection/index.js';
import { BatchPipeline } from './batch-pipeline.js';
import { ByteBudget } from './byte-budget.js';
import { EarlyRecords } from './early-records.js';
import type { ResolvedProducerOptions } from './producer-options.js';
import { checkRecord, type Delivery, type ProducerRecord } from './producer-record.js';
import { TopicCatalog } from './topic-catalog.js';
import { UnreportedFailures } from './unreported-failures.js';

/**
 * Sends records to the log: puts them in batches by partition, keeps several batches of each partition on their way, and sends again what was refused for
 * the moment or whose acknowledgement was lost.
 *
 * Ordering: records of one partition are stored in the order in which they were handed over, as long as the producer is idempotent, which it is by default; then none of
 * them is stored twice either. Records that fail are missing, and those behind them are stored all the same.
 *
 * There are two ways to hand a record over, which may be mixed: {@link send}, which gives a promise for each, and {@link write}, which
 * costs a tenth of it. Errors of the latter come out of {@link flush} and {@link close}.
 */
export class Producer implements AsyncDisposable {
  readonly #options: ResolvedProducerOptions;
  readonly #budget: ByteBudget;
  readonly #failures = new UnreportedFailures();
  readonly #pipeline: BatchPipeline;
  readonly #early: EarlyRecords;
  readonly #onClosed: (producer: Producer) => void;
  #closing: Promise<void> | undefined;

  /** @internal Made by `Respool`. */
  constructor(
    connection: Connection,
    options: ResolvedProducerOptions,
    onClosed: (producer: Producer) => void,
  ) {
    this.#options = options;
    this.#onClosed = onClosed;
    this.#budget = new ByteBudget(options.maxBufferedBytes);
    const catalog = new TopicCatalog(connection, options.deliveryTimeoutMs);
    const parts = { options, budget: this.#budget, catalog, failures: this.#failures };
    this.#pipeline = new BatchPipeline(connection, parts);
    this.#early = new EarlyRecords(parts, this.#pipeline);
  }

  /** Bytes that wait, are being sent or are not acknowledged yet. */
  get bufferedBytes(): number {
    return this.#budget.usedBytes;
  }

  /**
   * Hands over a record and resolves with where it was stored, as durably as the broker's durability says. Waits for its turn when the buffer is full.
   *
   * INVALID_ARGUMENT, TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, RECORD_TOO_LARGE, BUFFER_FULL, CLOSED: it was not stored. DELIVERY_TIMEOUT and, without idempotence,
   * UNAVAILABLE: see `outcomeUnknown`.
   */
  send(record: ProducerRecord): Promise<Delivery> {
    try {
      this.#checkOpen();
      checkRecord(record);
      return this.#isFull ? this.#early.sendLater(record) : this.#early.send(record);
    } catch (error) {
      return Promise.reject(fromCallError(error));
    }
  }

  /**
   * Hands over a record without waiting for it: what becomes of it is told by {@link flush}. False if the buffer is full now: then wait for
   * {@link ready} before the next one.
   *
   * Throws INVALID_ARGUMENT, RECORD_TOO_LARGE, CLOSED and, if {@link ready} was not awaited, BUFFER_FULL.
   */
  write(record: ProducerRecord): boolean {
    this.#checkOpen();
    checkRecord(record);
    if (this.#isFull) throw bufferFull(this.#options.maxBufferedBytes);
    this.#early.write(record);
    return !this.#budget.isFull;
  }

  /** Resolves when there is room in the buffer. */
  ready(): Promise<void> {
    return this.#budget.roomy();
  }

  /**
   * Sends at once what was handed over so far, and resolves when all of it is acknowledged or has failed. Rejects if records that were handed to {@link write} since
   * the last time have failed: with the first one's code and facts, and `details.failedRecords`.
   */
  async flush(): Promise<void> {
    const relax = this.#pipeline.hurry();
    try {
      await this.#early.entered();
      await this.#pipeline.settled();
    } finally {
      relax();
    }
    this.#failures.throwIfAny();
  }

  /**
   * Takes no more records, flushes, and ends. What is not acknowledged when `timeoutMs` are over fails with CLOSED. Rejects as {@link flush} does; it is
   * closed then all the same. Idempotent.
   *
   * @param options.timeoutMs Milliseconds. Default: as long as it takes, which is at most `deliveryTimeoutMs`.
   */
  close(options: { timeoutMs?: number | undefined } = {}): Promise<void> {
    if (options.timeoutMs !== undefined) checkInteger('timeoutMs', options.timeoutMs, 0, 2 ** 31 - 1);
    this.#closing ??= this.#close(options.timeoutMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Those whose send waits are not overtaken: records keep the order in which they were handed over. */
  get #isFull(): boolean {
    return this.#budget.isFull || this.#early.areWaiting;
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw closed();
  }

  async #close(timeoutMs: number | undefined): Promise<void> {
    const giveUp = timeoutMs === undefined ? undefined : setTimeout(() => this.#end(), timeoutMs);
    try {
      await this.flush();
    } finally {
      clearTimeout(giveUp);
      this.#end();
      this.#onClosed(this);
    }
  }

  #end(): void {
    this.#early.end(closed());
    this.#pipeline.end(closed());
  }
}

function closed(): RespoolError {
  return new RespoolError('CLOSED', 'the producer is closed');
}

function bufferFull(limitBytes: number): RespoolError {
  const message = `${limitBytes} bytes are buffered (maxBufferedBytes), or sends are waiting; wait for ready()`;
  return new RespoolError('BUFFER_FULL', message, { details: { limitBytes } });
}

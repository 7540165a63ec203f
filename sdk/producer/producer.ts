import { BatchBuilder } from '../../proto/record-batch/index.js';
import {
  backOffMs,
  type Connection,
  checkInteger,
  fromCallError,
  isRetried,
  RespoolError,
} from '../connection/index.js';
import { BatchSender } from './batch-sender.js';
import { ByteBudget } from './byte-budget.js';
import type { OutgoingBatch } from './outgoing-batch.js';
import type { ResolvedProducerOptions } from './producer-options.js';
import { approximateBytes, checkRecord, type Delivery, type ProducerRecord } from './producer-record.js';
import { TopicCatalog } from './topic-catalog.js';
import { type PartitionWriter, TopicWriter, type TopicWriterContext } from './topic-writer.js';
import { UnreportedFailures } from './unreported-failures.js';

/** A record that is not in a batch yet, and those who wait for it: nobody, if it was written. */
interface EarlyRecord {
  readonly record: ProducerRecord;
  readonly waiter:
    | { resolve(delivery: Promise<Delivery>): void; reject(error: RespoolError): void }
    | undefined;
}

/** Records of a topic of which nothing is known yet. */
interface Postponed {
  readonly records: EarlyRecord[];
  chargedBytes: number;
  /** Resolves when they are in batches, or have failed. */
  readonly resumed: Promise<void>;
  onResumed(): void;
}

/** Builders that are kept for reuse. Each holds about a batch. */
const SPARE_BUILDERS = 64;

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
  readonly #sender: BatchSender;
  readonly #catalog: TopicCatalog;
  readonly #budget: ByteBudget;
  readonly #failures = new UnreportedFailures();
  readonly #topics = new Map<string, TopicWriter>();
  readonly #postponed = new Map<string, Postponed>();
  readonly #live = new Set<OutgoingBatch>();
  readonly #open = new Set<PartitionWriter>();
  readonly #spareBuilders: BatchBuilder[] = [];
  readonly #context: TopicWriterContext;
  readonly #onClosed: (producer: Producer) => void;
  #waiting: EarlyRecord[] = [];
  #admitted = 0;
  #admitting = false;
  #dispatching = false;
  #lingering: NodeJS.Timeout | undefined;
  #flushing = 0;
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
    this.#catalog = new TopicCatalog(connection, options.deliveryTimeoutMs);
    this.#sender = new BatchSender(connection, options, {
      onStored: (_lane, batch, baseOffset) => {
        batch.deliver(baseOffset);
        this.#spare(batch.takeBuilder());
        this.#settled(batch);
      },
      onFailed: (_lane, batch, error) => this.#failed(batch, error),
      onProgress: () => this.#dispatchSoon(),
    });
    this.#context = {
      options,
      queueOptions: {
        idempotent: options.idempotent,
        maxInFlight: options.maxInFlightBatches,
        backOffMs: (refusals) => backOffMs(connection.options.backOff, refusals),
      },
      takeBuilder: () => this.#spareBuilders.pop() ?? new BatchBuilder(),
      onOpened: (partition, batch) => this.#opened(partition, batch),
      onFull: (partition) => this.#seal(partition),
    };
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
      if (this.#budget.isFull || this.#waiting.length > 0) return this.#sendLater(record);
      const batch = this.#append(record);
      return (
        batch?.awaitLast() ??
        new Promise((resolve, reject) => this.#postpone({ record, waiter: { resolve, reject } }))
      );
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
    // Not before those whose send waits: records keep the order in which they were handed over.
    if (this.#budget.isFull || this.#waiting.length > 0)
      throw bufferFull(`${this.#options.maxBufferedBytes} bytes are buffered (maxBufferedBytes)`);
    if (this.#append(record) === undefined) this.#postpone({ record, waiter: undefined });
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
    this.#flushing++;
    try {
      await this.#drain();
    } finally {
      this.#flushing--;
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

  #checkOpen(): void {
    if (this.#closing !== undefined) throw closed();
  }

  /** Puts the record in a batch; undefined if nothing is known of its topic. */
  #append(record: ProducerRecord): OutgoingBatch | undefined {
    const writer = this.#topics.get(record.topic);
    if (writer === undefined || this.#postponed.has(record.topic)) return undefined;
    const batch = writer.append(record);
    this.#budget.add(batch.sizeBytes - batch.chargedBytes);
    batch.chargedBytes = batch.sizeBytes;
    if (!this.#dispatching) this.#dispatchSoon();
    return batch;
  }

  #sendLater(record: ProducerRecord): Promise<Delivery> {
    const { maxWaitingSends } = this.#options;
    if (this.#waiting.length >= maxWaitingSends) {
      throw bufferFull(`${maxWaitingSends} calls of send are waiting for room (maxWaitingSends)`);
    }
    this.#admitWhenRoomy();
    return new Promise((resolve, reject) => this.#waiting.push({ record, waiter: { resolve, reject } }));
  }

  #admitWhenRoomy(): void {
    if (this.#admitting) return;
    this.#admitting = true;
    void this.#budget.roomy().then(() => {
      this.#admitting = false;
      this.#admit();
    });
  }

  #admit(): void {
    let count = 0;
    for (; count < this.#waiting.length && !this.#budget.isFull; count++) this.#enter(this.#waiting[count]!);
    this.#waiting = this.#waiting.slice(count);
    this.#admitted += count;
    if (this.#waiting.length > 0) this.#admitWhenRoomy();
  }

  #enter(early: EarlyRecord): void {
    try {
      const batch = this.#append(early.record);
      if (batch === undefined) this.#postpone(early);
      else early.waiter?.resolve(batch.awaitLast());
    } catch (error) {
      this.#reject(early, fromCallError(error));
    }
  }

  #reject({ waiter }: EarlyRecord, error: RespoolError): void {
    if (waiter === undefined) this.#failures.note(1, error);
    else waiter.reject(error);
  }

  #postpone(early: EarlyRecord): void {
    const { record } = early;
    const postponed = this.#postponed.get(record.topic) ?? this.#askFor(record.topic);
    const bytes = approximateBytes(record);
    postponed.chargedBytes += bytes;
    postponed.records.push(early);
    this.#budget.add(bytes);
  }

  #askFor(topic: string): Postponed {
    this.#catalog.describe(topic).then(
      (metadata) => {
        this.#topics.set(topic, new TopicWriter(topic, metadata, this.#context));
        this.#resume(topic, (early) => this.#enter(early));
      },
      (cause: unknown) => {
        const error = this.#topicError(topic, fromCallError(cause));
        this.#resume(topic, (early) => this.#reject(early, error));
      },
    );
    const { promise: resumed, resolve: onResumed } = withResolvers();
    const postponed: Postponed = { records: [], chargedBytes: 0, resumed, onResumed };
    this.#postponed.set(topic, postponed);
    return postponed;
  }

  /** Passes on what was postponed, in order; only then gives its bytes back, so that nobody is let in between. */
  #resume(topic: string, pass: (early: EarlyRecord) => void): void {
    const postponed = this.#postponed.get(topic);
    if (postponed === undefined) return;
    this.#postponed.delete(topic);
    for (const early of postponed.records) pass(early);
    this.#budget.release(postponed.chargedBytes);
    postponed.onResumed();
  }

  #topicError(topic: string, cause: RespoolError): RespoolError {
    if (!isRetried('DescribeTopics', cause.code) && cause.code !== 'DEADLINE_EXCEEDED') return cause;
    const { deliveryTimeoutMs } = this.#options;
    return new RespoolError(
      'DELIVERY_TIMEOUT',
      `nothing could be learnt of topic ${topic} within ${deliveryTimeoutMs} ms (deliveryTimeoutMs): ${cause.message}`,
      { details: { topic }, cause },
    );
  }

  #opened(partition: PartitionWriter, batch: OutgoingBatch): void {
    this.#live.add(batch);
    this.#open.add(partition);
    const writer = this.#topics.get(batch.topic);
    if (writer === undefined || batch.openedAtMs - writer.learntAtMs < this.#options.metadataMaxAgeMs) return;
    this.#learnAgain(batch.topic);
  }

  #learnAgain(topic: string): void {
    this.#catalog.describe(topic).then(
      (metadata) => this.#topics.get(topic)?.update(metadata),
      // What is known stays good enough: the broker judges every batch.
      () => {},
    );
  }

  /** At the end of this turn of the event loop, so that what is handed over together travels together. */
  #dispatchSoon(): void {
    if (this.#dispatching) return;
    this.#dispatching = true;
    setImmediate(() => {
      this.#dispatching = false;
      this.#dispatch();
    });
  }

  /** Seals the batches that are due, and sends. */
  #dispatch(): void {
    const nowMs = performance.now();
    let lingerUntilMs = Number.POSITIVE_INFINITY;
    for (const partition of [...this.#open]) {
      const dueAtMs = this.#dueAtMs(partition);
      if (dueAtMs <= nowMs) this.#seal(partition);
      else lingerUntilMs = Math.min(lingerUntilMs, dueAtMs);
    }
    this.#lingerUntil(lingerUntilMs, nowMs);
    this.#sender.pump();
  }

  /** When the open batch is to be sealed although it is not full; never by time alone while the window has no room. */
  #dueAtMs({ open, lane }: PartitionWriter): number {
    if (open === undefined) return Number.POSITIVE_INFINITY;
    if (this.#flushing > 0 || lane.queue.length === 0) return 0;
    return lane.queue.hasRoom ? open.openedAtMs + this.#options.lingerMs : Number.POSITIVE_INFINITY;
  }

  #lingerUntil(atMs: number, nowMs: number): void {
    clearTimeout(this.#lingering);
    this.#lingering =
      atMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => this.#dispatch(), atMs - nowMs);
  }

  #seal(partition: PartitionWriter): void {
    const batch = partition.open;
    if (batch === undefined) return;
    partition.open = undefined;
    this.#open.delete(partition);
    const compressing = batch.seal(this.#options.compression);
    this.#sender.submit(partition.lane, batch);
    compressing?.then(
      (builder) => {
        this.#spare(builder);
        this.#sender.pump();
      },
      (error: unknown) => {
        // It will never be ready, and fails by its time-out, which tells this.
        batch.lastError = fromCallError(error);
      },
    );
  }

  #spare(builder: BatchBuilder | undefined): void {
    if (builder !== undefined && this.#spareBuilders.length < SPARE_BUILDERS)
      this.#spareBuilders.push(builder);
  }

  #failed(batch: OutgoingBatch, error: RespoolError): void {
    this.#failures.note(batch.fail(error), error);
    this.#settled(batch);
    const { code } = error;
    if (code === 'TOPIC_NOT_FOUND' || code === 'PARTITION_NOT_FOUND' || code === 'RECORD_TOO_LARGE') {
      this.#learnAgain(batch.topic);
    }
  }

  #settled(batch: OutgoingBatch): void {
    this.#live.delete(batch);
    this.#budget.release(batch.chargedBytes);
  }

  async #drain(): Promise<void> {
    const target = this.#admitted + this.#waiting.length;
    while (this.#admitted < target) {
      this.#dispatch();
      await this.#budget.roomy();
    }
    await Promise.all([...this.#postponed.values()].map(({ resumed }) => resumed));
    const live = [...this.#live].map((batch) => batch.settled());
    this.#dispatch();
    await Promise.all(live);
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

  /** Fails what is left and ends the stream. */
  #end(): void {
    clearTimeout(this.#lingering);
    const error = closed();
    for (const early of this.#waiting) this.#reject(early, error);
    this.#admitted += this.#waiting.length;
    this.#waiting = [];
    for (const topic of [...this.#postponed.keys()])
      this.#resume(topic, (early) => this.#reject(early, error));
    for (const partition of [...this.#open]) this.#seal(partition);
    this.#sender.close(error);
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function closed(): RespoolError {
  return new RespoolError('CLOSED', 'the producer is closed');
}

function bufferFull(why: string): RespoolError {
  return new RespoolError('BUFFER_FULL', `${why}; wait for ready()`);
}

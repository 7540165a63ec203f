import { BatchBuilder } from '../../proto/record-batch/index.js';
import { backOffMs, type Connection, fromCallError, type RespoolError } from '../connection/index.js';
import { BatchSender } from './batch-sender.js';
import type { ByteBudget } from './byte-budget.js';
import type { OutgoingBatch } from './outgoing-batch.js';
import type { ResolvedProducerOptions } from './producer-options.js';
import type { ProducerRecord } from './producer-record.js';
import type { TopicCatalog, TopicMetadata } from './topic-catalog.js';
import { type PartitionWriter, TopicWriter, type TopicWriterContext } from './topic-writer.js';
import type { UnreportedFailures } from './unreported-failures.js';

/** What a producer's parts share. */
export interface ProducerParts {
  readonly options: ResolvedProducerOptions;
  readonly budget: ByteBudget;
  readonly catalog: TopicCatalog;
  readonly failures: UnreportedFailures;
}

/** Builders that are kept for reuse. Each holds about a batch. */
const SPARE_BUILDERS = 64;

/**
 * From records of known topics to batches that are acknowledged: decides when a batch is sealed.
 *
 * At the end of each turn of the event loop, a batch that is not full is sealed if nothing else of its partition is on its way, or if it has lingered
 * and the window has room. Otherwise it grows: what comes while the window is full travels in larger batches.
 */
export class BatchPipeline {
  readonly #parts: ProducerParts;
  readonly #sender: BatchSender;
  readonly #context: TopicWriterContext;
  readonly #topics = new Map<string, TopicWriter>();
  /** Not acknowledged, from the first record on. */
  readonly #live = new Set<OutgoingBatch>();
  /** Those with an open batch. */
  readonly #open = new Set<PartitionWriter>();
  readonly #spareBuilders: BatchBuilder[] = [];
  #dispatching = false;
  #lingering: NodeJS.Timeout | undefined;
  #hurrying = 0;

  constructor(connection: Connection, parts: ProducerParts) {
    const { options } = parts;
    this.#parts = parts;
    this.#sender = new BatchSender(connection, options, {
      onStored: (_lane, batch, baseOffset) => this.#stored(batch, baseOffset),
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

  /** Takes over what is known of a topic. */
  learn(topic: string, metadata: TopicMetadata): void {
    const writer = this.#topics.get(topic);
    if (writer === undefined) this.#topics.set(topic, new TopicWriter(topic, metadata, this.#context));
    else writer.update(metadata);
  }

  /** Puts a record at the end of a batch, which it returns; undefined if nothing is known of its topic. INVALID_ARGUMENT, RECORD_TOO_LARGE. */
  append(record: ProducerRecord): OutgoingBatch | undefined {
    const batch = this.#topics.get(record.topic)?.append(record);
    if (batch === undefined) return undefined;
    this.#parts.budget.add(batch.sizeBytes - batch.chargedBytes);
    batch.chargedBytes = batch.sizeBytes;
    this.#dispatchSoon();
    return batch;
  }

  /** Until the function that is returned is called, every batch is sealed as soon as can be. */
  hurry(): () => void {
    this.#hurrying++;
    this.#dispatch();
    return () => {
      this.#hurrying--;
    };
  }

  /** Resolves when all that was appended so far is acknowledged or has failed. */
  async settled(): Promise<void> {
    await Promise.all([...this.#live].map((batch) => batch.settled()));
  }

  /** Fails what is left and ends the stream. Idempotent. */
  end(error: RespoolError): void {
    clearTimeout(this.#lingering);
    for (const partition of [...this.#open]) this.#seal(partition);
    this.#sender.close(error);
  }

  #opened(partition: PartitionWriter, batch: OutgoingBatch): void {
    this.#live.add(batch);
    this.#open.add(partition);
    const writer = this.#topics.get(batch.topic);
    if (writer === undefined) return;
    if (batch.openedAtMs - writer.learntAtMs >= this.#parts.options.metadataMaxAgeMs)
      this.#learnAgain(batch.topic);
  }

  #learnAgain(topic: string): void {
    this.#parts.catalog.describe(topic).then(
      (metadata) => this.learn(topic, metadata),
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

  #dueAtMs({ open, lane }: PartitionWriter): number {
    if (open === undefined) return Number.POSITIVE_INFINITY;
    if (this.#hurrying > 0 || lane.queue.length === 0) return 0;
    return lane.queue.hasRoom ? open.openedAtMs + this.#parts.options.lingerMs : Number.POSITIVE_INFINITY;
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
    const compressing = batch.seal(this.#parts.options.compression);
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

  #stored(batch: OutgoingBatch, baseOffset: number): void {
    batch.deliver(baseOffset);
    this.#spare(batch.takeBuilder());
    this.#forget(batch);
  }

  #failed(batch: OutgoingBatch, error: RespoolError): void {
    this.#parts.failures.note(batch.fail(error), error);
    this.#forget(batch);
    const { code } = error;
    if (code === 'TOPIC_NOT_FOUND' || code === 'PARTITION_NOT_FOUND' || code === 'RECORD_TOO_LARGE') {
      this.#learnAgain(batch.topic);
    }
  }

  #spare(builder: BatchBuilder | undefined): void {
    if (builder !== undefined && this.#spareBuilders.length < SPARE_BUILDERS)
      this.#spareBuilders.push(builder);
  }

  #forget(batch: OutgoingBatch): void {
    this.#live.delete(batch);
    this.#parts.budget.release(batch.chargedBytes);
  }
}

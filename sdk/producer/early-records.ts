import { fromCallError, isRetried, RespoolError } from '../connection/index.js';
import type { BatchPipeline, ProducerParts } from './batch-pipeline.js';
import { approximateBytes, type Delivery, type ProducerRecord } from './producer-record.js';

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

/** Records that cannot be put in a batch yet: the buffer is full, or nothing is known of their topic. They enter in the order in which they came. */
export class EarlyRecords {
  readonly #parts: ProducerParts;
  readonly #pipeline: BatchPipeline;
  readonly #postponed = new Map<string, Postponed>();
  #waiting: EarlyRecord[] = [];
  #admitted = 0;
  #admitting = false;

  constructor(parts: ProducerParts, pipeline: BatchPipeline) {
    this.#parts = parts;
    this.#pipeline = pipeline;
  }

  /** True if sends wait for room: nothing may overtake them. */
  get areWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Puts a record in a batch, or keeps it until its topic is known. INVALID_ARGUMENT, RECORD_TOO_LARGE. */
  write(record: ProducerRecord): void {
    if (this.#pipeline.append(record) === undefined) this.#postpone({ record, waiter: undefined });
  }

  /** As {@link write}, with the promise of what becomes of it. */
  send(record: ProducerRecord): Promise<Delivery> {
    const batch = this.#pipeline.append(record);
    if (batch !== undefined) return batch.awaitLast();
    return new Promise((resolve, reject) => this.#postpone({ record, waiter: { resolve, reject } }));
  }

  /** As {@link send}, once there is room. BUFFER_FULL. */
  sendLater(record: ProducerRecord): Promise<Delivery> {
    const { maxWaitingSends } = this.#parts.options;
    if (this.#waiting.length >= maxWaitingSends) {
      const message = `${maxWaitingSends} calls of send are waiting for room (maxWaitingSends); wait for ready()`;
      throw new RespoolError('BUFFER_FULL', message, { details: { limit: maxWaitingSends } });
    }
    this.#admitWhenRoomy();
    return new Promise((resolve, reject) => this.#waiting.push({ record, waiter: { resolve, reject } }));
  }

  /** Resolves when all that waits now is in batches, or has failed. */
  async entered(): Promise<void> {
    const target = this.#admitted + this.#waiting.length;
    while (this.#admitted < target) await this.#parts.budget.roomy();
    await Promise.all([...this.#postponed.values()].map(({ resumed }) => resumed));
  }

  /** Fails all that waits. */
  end(error: RespoolError): void {
    for (const early of this.#waiting) this.#reject(early, error);
    this.#admitted += this.#waiting.length;
    this.#waiting = [];
    for (const topic of [...this.#postponed.keys()])
      this.#resume(topic, (early) => this.#reject(early, error));
  }

  #admitWhenRoomy(): void {
    if (this.#admitting) return;
    this.#admitting = true;
    void this.#parts.budget.roomy().then(() => {
      this.#admitting = false;
      this.#admit();
    });
  }

  #admit(): void {
    let count = 0;
    for (; count < this.#waiting.length && !this.#parts.budget.isFull; count++)
      this.#enter(this.#waiting[count]!);
    this.#waiting = this.#waiting.slice(count);
    this.#admitted += count;
    if (this.#waiting.length > 0) this.#admitWhenRoomy();
  }

  #enter(early: EarlyRecord): void {
    try {
      const batch = this.#pipeline.append(early.record);
      if (batch === undefined) this.#postpone(early);
      else early.waiter?.resolve(batch.awaitLast());
    } catch (error) {
      this.#reject(early, fromCallError(error));
    }
  }

  #reject({ waiter }: EarlyRecord, error: RespoolError): void {
    if (waiter === undefined) this.#parts.failures.note(1, error);
    else waiter.reject(error);
  }

  #postpone(early: EarlyRecord): void {
    const { record } = early;
    const postponed = this.#postponed.get(record.topic) ?? this.#askFor(record.topic);
    const bytes = approximateBytes(record);
    postponed.chargedBytes += bytes;
    postponed.records.push(early);
    this.#parts.budget.add(bytes);
  }

  #askFor(topic: string): Postponed {
    this.#parts.catalog.describe(topic).then(
      (metadata) => {
        this.#pipeline.learn(topic, metadata);
        this.#resume(topic, (early) => this.#enter(early));
      },
      (cause: unknown) => {
        const error = this.#topicError(topic, fromCallError(cause));
        this.#resume(topic, (early) => this.#reject(early, error));
      },
    );
    let onResumed = (): void => {};
    const resumed = new Promise<void>((resolve) => {
      onResumed = resolve;
    });
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
    this.#parts.budget.release(postponed.chargedBytes);
    postponed.onResumed();
  }

  #topicError(topic: string, cause: RespoolError): RespoolError {
    if (!isRetried('DescribeTopics', cause.code) && cause.code !== 'DEADLINE_EXCEEDED') return cause;
    const { deliveryTimeoutMs } = this.#parts.options;
    return new RespoolError(
      'DELIVERY_TIMEOUT',
      `nothing could be learnt of topic ${topic} within ${deliveryTimeoutMs} ms (deliveryTimeoutMs): ${cause.message}`,
      { details: { topic }, cause },
    );
  }
}

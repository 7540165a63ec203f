/** Real clients that send and read all through the crashes of a broker, and take down what they were told. */
import { once } from 'node:events';
import { type Respool, RespoolError } from '../../sdk/index.js';
import type { FinalLog, StoredRecord } from '../history/history.js';
import { HistoryRecorder } from '../history/history-recorder.js';

export interface WorkloadSettings {
  topic: string;
  partitions: number;
  /** Records that each producer has on their way at a time. */
  inFlight: number;
  /** Default: longer than any test, so that no record is given up. */
  deliveryTimeoutMs?: number;
}

const DELIVERY_TIMEOUT_MS = 600_000;
/** About how large values are: from a few bytes to a few sectors. */
const FILLER_BYTES = [0, 20, 200, 1500];

export class ClientWorkload {
  readonly recorder = new HistoryRecorder();
  /** What readers were told that they must not be told. */
  readonly failures: string[] = [];
  readonly #stopReading = new AbortController();
  readonly #readingStopped = once(this.#stopReading.signal, 'abort');
  readonly #clients: Promise<void>[] = [];
  #stopped = false;
  #number = 0;
  #acknowledged = 0;
  #onAcknowledged: (() => void)[] = [];

  constructor(
    private readonly client: Respool,
    private readonly settings: WorkloadSettings,
  ) {}

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Starts for every partition an idempotent producer, a plain one and a reader. */
  start(): void {
    for (let partition = 0; partition < this.settings.partitions; partition += 1) {
      this.#clients.push(
        this.#produce(partition, true),
        this.#produce(partition, false),
        this.#read(partition),
      );
    }
  }

  /** Resolves at the `count`-th acknowledgement from now on. */
  async awaitAcknowledged(count: number): Promise<void> {
    const target = this.#acknowledged + count;
    while (this.#acknowledged < target)
      await new Promise<void>((resolve) => this.#onAcknowledged.push(resolve));
  }

  /** Sends nothing new, waits until every record has its answer, and the readers have ended. The broker must be up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const readers = this.#clients.filter((_, i) => i % 3 === 2);
    await Promise.all(this.#clients.filter((_, i) => i % 3 !== 2));
    this.#stopReading.abort();
    await Promise.all(readers);
  }

  /** Everything that the log holds, read from the beginning. */
  async readLogs(): Promise<FinalLog[]> {
    const { topic } = this.settings;
    const [description] = await this.client.admin.describeTopics([topic]);
    if (!description) throw new Error(`${topic} is gone`);
    return Promise.all(
      description.partitions.map(async ({ partition, logStartOffset, highWatermark }) => {
        const records: StoredRecord[] = [];
        for await (const batch of this.client.fetch({ topic, partition })) {
          for (const { offset, value } of batch.records())
            records.push({ offset, value: value?.toString('latin1') ?? 'null' });
        }
        const name = `${topic}-${partition}`;
        return {
          partition: name,
          logStartOffset,
          endOffset: highWatermark,
          records,
          damaged: [],
          deletableBelow: 0,
        };
      }),
    );
  }

  async #produce(partition: number, idempotent: boolean): Promise<void> {
    const { deliveryTimeoutMs = DELIVERY_TIMEOUT_MS } = this.settings;
    const producer = this.client.producer({ idempotent, deliveryTimeoutMs });
    const lanes = Array.from({ length: this.settings.inFlight }, async () => {
      while (!this.#stopped) await this.#sendOne(producer, partition, idempotent);
    });
    await Promise.all(lanes);
    await producer.close().catch(() => {});
  }

  async #sendOne(
    producer: ReturnType<Respool['producer']>,
    partition: number,
    idempotent: boolean,
  ): Promise<void> {
    const { topic } = this.settings;
    this.#number += 1;
    const value = `#${this.#number} ${'x'.repeat(FILLER_BYTES[this.#number % FILLER_BYTES.length] ?? 0)}`;
    const call = this.recorder.send(`${topic}-${partition}`, [value], idempotent);
    try {
      const { offset } = await producer.send({ topic, partition, value: Buffer.from(value, 'latin1') });
      this.recorder.sent(call, 'ok', offset);
      this.#acknowledged += 1;
      for (const resolve of this.#onAcknowledged.splice(0)) resolve();
    } catch (error) {
      if (!(error instanceof RespoolError)) throw error;
      this.recorder.sent(call, error.outcomeUnknown ? 'unknown' : 'fail');
    }
  }

  /** Reads until {@link stop}. A disk without power gives errors, after which it goes on where it was; a log that ends before that place is a failure. */
  async #read(partition: number): Promise<void> {
    const { signal } = this.#stopReading;
    const place = { partition, offset: 0 };
    while (!signal.aborted) {
      try {
        await this.#readOn(place, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof RespoolError)) throw error;
        if (error.code === 'OFFSET_OUT_OF_RANGE' || error.code === 'CORRUPT_BATCH') {
          this.failures.push(error.message);
          return;
        }
        await Promise.race([this.awaitAcknowledged(1), this.#readingStopped]);
      }
    }
  }

  async #readOn(place: { partition: number; offset: number }, signal: AbortSignal): Promise<void> {
    const { topic } = this.settings;
    const { partition } = place;
    const batches = this.client.fetch({
      topic,
      partition,
      from: { offset: place.offset },
      follow: true,
      signal,
    });
    for (let begun = this.recorder.moment(); ; begun = this.recorder.moment()) {
      const { value: batch, done } = await batches.next();
      if (done) return;
      const records = [...batch.records()].map(({ offset, value }) => ({
        offset,
        value: value?.toString('latin1') ?? 'null',
      }));
      // It was read ahead, before this call began: its high watermark proves nothing.
      this.recorder.read(`${topic}-${partition}`, `reader of ${partition}`, begun, records, {});
      place.offset = batch.endOffset;
    }
  }
}

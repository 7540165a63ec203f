import {
  type BatchBuilder,
  type BatchProducer,
  type Compression,
  type NewLogRecord,
  readHeader,
  sealBatch,
} from '../../proto/record-batch/index.js';
import type { RespoolError } from '../connection/index.js';
import type { Delivery } from './producer-record.js';
import type { QueuedBatch } from './queued-batch.js';

/** Somebody who waits for what becomes of one record. */
interface Waiter {
  /** Which record of the batch, from 0. */
  readonly index: number;
  readonly timestampMs: number;
  resolve(delivery: Delivery): void;
  reject(error: RespoolError): void;
}

/**
 * A batch on its way from the first record handed over to its acknowledgement: *open* while records are added, then *sealed*, and *ready* when
 * it is compressed. It is signed when it is first sent, so that its checksum is computed once, and without compression it stays in its builder's
 * Buffer all the way, so that it is copied only once, into the message.
 */
export class OutgoingBatch implements QueuedBatch {
  readonly topic: string;
  readonly partition: number;
  /** When the first record was handed over, by the monotonic clock. */
  readonly openedAtMs: number;
  readonly deadlineMs: number;
  /** True when it can be sent. */
  ready = false;
  /** How many records; final once it is sealed. */
  recordsCount = 0;
  /** Bytes so far, uncompressed. */
  sizeBytes: number;
  /** How many of them the producer's budget was charged with. */
  chargedBytes = 0;
  /** The last thing that went wrong with it. */
  lastError: RespoolError | undefined;
  #builder: BatchBuilder | undefined;
  #bytes: Buffer | undefined;
  #signature: BatchProducer | undefined;
  #lastTimestampMs = 0;
  #waiters: Waiter[] = [];
  #onSettled: (() => void)[] | undefined;

  constructor(
    topic: string,
    partition: number,
    builder: BatchBuilder,
    nowMs: number,
    deliveryTimeoutMs: number,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.openedAtMs = nowMs;
    this.deadlineMs = nowMs + deliveryTimeoutMs;
    this.#builder = builder;
    this.sizeBytes = builder.sizeBytes;
  }

  /** Adds a record unless the batch would be larger than `maxBytes` then. Throws what the builder throws. */
  append(record: NewLogRecord, maxBytes: number): boolean {
    const builder = this.#builder!;
    if (!builder.tryAppend(record, maxBytes)) return false;
    this.recordsCount++;
    this.#lastTimestampMs = record.timestampMs;
    this.sizeBytes = builder.sizeBytes;
    return true;
  }

  /** The promise of what becomes of the record that was added last. */
  awaitLast(): Promise<Delivery> {
    const timestampMs = this.#lastTimestampMs;
    return new Promise((resolve, reject) => {
      this.#waiters.push({ index: this.recordsCount - 1, timestampMs, resolve, reject });
    });
  }

  /** No more records. Without compression it is ready at once; else when the promise resolves, which also gives the builder back. */
  seal(compression: Compression): Promise<BatchBuilder> | undefined {
    if (compression === 'none') {
      this.ready = true;
      return undefined;
    }
    return this.#compress(compression);
  }

  /** The bytes to send, signed by the producer if there is one. They must not be changed. */
  encode(signature: BatchProducer | undefined): Buffer {
    if (this.#bytes === undefined) {
      this.#bytes = this.#builder!.buildInPlace(signature);
    } else if (signature !== undefined && signature !== this.#signature) {
      // A copy: the bytes of the last signature may still lie in a stream's queue.
      this.#bytes = sealBatch(Buffer.from(this.#bytes), { ...readHeader(this.#bytes), ...signature });
    }
    this.#signature = signature;
    return this.#bytes;
  }

  /** The builder, empty, once the batch is stored; undefined if it was given back already. Only then are its bytes in no queue any more. */
  takeBuilder(): BatchBuilder | undefined {
    const builder = this.#builder;
    this.#builder = undefined;
    this.#bytes = undefined;
    builder?.clear();
    return builder;
  }

  /** Tells all who wait that the batch is stored. */
  deliver(baseOffset: number): void {
    const { topic, partition } = this;
    for (const { index, timestampMs, resolve } of this.#waiters) {
      resolve({ topic, partition, offset: baseOffset + index, timestampMs });
    }
    this.#settle();
  }

  /** Tells all who wait that it failed. Returns how many records nobody waits for. */
  fail(error: RespoolError): number {
    for (const { reject } of this.#waiters) reject(error);
    const unawaited = this.recordsCount - this.#waiters.length;
    this.#settle();
    return unawaited;
  }

  /** Resolves when the batch is delivered or has failed. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#onSettled ??= [];
      this.#onSettled.push(resolve);
    });
  }

  async #compress(compression: Compression): Promise<BatchBuilder> {
    const builder = this.#builder!;
    this.#builder = undefined;
    this.#bytes = await builder.build({ compression });
    this.ready = true;
    return builder;
  }

  #settle(): void {
    this.#waiters = [];
    for (const resolve of this.#onSettled ?? []) resolve();
    this.#onSettled = undefined;
  }
}

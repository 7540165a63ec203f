/**
 * Carries out what the queues of the partitions decide: one stream for all of them, opened again with back-off whenever it is lost, and a
 * timer for their pauses and deadlines.
 */
import {
  backOffMs,
  type Connection,
  ERROR_CODES,
  fromCallError,
  fromWireError,
  RespoolError,
} from '../connection/index.js';
import type { Lane } from './lane.js';
import type { OutgoingBatch } from './outgoing-batch.js';
import { deliveryError, refusalOf } from './produce-refusal.js';
import { type ProduceAck, type ProduceBatch, ProduceStream } from './produce-stream.js';
import { ProducerId } from './producer-id.js';
import type { Failed, Slot } from './queued-batch.js';

/** What the sender tells the producer. */
export interface BatchSenderEvents {
  /** The batch is stored, its first record at this offset. */
  onStored(lane: Lane, batch: OutgoingBatch, baseOffset: number): void;
  /** The batch has failed. */
  onFailed(lane: Lane, batch: OutgoingBatch, error: RespoolError): void;
  /** Answers have come; there may be room in the lane's window. */
  onProgress(lane: Lane): void;
}

/** What the sender is told. */
export interface BatchSenderOptions {
  readonly deliveryTimeoutMs: number;
}

/** One message holds about this much, and at least one batch. Larger ones gain nothing, and delay what comes behind them. */
const MESSAGE_BYTES = 1024 ** 2;

export class BatchSender {
  readonly #connection: Connection;
  readonly #options: BatchSenderOptions;
  readonly #events: BatchSenderEvents;
  readonly #producerId: ProducerId;
  /** Those with batches in their queues, the one served longest ago first. */
  readonly #active = new Set<Lane>();
  readonly #unanswered = new Map<number, { lane: Lane; slot: Slot<OutgoingBatch> }>();
  #nextCorrelationId = 1;
  #stream: ProduceStream | undefined;
  #lostInARow = 0;
  #reopening: NodeJS.Timeout | undefined;
  #waking: { timer: NodeJS.Timeout; atMs: number } | undefined;
  #closed = false;

  constructor(connection: Connection, options: BatchSenderOptions, events: BatchSenderEvents) {
    this.#connection = connection;
    this.#options = options;
    this.#events = events;
    this.#producerId = new ProducerId(connection);
  }

  /** Takes a sealed batch. Call {@link pump} when all that belong together are there, and again when one has become ready. */
  submit(lane: Lane, batch: OutgoingBatch): void {
    lane.queue.add(batch);
    this.#active.add(lane);
    this.#wakeBy(batch.deadlineMs);
  }

  /** Sends what can be sent now, in one message. */
  pump(): void {
    if (this.#closed || this.#active.size === 0) return;
    const stream = this.#openStream();
    if (!stream?.writable) return;
    const batches = this.#takeBatches();
    if (batches.length > 0) stream.write(batches);
  }

  /** Fails everything with `error` and ends the stream. Idempotent. */
  close(error: RespoolError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream?.close();
    clearTimeout(this.#reopening);
    clearTimeout(this.#waking?.timer);
    this.#failAll(error);
  }

  #openStream(): ProduceStream | undefined {
    if (this.#stream !== undefined || this.#reopening !== undefined) return this.#stream;
    this.#stream = new ProduceStream(this.#connection, {
      onOpen: () => {
        this.#lostInARow = 0;
      },
      onAcks: (acks) => this.#settle(acks),
      onWritable: () => this.pump(),
      onLost: (error) => this.#lost(error),
    });
    return this.#stream;
  }

  #takeBatches(): ProduceBatch[] {
    const batches: ProduceBatch[] = [];
    const nowMs = performance.now();
    let bytes = 0;
    for (const lane of [...this.#active]) {
      if (bytes >= MESSAGE_BYTES) break;
      if (lane.queue.needsIdentity && !this.#identify(lane)) continue;
      let slot: Slot<OutgoingBatch> | undefined;
      // biome-ignore lint/suspicious/noAssignInExpressions: one at a time, as long as the message has room
      while (bytes < MESSAGE_BYTES && (slot = lane.queue.take(nowMs, 1)[0]) !== undefined) {
        const batch = slot.batch.encode(slot.signature);
        const correlationId = this.#nextCorrelationId++;
        this.#unanswered.set(correlationId, { lane, slot });
        batches.push({ correlationId, topic: lane.topic, partition: lane.partition, batch });
        bytes += batch.length;
      }
      // Behind the others, so that each has its turn.
      this.#active.delete(lane);
      this.#active.add(lane);
    }
    return batches;
  }

  /** True if the lane has an id now; else it gets one soon. */
  #identify(lane: Lane): boolean {
    const asking = this.#producerId.give(lane, this.#options.deliveryTimeoutMs);
    if (asking === undefined) return true;
    asking.then(
      () => this.pump(),
      (error: unknown) => this.#identityFailed(lane, fromCallError(error)),
    );
    return false;
  }

  #identityFailed(lane: Lane, error: RespoolError): void {
    if (this.#closed || !lane.queue.needsIdentity) return;
    this.#drop(lane, error);
    this.#events.onProgress(lane);
  }

  #settle(acks: readonly ProduceAck[]): void {
    const lanes = new Set<Lane>();
    for (const ack of acks) {
      const asked = this.#unanswered.get(ack.correlationId ?? 0);
      if (asked === undefined) continue;
      this.#unanswered.delete(ack.correlationId ?? 0);
      lanes.add(asked.lane);
      if (ack.error) this.#refused(asked.lane, asked.slot, fromWireError(ack.error));
      else this.#stored(asked.lane, asked.slot, ack.baseOffset ?? 0);
    }
    this.#lostInARow = 0;
    for (const lane of lanes) this.#progress(lane);
    this.pump();
  }

  #stored(lane: Lane, slot: Slot<OutgoingBatch>, baseOffset: number): void {
    const failed = lane.queue.stored(slot);
    if (!slot.abandoned) this.#events.onStored(lane, slot.batch, baseOffset);
    this.#report(lane, failed);
  }

  #refused(lane: Lane, slot: Slot<OutgoingBatch>, error: RespoolError): void {
    slot.batch.lastError = error;
    const nowMs = performance.now();
    this.#report(lane, lane.queue.refused(slot, refusalOf(error, slot), nowMs));
    const wakeAtMs = lane.queue.wakeAtMs(nowMs);
    if (wakeAtMs !== undefined) this.#wakeBy(wakeAtMs);
  }

  #lost(error: RespoolError): void {
    this.#stream = undefined;
    this.#reopen();
    for (const { slot } of this.#unanswered.values()) slot.batch.lastError = error;
    this.#unanswered.clear();
    for (const lane of [...this.#active]) {
      this.#report(lane, lane.queue.lost());
      this.#progress(lane);
    }
    if (isHopeless(error)) this.#failAll(error);
  }

  #reopen(): void {
    this.#lostInARow++;
    const pauseMs = backOffMs(this.#connection.options.backOff, this.#lostInARow);
    this.#reopening = setTimeout(() => {
      this.#reopening = undefined;
      this.pump();
    }, pauseMs);
  }

  #report(lane: Lane, failed: Failed<OutgoingBatch>): void {
    for (const { batch, failure } of failed) {
      this.#events.onFailed(lane, batch, deliveryError(batch, failure, this.#options.deliveryTimeoutMs));
    }
  }

  #progress(lane: Lane): void {
    if (lane.queue.length === 0) this.#active.delete(lane);
    this.#events.onProgress(lane);
  }

  #failAll(error: RespoolError): void {
    this.#unanswered.clear();
    for (const lane of [...this.#active]) this.#drop(lane, error);
  }

  #drop(lane: Lane, error: RespoolError): void {
    this.#active.delete(lane);
    for (const { batch, outcomeUnknown } of lane.queue.clear()) {
      this.#events.onFailed(lane, batch, withOutcome(error, outcomeUnknown));
    }
  }

  #wakeBy(atMs: number): void {
    if (this.#closed || (this.#waking !== undefined && this.#waking.atMs <= atMs)) return;
    clearTimeout(this.#waking?.timer);
    const timer = setTimeout(() => this.#wake(), Math.max(0, atMs - performance.now()) + 1);
    this.#waking = { timer, atMs };
  }

  #wake(): void {
    this.#waking = undefined;
    const nowMs = performance.now();
    for (const lane of [...this.#active]) {
      const failed = lane.queue.expire(nowMs);
      this.#report(lane, failed);
      this.#progress(lane);
      const wakeAtMs = lane.queue.wakeAtMs(nowMs);
      if (wakeAtMs !== undefined) this.#wakeBy(wakeAtMs);
    }
    this.pump();
  }
}

/** True if the same is to be expected of the next stream: the broker refuses this client, or is none. */
function isHopeless({ code }: RespoolError): boolean {
  return !ERROR_CODES[code].retryable && code !== 'INTERNAL' && code !== 'UNKNOWN';
}

function withOutcome(error: RespoolError, outcomeUnknown: boolean): RespoolError {
  if (error.outcomeUnknown === outcomeUnknown) return error;
  const { code, message, details } = error;
  return new RespoolError(code, message, { details, cause: error, outcomeUnknown });
}

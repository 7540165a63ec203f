/** What the queue of a partition holds, and what becomes of it; the rules are in `partition-queue.ts`. */
import type { BatchProducer } from '../../proto/record-batch/index.js';

/** A batch as the queue sees it. */
export interface QueuedBatch {
  /** How many sequence numbers it takes. */
  readonly recordsCount: number;
  /** When its time is up, in milliseconds of the clock that `nowMs` is read from. */
  readonly deadlineMs: number;
  /** False while it is still being compressed; nothing behind it is sent before it. */
  readonly ready: boolean;
}

/** With what a producer signs its batches. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** A batch in the queue. Only the queue changes it. */
export interface Slot<B extends QueuedBatch> {
  readonly batch: B;
  state: 'waiting' | 'in flight' | 'returned';
  /** What it was signed with; undefined without idempotence and before it is first sent. */
  signature: BatchProducer | undefined;
  /** True if it may be stored although the last answer, or the lack of one, does not say so. */
  uncertain: boolean;
  /** True if its failure was reported already. */
  abandoned: boolean;
  /** True if what it was signed with is of no use any more: a batch before it will never be stored. */
  stale: boolean;
  /** The last refusal, if it was returned by one. */
  refusal: Refusal | undefined;
}

/**
 * What a refusal means for the queue.
 * - `retry`: send it again later. `uncertain`: it may be stored.
 * - `final`: it will never be stored.
 * - `gap`: the broker expects another sequence number. `stored`: one behind this batch's, so that it has this batch already.
 * - `forgotten`: the partition does not know the producer.
 */
export type Refusal =
  | { kind: 'retry'; uncertain: boolean }
  | { kind: 'final' }
  | { kind: 'gap'; stored: boolean }
  | { kind: 'forgotten' };

/** Why a batch has left the queue without being stored. */
export type Failure =
  | { kind: 'refused' }
  | { kind: 'timed out'; outcomeUnknown: boolean }
  | { kind: 'connection lost' };

/** Batches that failed, in order, each reported once. */
export type Failed<B extends QueuedBatch> = { batch: B; failure: Failure }[];

/** It will be sent as if for the first time. */
export function unsign(slot: Slot<QueuedBatch>): void {
  slot.signature = undefined;
  slot.stale = false;
  slot.uncertain = false;
  slot.refusal = undefined;
}

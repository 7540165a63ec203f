/**
 * Which idempotent producers a partition knows, and the verdict on their next batch. As in Kafka (`ProducerStateManager.java`): of each
 * producer the last batches are remembered; an exact match is a duplicate, a gap is an error.
 *
 * Invariants, for each producer:
 * - its batches ascend in offset, and so in (epoch, sequence);
 * - at least the last {@link REMEMBERED_BATCHES} *committed* ones are kept (if it had so many), so that taking back what was not committed loses nothing.
 */
import { type BatchHeader, REMEMBERED_BATCHES } from '../proto/record-batch/index.js';

const SEQUENCES = 2 ** 31;

/** A stored batch of an idempotent producer. Sequences and offsets are of the first and the last record, both inclusive. */
export interface ProducedBatch {
  epoch: number;
  firstSequence: number;
  lastSequence: number;
  firstOffset: number;
  lastOffset: number;
  /** When the batch came, in milliseconds by our clock (its records' own time may be long ago); after a recovery, no earlier than when it was read again. */
  timestampMs: number;
}

export type SequenceVerdict =
  | { verdict: 'next' }
  | { verdict: 'duplicate'; of: ProducedBatch }
  | { verdict: 'fenced'; currentEpoch: number }
  | { verdict: 'unknown-producer' }
  | { verdict: 'gap'; expectedSequence: number };

/** The sequence `count` behind `sequence`; after 2^31 − 1 comes 0. */
export function sequenceAfter(sequence: number, count: number): number {
  return (sequence + count) % SEQUENCES;
}

export function isIdempotent(header: BatchHeader): boolean {
  return header.producerId >= 0;
}

export class ProducerState {
  /** In the order in which they were last heard of, the most silent first. */
  readonly #producers = new Map<number, ProducedBatch[]>();

  constructor(private readonly maxProducers: number) {}

  get size(): number {
    return this.#producers.size;
  }

  /** What to do with a batch of an idempotent producer. */
  judge(header: BatchHeader): SequenceVerdict {
    const batches = this.#producers.get(header.producerId);
    const last = batches?.at(-1);
    if (batches === undefined || last === undefined) {
      return header.baseSequence === 0 ? { verdict: 'next' } : { verdict: 'unknown-producer' };
    }
    if (header.producerEpoch < last.epoch) return { verdict: 'fenced', currentEpoch: last.epoch };
    if (header.producerEpoch > last.epoch) return expectSequence(header, 0);
    const duplicate = batches.find((batch) => isSame(batch, header));
    if (duplicate) return { verdict: 'duplicate', of: duplicate };
    return expectSequence(header, sequenceAfter(last.lastSequence, 1));
  }

  /** Notes a batch that was given its offsets. `committedOffset`: everything below it will not be taken back. */
  note(header: BatchHeader, committedOffset: number, nowMs: number): void {
    const batches = this.#producers.get(header.producerId) ?? [];
    batches.push({
      epoch: header.producerEpoch,
      firstSequence: header.baseSequence,
      lastSequence: sequenceAfter(header.baseSequence, header.recordsCount - 1),
      firstOffset: header.baseOffset,
      lastOffset: header.baseOffset + header.lastOffsetDelta,
      timestampMs: nowMs,
    });
    while (batches.length > REMEMBERED_BATCHES && batches[REMEMBERED_BATCHES]!.lastOffset < committedOffset) {
      batches.shift();
    }
    this.#replace(header.producerId, batches);
  }

  /** Forgets what has an offset of `offset` or beyond: it was not stored after all. */
  takeBack(offset: number): void {
    for (const [producerId, batches] of this.#producers) {
      const kept = batches.filter((batch) => batch.lastOffset < offset);
      if (kept.length === batches.length) continue;
      if (kept.length === 0) this.#producers.delete(producerId);
      else this.#producers.set(producerId, kept);
    }
  }

  /** Forgets producers whose last batch came before `olderThanMs`. */
  forgetSilent(olderThanMs: number): void {
    for (const [producerId, batches] of this.#producers) {
      if (batches.at(-1)!.timestampMs < olderThanMs) this.#producers.delete(producerId);
    }
  }

  /** The last batches of each producer with offsets below `offset`, ascending. */
  *below(offset: number): Iterable<[producerId: number, batches: ProducedBatch[]]> {
    for (const [producerId, batches] of this.#producers) {
      const kept = batches.filter((batch) => batch.lastOffset < offset).slice(-REMEMBERED_BATCHES);
      if (kept.length > 0) yield [producerId, kept];
    }
  }

  /** Takes over what a snapshot held. */
  restore(producerId: number, batches: ProducedBatch[]): void {
    this.#replace(producerId, batches);
  }

  #replace(producerId: number, batches: ProducedBatch[]): void {
    this.#producers.delete(producerId);
    this.#producers.set(producerId, batches);
    if (this.#producers.size <= this.maxProducers) return;
    const [silentLongest] = this.#producers.keys();
    this.#producers.delete(silentLongest!);
  }
}

function isSame(batch: ProducedBatch, header: BatchHeader): boolean {
  return (
    batch.epoch === header.producerEpoch &&
    batch.firstSequence === header.baseSequence &&
    batch.lastSequence === sequenceAfter(header.baseSequence, header.recordsCount - 1)
  );
}

function expectSequence(header: BatchHeader, expectedSequence: number): SequenceVerdict {
  return header.baseSequence === expectedSequence
    ? { verdict: 'next' }
    : { verdict: 'gap', expectedSequence };
}

/**
 * What a producer still has to deliver to one partition, and what to send when: decisions only, no I/O and no clock.
 *
 * A batch is *waiting* until it is sent for the first time, then *in flight* until it is answered, and *returned* if it must be sent again.
 *
 *     add ──▶ waiting ──take──▶ in flight ──stored──▶ gone, delivered
 *                │                 │  ▲
 *              expire        refuse│  │take
 *                │            lose │  │
 *                ▼                 ▼  │
 *           gone, failed ◀──expire── returned
 *                              (final refusal: gone, failed)
 *
 * With idempotence every batch gets the producer's id, an epoch and a sequence number when it is first sent, and keeps them when it is sent again, so that the broker
 * knows it again. What follows from that:
 *
 * - After a refusal the broker refuses what came behind it as well, as there is a gap now. So nothing is sent until everything in flight is answered; then
 *   all that was returned is sent again, from the first on (*rewind*).
 * - If a batch is gone without having been stored, what follows must get new numbers, which begin at 0 under the next epoch: should a copy of an older batch still
 *   be on its way, the broker refuses it then.
 * - A batch whose answer was lost (*uncertain*) may be stored. It must not get new numbers, or it might be stored twice. So a batch before it that has failed by its
 *   time-out is still sent (*abandoned*: nobody waits for it any more), until no batch behind it is uncertain. Its outcome was reported as unknown.
 * - Two refusals give new numbers to uncertain batches behind them all the same. A final one: the broker has judged the batch in front, and judges a late copy of it
 *   no differently, so that no late copy behind it is stored either. And that the broker has forgotten the producer: nothing that it could
 *   know again is left.
 * - What is in front of a failed batch keeps its numbers, and those behind it wait with their new ones until it is settled.
 *
 * Invariants, see {@link PartitionQueue.checkInvariants}:
 * - those with numbers come first, then those that wait for the first time;
 * - unless a rewind is due, the numbers are dense and the next one is `nextSequence`; only behind an uncertain batch may one be missing, which was
 *   acknowledged before it: then the uncertain one is stored as well, and will be recognised;
 * - no more than `maxInFlight` are in flight; if idempotent, that is at most `REMEMBERED_BATCHES`, what a partition recognises;
 * - only with idempotence is there an uncertain or an abandoned batch that is not in flight.
 */
import {
  type Failed,
  type ProducerIdentity,
  type QueuedBatch,
  type Refusal,
  type Slot,
  unsign,
} from './queued-batch.js';

const MAX_EPOCH = 2 ** 15 - 1;
const SEQUENCES = 2 ** 31;

/** How a queue behaves. */
export interface PartitionQueueOptions {
  readonly idempotent: boolean;
  readonly maxInFlight: number;
  /** How long to wait after the given number of refusals in a row, in milliseconds. */
  readonly backOffMs: (refusals: number) => number;
}

export class PartitionQueue<B extends QueuedBatch> {
  readonly #options: PartitionQueueOptions;
  #slots: Slot<B>[] = [];
  #identity: ProducerIdentity | undefined;
  #nextSequence = 0;
  #inFlight = 0;
  #rewindDue = false;
  /** What is used up of the identity: nothing is signed with it any more, and what is signed keeps it. */
  #spent: 'nothing' | 'epoch' | 'id' = 'nothing';
  #refusals = 0;
  #pausedUntilMs = 0;

  constructor(options: PartitionQueueOptions) {
    this.#options = options;
  }

  /** Batches in the queue, in flight or not, abandoned ones included. */
  get length(): number {
    return this.#slots.length;
  }

  /** True if a batch that were added now could be sent at once. */
  get hasRoom(): boolean {
    return this.#slots.length < this.#options.maxInFlight && !this.#rewindDue && this.#pausedUntilMs === 0;
  }

  /** True if it needs an identity to go on: hand one in with {@link adopt}. */
  get needsIdentity(): boolean {
    return this.#options.idempotent && this.#identity === undefined && this.#slots.length > 0;
  }

  /** Takes a producer id that it has not had before. */
  adopt(identity: ProducerIdentity): void {
    this.#identity = identity;
    this.#nextSequence = 0;
  }

  /** Puts a batch at the end. */
  add(batch: B): void {
    this.#slots.push({
      batch,
      state: 'waiting',
      signature: undefined,
      uncertain: false,
      abandoned: false,
      stale: false,
      refusal: undefined,
    });
  }

  /** The next batches to send, in order, now counted as in flight; at most as many as the window has room for, and `limit`. */
  take(nowMs: number, limit = Number.POSITIVE_INFINITY): Slot<B>[] {
    if (this.#rewindDue || this.needsIdentity || nowMs < this.#pausedUntilMs) return [];
    this.#pausedUntilMs = 0;
    const taken: Slot<B>[] = [];
    for (const slot of this.#slots) {
      if (slot.state === 'in flight') continue;
      if (!slot.batch.ready || taken.length >= limit || this.#inFlight >= this.#options.maxInFlight) break;
      if (this.#options.idempotent && slot.signature === undefined && !this.#sign(slot)) break;
      slot.state = 'in flight';
      slot.refusal = undefined;
      this.#inFlight++;
      taken.push(slot);
    }
    return taken;
  }

  /** The broker has stored it; if it is not `abandoned`, somebody is to be told. Returns what has failed by that. */
  stored(slot: Slot<B>): Failed<B> {
    this.#answered(slot);
    this.#remove(slot);
    this.#refusals = 0;
    return this.#rewind();
  }

  /** The broker has refused it. Returns what has failed by that. */
  refused(slot: Slot<B>, refusal: Refusal, nowMs: number): Failed<B> {
    this.#answered(slot);
    if (refusal.kind === 'final') return this.#fail(slot);
    slot.state = 'returned';
    slot.refusal = refusal;
    if (refusal.kind === 'retry') {
      slot.uncertain ||= refusal.uncertain;
      if (!this.#rewindDue) this.#refusals++;
      this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + this.#options.backOffMs(this.#refusals));
    }
    this.#rewindDue = true;
    return this.#rewind();
  }

  /** The connection is lost, and with it the answers to what is in flight. Returns what has failed by that. */
  lost(): Failed<B> {
    const inFlight = this.#slots.filter(({ state }) => state === 'in flight');
    if (inFlight.length === 0) return [];
    this.#inFlight = 0;
    if (!this.#options.idempotent) {
      this.#slots = this.#slots.filter(({ state }) => state !== 'in flight');
      return inFlight
        .filter(({ abandoned }) => !abandoned)
        .map(({ batch }) => ({ batch, failure: { kind: 'connection lost' } }));
    }
    for (const slot of inFlight) {
      slot.state = 'returned';
      slot.uncertain = true;
    }
    this.#rewindDue = true;
    return this.#rewind();
  }

  /** Gives up those whose time is up. Returns them. */
  expire(nowMs: number): Failed<B> {
    const expired = this.#slots.filter(({ batch, abandoned }) => !abandoned && batch.deadlineMs <= nowMs);
    for (const slot of expired) {
      slot.abandoned = true;
      if (slot.state === 'returned') this.#rewindDue = true;
      if (slot.state === 'waiting' || (slot.state === 'returned' && !this.#options.idempotent))
        this.#remove(slot);
    }
    return [
      ...expired.map(({ batch, state, uncertain }) => ({
        batch,
        failure: { kind: 'timed out' as const, outcomeUnknown: state === 'in flight' || uncertain },
      })),
      ...this.#rewind(),
    ];
  }

  /** Empties the queue. Returns those whose failure was not reported yet, and whether they may be stored. */
  clear(): { batch: B; outcomeUnknown: boolean }[] {
    const live = this.#slots.filter(({ abandoned }) => !abandoned);
    this.#slots = [];
    this.#inFlight = 0;
    return live.map(({ batch, state, uncertain }) => ({
      batch,
      outcomeUnknown: state === 'in flight' || uncertain,
    }));
  }

  /** When there is something to do by itself: a pause or a batch's time ends. Undefined: never. */
  wakeAtMs(nowMs: number): number | undefined {
    const deadlineMs = this.#slots.find(({ abandoned }) => !abandoned)?.batch.deadlineMs;
    if (this.#pausedUntilMs <= nowMs) return deadlineMs;
    return deadlineMs === undefined ? this.#pausedUntilMs : Math.min(deadlineMs, this.#pausedUntilMs);
  }

  /** Throws if an invariant does not hold. For tests. */
  checkInvariants(): void {
    const inFlight = this.#slots.filter(({ state }) => state === 'in flight').length;
    assert(inFlight === this.#inFlight, `${inFlight} are in flight, ${this.#inFlight} are counted`);
    assert(inFlight <= this.#options.maxInFlight, `${inFlight} are in flight`);
    const firstUnsigned = this.#slots.findIndex(({ signature }) => signature === undefined);
    const signed = firstUnsigned < 0 ? this.#slots : this.#slots.slice(0, firstUnsigned);
    const rest = this.#slots.slice(signed.length);
    assert(
      rest.every(({ signature }) => signature === undefined),
      'a batch without numbers is before one with',
    );
    if (!this.#options.idempotent) {
      assert(signed.length === 0, 'there are numbers without idempotence');
      assert(!this.#slots.some(({ state, abandoned }) => abandoned && state !== 'in flight'), 'abandoned');
      return;
    }
    if (this.#rewindDue || this.#identity === undefined) return;
    signed.forEach(({ signature, batch, uncertain }, i) => {
      if (i === signed.length - 1 && this.#spent !== 'nothing') return;
      const next = signed[i + 1]?.signature?.baseSequence ?? this.#nextSequence;
      const end = (signature!.baseSequence + batch.recordsCount) % SEQUENCES;
      assert(end === next || uncertain, `after a batch that ends before ${end} comes ${next}`);
    });
  }

  #answered(slot: Slot<B>): void {
    assert(slot.state === 'in flight', `a batch that is ${slot.state} was answered`);
    this.#inFlight--;
  }

  #remove(slot: Slot<B>): void {
    this.#slots.splice(this.#slots.indexOf(slot), 1);
  }

  #fail(slot: Slot<B>): Failed<B> {
    if (this.#options.idempotent) {
      for (const behind of this.#slots.slice(this.#slots.indexOf(slot) + 1)) behind.stale = true;
      this.#spend('epoch');
      this.#rewindDue = true;
    }
    this.#remove(slot);
    const failed: Failed<B> = slot.abandoned ? [] : [{ batch: slot.batch, failure: { kind: 'refused' } }];
    return [...failed, ...this.#rewind()];
  }

  /** After every event: rewinds if that is due, and goes on under the next identity if that can be. Returns what has failed by that. */
  #rewind(): Failed<B> {
    const failed = this.#returnInOrder();
    if (this.#spent !== 'nothing') this.#renew();
    return failed;
  }

  /** Once nothing is in flight: decides what of that which was returned gets new numbers. */
  #returnInOrder(): Failed<B> {
    if (!this.#rewindDue || this.#inFlight > 0) return [];
    this.#rewindDue = false;
    if (!this.#options.idempotent) return [];
    const failed = this.#judgeFirst();
    this.#dropAbandoned();
    for (const slot of this.#slots) if (slot.stale) unsign(slot);
    return failed;
  }

  /** What the refusal of the first batch means, now that all before it are settled. Behind it, a gap is only what is to be expected. */
  #judgeFirst(): Failed<B> {
    const first = this.#slots[0];
    if (first?.refusal?.kind !== 'gap' && first?.refusal?.kind !== 'forgotten') return [];
    this.#spend(first.refusal.kind === 'gap' ? 'epoch' : 'id');
    for (const slot of this.#slots) slot.stale = true;
    if (first.refusal.kind === 'forgotten' || !first.refusal.stored || !first.uncertain) return [];
    this.#remove(first);
    return first.abandoned ? [] : [{ batch: first.batch, failure: { kind: 'refused' } }];
  }

  /** Forgets those whose failure was reported, unless that would give new numbers to one that may be stored. */
  #dropAbandoned(): void {
    if (!this.#slots.some(({ abandoned }) => abandoned)) return;
    if (this.#slots.some(({ abandoned, uncertain, stale }) => uncertain && !abandoned && !stale)) return;
    this.#slots = this.#slots.filter(({ abandoned }) => !abandoned);
    for (const slot of this.#slots) slot.stale = true;
    this.#spend('epoch');
  }

  #spend(what: 'epoch' | 'id'): void {
    if (this.#spent !== 'id') this.#spent = what;
  }

  /** Gives a batch its numbers. False if there are none yet: others must be settled under the last identity, or another one must be adopted. */
  #sign(slot: Slot<B>): boolean {
    if (this.#spent !== 'nothing' || this.#identity === undefined) return false;
    slot.signature = { ...this.#identity, baseSequence: this.#nextSequence };
    this.#nextSequence = (this.#nextSequence + slot.batch.recordsCount) % SEQUENCES;
    return true;
  }

  #renew(): void {
    if (this.#identity === undefined || this.#slots.some(({ signature }) => signature !== undefined)) return;
    const { producerId, producerEpoch } = this.#identity;
    const hasNext = this.#spent === 'epoch' && producerEpoch < MAX_EPOCH;
    this.#spent = 'nothing';
    this.#identity = undefined;
    if (hasNext) this.adopt({ producerId, producerEpoch: producerEpoch + 1 });
  }
}

function assert(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(`the queue of a partition is broken: ${message}`);
}

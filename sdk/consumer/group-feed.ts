import { type Connection, fromCallError } from '../connection/index.js';
import {
  MAX_UNCOMPRESSED_BYTES,
  type ReceivedRecord,
  type StoredBatch,
  storedBatches,
} from '../reader/index.js';
import { type ArrivedBatches, type ArrivedGap, isCurrent } from './arrival.js';
import { ConsumedBatch } from './consumed-batch.js';
import type { ResolvedConsumerOptions } from './consumer-options.js';
import { GroupSession } from './group-session.js';
import type { Membership } from './membership.js';
import { OffsetCommits } from './offset-commits.js';
import type { OwnedPartition } from './owned-partition.js';
import { ProcessingWatch } from './processing-watch.js';

/** A batch that is being handed out. */
interface Handout {
  readonly partition: OwnedPartition;
  readonly seekNumber: number;
  readonly batch: ConsumedBatch;
  readonly nextOffset: number;
  /** Begun when the first of its records is asked for. */
  records: Iterator<ReceivedRecord, undefined> | undefined;
}

/** An arrival that is being taken apart. */
interface OpenArrival {
  readonly membership: Membership;
  readonly arrival: ArrivedBatches;
  readonly batches: AsyncGenerator<StoredBatch, undefined>;
}

const LIMITS = { verifyCrc: true, maxUncompressedBytes: MAX_UNCOMPRESSED_BYTES };

/**
 * What the loop is fed with, and everything that happens between two of its turns: hooks, commits, giving partitions up, joining again. All of that is done when the loop asks, and only
 * then, so that nothing changes under a record that is being worked on.
 */
export class GroupFeed {
  readonly session: GroupSession;
  readonly commits: OffsetCommits;
  readonly #options: ResolvedConsumerOptions;
  readonly #watch: ProcessingWatch;
  readonly #stop = new AbortController();
  #open: OpenArrival | undefined;
  #handout: Handout | undefined;
  #inHand: OwnedPartition | undefined;
  /** True: something has happened since the loop last looked. */
  #attention = true;
  #finishing = false;
  #wake: (() => void) | undefined;
  #onFinished: (() => void) | undefined;

  constructor(connection: Connection, options: ResolvedConsumerOptions) {
    this.#options = options;
    this.session = new GroupSession(connection, options, () => this.touch());
    this.commits = new OffsetCommits(connection, options, this.session);
    this.#watch = new ProcessingWatch(options.maxProcessingMs, () => this.#stuck());
  }

  /** The next record, if it can be had without waiting. To ask for it is to be done with the one before. */
  readyRecord(): ReceivedRecord | undefined {
    if (this.#attention) return undefined;
    this.finishHand();
    this.#watch.asks++;
    return this.#recordInReach();
  }

  /** The next record; undefined when the consumer is closed or `isOver`. One call at a time. */
  nextRecord(isOver: () => boolean): Promise<ReceivedRecord | undefined> {
    return this.#next(isOver, () => this.#recordInReach());
  }

  /** The next batch, or what is left of one of which records were handed out. Otherwise as {@link nextRecord}. */
  nextBatch(isOver: () => boolean): Promise<ConsumedBatch | undefined> {
    return this.#next(isOver, () => this.#batchInReach());
  }

  /** What was handed out last is done. */
  finishHand(): void {
    this.#inHand?.finish();
    this.#inHand = undefined;
    this.#onFinished?.();
  }

  /** Has the loop look around before it gets more. */
  touch(): void {
    this.#attention = true;
    this.#wake?.();
  }

  /** Nothing is fed any more. */
  stop(): void {
    this.#stop.abort();
    this.#watch.stop();
    this.commits.stop();
    this.touch();
  }

  /** Hands out nothing more. Resolves when nothing is in the caller's hands, or {@link letGo} is called. */
  async finish(): Promise<void> {
    this.#finishing = true;
    this.touch();
    if (this.#inHand === undefined) return;
    await new Promise<void>((resolve) => {
      this.#onFinished = resolve;
    });
  }

  /** The loop has been left. */
  letGo(): void {
    this.#onFinished?.();
  }

  /** Gives everything up and leaves the group; or, if not `forGood`, only commits what is done. Rejects as the hooks do. To be called when no other call is under way. */
  async leave(forGood: boolean): Promise<void> {
    const { assignment } = this.session;
    try {
      await this.#tellLost();
      const owned = [...assignment.allKnown()].filter(({ live }) => live);
      await this.#giveUp(owned, forGood);
    } finally {
      if (forGood) await this.session.leave();
    }
  }

  async #next<T>(isOver: () => boolean, inReach: () => T | undefined): Promise<T | undefined> {
    this.finishHand();
    this.#watch.asks++;
    this.#watch.waiting = true;
    try {
      while (await this.#settle(isOver)) {
        const next = inReach();
        if (next !== undefined) return next;
        if (!(await this.#advance())) await this.#changed();
      }
      return undefined;
    } finally {
      this.#watch.waiting = false;
    }
  }

  /** Does what has to be done between two records. False: there are no more. */
  async #settle(isOver: () => boolean): Promise<boolean> {
    for (;;) {
      this.#attention = false;
      if (this.#finishing || this.#stop.signal.aborted || isOver()) return false;
      if (this.session.assignment.hasNews) {
        await this.#tellNews();
        continue;
      }
      const failure = this.session.takeFailure();
      if (failure !== undefined) throw failure;
      this.session.join();
      this.#watch.start();
      this.commits.start();
      return true;
    }
  }

  async #tellNews(): Promise<void> {
    const { assignment } = this.session;
    await this.#tellLost();
    await this.#giveUp(assignment.toRevoke());
    const assigned = assignment.takeAssigned();
    for (const { before } of assigned) if (before !== undefined) this.commits.forget(before);
    if (assigned.length > 0)
      await this.#options.onAssigned?.(assigned.map(({ partition }) => partition.assigned));
  }

  async #tellLost(): Promise<void> {
    const lost = this.session.assignment.takeLost();
    for (const partition of lost) this.commits.forget(partition);
    if (lost.length > 0) await this.#options.onLost?.(lost.map(({ name }) => name));
  }

  /** Whatever the hook does, what is done is committed and, if they are to be, the partitions are released. */
  async #giveUp(partitions: OwnedPartition[], release = true): Promise<void> {
    if (partitions.length === 0) return;
    try {
      await this.#options.onRevoked?.(partitions.map(({ name }) => name));
    } finally {
      const committed = this.commits.commitDone(partitions);
      if (!release) await committed;
      for (const partition of release ? partitions : []) {
        this.commits.forget(partition);
        if (this.session.assignment.release(partition)) this.session.membership?.release(partition);
      }
    }
  }

  #recordInReach(): ReceivedRecord | undefined {
    const handout = this.#handout;
    if (handout === undefined) return undefined;
    if (isCurrent(handout)) {
      handout.records ??= handout.batch.records();
      const next = handout.records.next();
      if (!next.done) {
        this.#hand(handout, next.value.offset + 1);
        return next.value;
      }
      handout.partition.passTo(handout.nextOffset);
    }
    this.#handout = undefined;
    return undefined;
  }

  #batchInReach(): ConsumedBatch | undefined {
    const handout = this.#handout;
    this.#handout = undefined;
    if (handout === undefined || !isCurrent(handout)) return undefined;
    const { batch, records, partition, nextOffset } = handout;
    const left = records === undefined ? batch : batch.from(partition.position);
    this.#hand(handout, nextOffset);
    return left;
  }

  #hand({ partition }: Handout, nextOffset: number): void {
    partition.hand(nextOffset);
    this.#inHand = partition;
  }

  /** Takes the next batch of what has come. False: there is none. */
  async #advance(): Promise<boolean> {
    for (;;) {
      this.#open ??= this.#openNext();
      const open = this.#open;
      if (open === undefined) return false;
      const handout = await this.#nextOf(open);
      if (handout !== undefined && (await this.#mayHandOut(handout))) {
        const { partition, batch } = handout;
        partition.leaderEpoch = Math.max(0, batch.header.leaderEpoch);
        this.#handout = handout;
        return true;
      }
      if (handout === undefined) this.#close(open);
    }
  }

  /** Under `before` a batch is committed first. If that is refused, the partition is another's, and nothing more of what was sent is handed out. */
  async #mayHandOut(handout: Handout): Promise<boolean> {
    if (this.#options.commit !== 'before') return true;
    const committed = await this.commits.commitBefore(handout, this.#stop.signal);
    if (!committed && isCurrent(handout)) handout.partition.dropSent();
    return committed;
  }

  #close(open: OpenArrival): void {
    this.#open = undefined;
    open.membership.grant(open.arrival.bytes.length);
  }

  #openNext(): OpenArrival | undefined {
    const { membership } = this.session;
    for (let arrival = membership?.take(); arrival !== undefined; arrival = membership?.take()) {
      if (arrival.skipped !== undefined) {
        this.#goPast(arrival);
        continue;
      }
      const { partition, bytes } = arrival;
      const { topic, partition: number } = partition.name;
      const wanted = {
        topic,
        partition: number,
        startOffset: partition.position,
        endOffset: Number.POSITIVE_INFINITY,
      };
      return { membership: membership!, arrival, batches: storedBatches(bytes, wanted, LIMITS) };
    }
    return undefined;
  }

  #goPast({ partition, skipped }: ArrivedGap): void {
    if (!partition.live) return;
    const { startOffset, endOffset } = skipped;
    // Otherwise it comes from before a seek.
    if (startOffset <= partition.position && partition.position < endOffset) partition.passTo(endOffset);
    this.#options.onSkipped?.(skipped);
  }

  /** The next batch of an arrival; undefined: it holds no more, or is void. */
  async #nextOf({ arrival, batches }: OpenArrival): Promise<Handout | undefined> {
    const { partition, seekNumber } = arrival;
    if (!isCurrent(arrival)) return undefined;
    const next = await batches.next().catch((error: unknown) => {
      // To go on behind it would be to leave it out in silence.
      this.session.fail(fromCallError(error));
    });
    if (next === undefined || !isCurrent(arrival)) return undefined;
    if (next.done) {
      partition.passTo(arrival.nextOffset);
      return undefined;
    }
    const batch = new ConsumedBatch(partition.assigned, next.value, arrival.highWatermark);
    return { partition, seekNumber, batch, nextOffset: next.value.nextOffset, records: undefined };
  }

  async #changed(): Promise<void> {
    if (this.#attention) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  /** The loop does not ask any more: others are to have the partitions. It joins again when it asks. */
  #stuck(): void {
    void this.commits.commitDone(this.session.assignment.allKnown());
    void this.session.leave();
  }
}

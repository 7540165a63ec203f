import { fromCallError } from '../connection/index.js';
import {
  MAX_UNCOMPRESSED_BYTES,
  type ReceivedRecord,
  type StoredBatch,
  storedBatches,
} from '../reader/index.js';
import { type ArrivedBatches, type ArrivedGap, isCurrent } from './arrival.js';
import { ConsumedBatch } from './consumed-batch.js';
import type { GroupSession } from './group-session.js';
import type { Membership } from './membership.js';
import type { OffsetCommits } from './offset-commits.js';
import type { OwnedPartition } from './owned-partition.js';
import type { ResolvedConsumerOptions } from './resolved-consumer-options.js';

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

/** Hands out what has come, one batch or record at a time, and keeps in mind what is in the caller's hands. What was sent before a seek, a reset or a loss is dropped. */
export class Handouts {
  readonly #options: ResolvedConsumerOptions;
  readonly #session: GroupSession;
  readonly #commits: OffsetCommits;
  readonly #stop: AbortSignal;
  #open: OpenArrival | undefined;
  #handout: Handout | undefined;
  #inHand: OwnedPartition | undefined;
  /** Under `before`: it was taken, and could not be committed yet; how often that was tried. */
  #postponed: Handout | undefined;
  #attempts = 0;

  constructor(parts: {
    options: ResolvedConsumerOptions;
    session: GroupSession;
    commits: OffsetCommits;
    stop: AbortSignal;
  }) {
    this.#options = parts.options;
    this.#session = parts.session;
    this.#commits = parts.commits;
    this.#stop = parts.stop;
  }

  /** True if something was handed out that is not {@link finish}ed. */
  get isInHand(): boolean {
    return this.#inHand !== undefined;
  }

  /** What was handed out last is done. */
  finish(): void {
    this.#inHand?.finish();
    this.#inHand = undefined;
  }

  /** The next record of the batch at hand; undefined: there is none, {@link advance}. */
  record(): ReceivedRecord | undefined {
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

  /** The batch at hand, or what is left of it; undefined: there is none, {@link advance}. */
  batch(): ConsumedBatch | undefined {
    const handout = this.#handout;
    this.#handout = undefined;
    if (handout === undefined || !isCurrent(handout)) return undefined;
    const { batch, records, partition, nextOffset } = handout;
    const left = records === undefined ? batch : batch.from(partition.position);
    this.#hand(handout, nextOffset);
    return left;
  }

  /** Takes a step towards the next batch of what has come. False: nothing more has come. */
  async advance(): Promise<boolean> {
    this.#open ??= this.#openNext();
    const open = this.#open;
    if (open === undefined) return false;
    const handout = await this.#nextOf(open);
    if (handout === undefined) this.#close(open);
    else if (await this.#mayHandOut(handout)) this.#handout = handout;
    return true;
  }

  #hand({ partition }: Handout, nextOffset: number): void {
    partition.hand(nextOffset);
    this.#inHand = partition;
  }

  /** Under `before` a batch is committed first. If the partition is another's, nothing more of what was sent of it is handed out. */
  async #mayHandOut(handout: Handout): Promise<boolean> {
    if (this.#options.commit !== 'before') return true;
    this.#attempts++;
    const outcome = await this.#commits.commitBefore(handout, this.#attempts, this.#stop);
    this.#postponed = outcome === 'later' ? handout : undefined;
    if (outcome !== 'later') this.#attempts = 0;
    if (outcome === 'moved' && isCurrent(handout)) handout.partition.dropSent();
    return outcome === 'stored';
  }

  #close(open: OpenArrival): void {
    this.#open = undefined;
    open.membership.grant(open.arrival.bytes.length);
  }

  #openNext(): OpenArrival | undefined {
    const { membership } = this.#session;
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
    const postponed = this.#postponed;
    this.#postponed = undefined;
    if (!isCurrent(arrival)) return undefined;
    if (postponed !== undefined) return postponed;
    const next = await batches.next().catch((error: unknown) => {
      // To go on behind it would be to leave it out in silence.
      this.#session.fail(fromCallError(error));
    });
    if (next === undefined || !isCurrent(arrival)) return undefined;
    if (next.done) {
      partition.passTo(arrival.nextOffset);
      return undefined;
    }
    partition.leaderEpoch = Math.max(0, next.value.header.leaderEpoch);
    const batch = new ConsumedBatch(partition.assigned, next.value, arrival.highWatermark);
    return { partition, seekNumber, batch, nextOffset: next.value.nextOffset, records: undefined };
  }
}

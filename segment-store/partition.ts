/**
 * One partition: where appends get their offsets, and what of them is durable and visible.
 *
 * The life of an append:
 * 1. {@link append}, at once: checked, judged by producer state, stamped with the log end offset, queued.
 * 2. The pipeline writes all that is queued with one call, rolling the segment where need be.
 * 3. It syncs, once for all of them. A crash before this loses appends that nobody was told of.
 * 4. Recovery point and high watermark move, the appends are acknowledged, readers wake. From here on nothing can take the records back.
 *
 * Invariants:
 * - log start offset ≤ recovery point ≤ high watermark ≤ log end offset;
 * - after a failed write the log ends where it ended before; after a failed sync nothing is appended any more: what the
 *   disk holds is unknown (`fsync` may report the next time that all is well).
 */
import { type BatchHeader, stampBatch } from '../proto/record-batch/index.js';
import type { AppendBudget } from './append-budget.js';
import { LEADER_EPOCH } from './batch-walk.js';
import { CommitPipeline } from './commit-pipeline.js';
import type { DamageLog } from './damage-log.js';
import { diskFull, isNoRoom } from './disk-space.js';
import { StoreError } from './errors.js';
import type { Gate } from './gate.js';
import type { Appended, AppendOptions, PartitionBounds, PartitionDescription } from './log-store.js';
import { LogTail, type Mark } from './log-tail.js';
import { Mutex } from './mutex.js';
import { PendingAppend } from './pending-append.js';
import { saveProducers } from './producer-files.js';
import { isIdempotent, type ProducerState } from './producer-state.js';
import { checkBatch, offlineSince, outOfSequence, tooLarge, unexpectedOffset } from './refusals.js';
import { RetentionHolds } from './retention-holds.js';
import { type Segment, TornSegmentError } from './segment.js';
import type { SegmentList } from './segment-list.js';
import type { StoreContext } from './store-context.js';
import { TailWaiters, type WaiterBudget } from './tail-waiters.js';
import type { TopicConfig } from './topic-config.js';

export interface PartitionIdentity {
  readonly topic: string;
  readonly partition: number;
  /** The partition's folder. */
  readonly folder: string;
}

/** What opening a partition found. */
export interface OpenedPartition {
  segments: SegmentList;
  producers: ProducerState;
  logStartOffset: number;
  logEndOffset: number;
  damage: DamageLog;
}

/** What the partitions of a store share beyond the {@link StoreContext}. */
export interface PartitionSharing {
  readonly context: StoreContext;
  readonly budget: AppendBudget;
  readonly waiterBudget: WaiterBudget;
  /** Bounds the syncs under way. */
  readonly syncs: Gate;
  /** Called after bytes were committed. */
  readonly onCommitted: (bytes: number) => void;
}

export class Partition {
  readonly segments: SegmentList;
  readonly producers: ProducerState;
  readonly damage: DamageLog;
  readonly waiters: TailWaiters;
  /** Of the partition, so that they go with it. */
  readonly holds = new RetentionHolds();
  logStartOffset: number;
  recoveryPoint: number;
  highWatermark: number;
  logEndOffset: number;
  readonly #tail: LogTail;
  readonly #pipeline: CommitPipeline;
  /** Appends between stamp and acknowledgement, by base offset: a duplicate of one waits for it. */
  readonly #inFlight = new Map<number, PendingAppend>();
  #offline: StoreError<'PARTITION_OFFLINE'> | undefined;
  #closed = false;
  #checkpointing: Promise<void> = Promise.resolve();
  /** Set once the partition is deleted: what those who still hold it are told. */
  gone: StoreError<'TOPIC_NOT_FOUND'> | undefined;
  /** Orders the writing of snapshots. */
  readonly #saving = new Mutex();

  constructor(
    readonly identity: PartitionIdentity,
    /** The topic's configuration; see {@link configure}. */
    public config: Readonly<TopicConfig>,
    private readonly sharing: PartitionSharing,
    opened: OpenedPartition,
  ) {
    this.segments = opened.segments;
    this.producers = opened.producers;
    this.damage = opened.damage;
    this.waiters = new TailWaiters(sharing.waiterBudget);
    this.logStartOffset = opened.logStartOffset;
    this.recoveryPoint = opened.logEndOffset;
    this.highWatermark = opened.logEndOffset;
    this.logEndOffset = opened.logEndOffset;
    const { context, syncs } = sharing;
    this.#tail = new LogTail(
      context,
      identity.folder,
      this.segments,
      syncs,
      () => this.config,
      () => this.#saveProducers(this.segments.active.nextOffset, true),
      (active) => this.#rolled(active),
    );
    this.#pipeline = new CommitPipeline(this.#tail, this.#syncsFirst, () => context.clock.monotonicMs(), {
      committed: (batches, mark, writeMs, syncMs) => this.#committed(batches, mark, writeMs, syncMs),
      refused: (batches, cause) => this.#refused(batches, cause),
      syncFailed: (cause) => this.goOffline(cause),
    });
  }

  /** As in the name of its folder. */
  get name(): string {
    return `${this.identity.topic}-${this.identity.partition}`;
  }

  get offline(): boolean {
    return this.#offline !== undefined;
  }

  get maxUncompressedBatchBytes(): number {
    return this.sharing.context.options.maxUncompressedBatchBytes;
  }

  /** True if there is something in the log that is not synced. */
  get dirty(): boolean {
    return this.recoveryPoint < this.highWatermark;
  }

  get #syncsFirst(): boolean {
    return this.sharing.context.options.durability === 'fsync';
  }

  bounds(): PartitionBounds {
    const { logStartOffset, recoveryPoint, highWatermark, logEndOffset } = this;
    return { logStartOffset, recoveryPoint, highWatermark, logEndOffset };
  }

  describe(): PartitionDescription {
    return {
      partition: this.identity.partition,
      ...this.bounds(),
      sizeBytes: this.segments.sizeBytes,
      segments: this.segments.all.length,
      offline: this.offline,
      damaged: [...this.damage.ranges],
    };
  }

  /** Follows the topic's settings. `gaps`: offsets may be missing from now on. */
  configure(config: Readonly<TopicConfig>, gaps: boolean): void {
    this.config = config;
    const { layout } = this.segments.active;
    layout.indexIntervalBytes = config.indexIntervalBytes;
    layout.gaps = gaps;
  }

  /** See `LogStore.append`. Decides before it returns; only the waiting is asynchronous. */
  append(bytes: Buffer, options: AppendOptions): Promise<Appended> {
    this.#checkWritable();
    if (bytes.length > this.config.maxBatchBytes) throw tooLarge(bytes.length, this.config.maxBatchBytes);
    const header = options.validated ?? checkBatch(this.identity, bytes, this.maxUncompressedBatchBytes);
    if (isIdempotent(header)) {
      const verdict = this.producers.judge(header);
      if (verdict.verdict === 'duplicate') return this.#acknowledgeAgain(verdict.of.firstOffset);
      if (verdict.verdict !== 'next') throw outOfSequence(this.identity, header, verdict);
    }
    const { expectedOffset } = options;
    if (expectedOffset !== undefined && expectedOffset !== this.logEndOffset) {
      throw unexpectedOffset(this.identity, expectedOffset, this.logEndOffset);
    }
    this.sharing.context.disk.check();
    this.sharing.budget.take(bytes.length);
    return this.#enqueue(header, bytes);
  }

  #checkWritable(): void {
    if (this.#offline) throw this.#offline;
    if (this.#closed) throw new StoreError('SHUTTING_DOWN', 'The store is closing', {});
  }

  #acknowledgeAgain(baseOffset: number): Promise<Appended> {
    const stored = this.#inFlight.get(baseOffset)?.stored ?? Promise.resolve();
    return stored.then(() => ({ baseOffset, duplicate: true }));
  }

  #enqueue(header: BatchHeader, bytes: Buffer): Promise<Appended> {
    const baseOffset = this.logEndOffset;
    stampBatch(bytes, baseOffset, LEADER_EPOCH);
    header.baseOffset = baseOffset;
    header.leaderEpoch = LEADER_EPOCH;
    if (isIdempotent(header))
      this.producers.note(header, this.highWatermark, this.sharing.context.clock.wallMs());
    const pending = new PendingAppend(header, bytes);
    this.logEndOffset = pending.nextOffset;
    this.#inFlight.set(baseOffset, pending);
    this.#pipeline.enqueue(pending);
    return pending.stored.then(() => ({ baseOffset, duplicate: false }));
  }

  #committed(batches: readonly PendingAppend[], mark: Mark, writeMs: number, syncMs: number): void {
    mark.segment.committedBytes = Math.max(mark.segment.committedBytes, mark.bytes);
    this.highWatermark = mark.offset;
    if (this.#syncsFirst) this.recoveryPoint = mark.offset;
    let bytes = 0;
    for (const pending of batches) {
      bytes += pending.bytes.length;
      this.#settle(pending, () => pending.succeed());
    }
    this.waiters.wake(this.highWatermark);
    const { topic, partition } = this.identity;
    const batchCount = batches.length;
    this.sharing.context.emit({
      event: 'committed',
      topic,
      partition,
      batches: batchCount,
      bytes,
      writeMs,
      syncMs,
    });
    this.sharing.onCommitted(bytes);
  }

  /** Takes back what was not written: the log ends where it ended before. */
  #refused(batches: readonly PendingAppend[], cause: unknown): void {
    const error = this.#classify(cause);
    this.logEndOffset = this.#tail.mark.offset;
    this.producers.takeBack(this.logEndOffset);
    for (const pending of batches) this.#settle(pending, () => pending.fail(error));
  }

  /** What a failed write means: no room, which passes, or a broken disk, which does not. */
  #classify(cause: unknown): unknown {
    if (isNoRoom(cause)) {
      this.sharing.context.disk.reportFull();
      return diskFull(cause);
    }
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'EMFILE' || code === 'ENFILE') {
      const details = { what: 'open files', limit: this.sharing.context.options.maxOpenFiles };
      return new StoreError('TOO_MANY', 'No more files can be opened', details, { cause });
    }
    return this.goOffline(cause instanceof TornSegmentError ? (cause.cause as Error) : (cause as Error));
  }

  #settle(pending: PendingAppend, how: () => void): void {
    // A failing partition has refused it already.
    if (this.#inFlight.get(pending.header.baseOffset) !== pending) return;
    this.#inFlight.delete(pending.header.baseOffset);
    this.sharing.budget.giveBack(pending.bytes.length);
    how();
  }

  /** Takes the partition out of service for appends; reads go on. Nothing that is queued is acknowledged. */
  goOffline(cause: Error): StoreError<'PARTITION_OFFLINE'> {
    if (this.#offline) return this.#offline;
    const error = offlineSince(this.identity, cause);
    this.#offline = error;
    this.#pipeline.stop();
    for (const pending of [...this.#inFlight.values()]) this.#settle(pending, () => pending.fail(error));
    const { topic, partition } = this.identity;
    this.sharing.context.emit({ event: 'partition-offline', topic, partition, error: cause });
    return error;
  }

  /** Rolls now, if there is anything in the active segment, so that it can be cleaned up. */
  rollNow(): Promise<void> {
    return this.#pipeline.atRest(async () => {
      if (this.#offline || this.segments.active.logBytes === 0) return;
      try {
        await this.#tail.roll();
      } catch (error) {
        throw this.#classify(error);
      }
    });
  }

  #rolled({ baseOffset }: Segment): void {
    const { topic, partition } = this.identity;
    this.sharing.context.emit({ event: 'segment-rolled', topic, partition, baseOffset });
  }

  /** Syncs what was written without a sync, under the weaker durabilities. */
  sync(): Promise<void> {
    return this.#pipeline.atRest(() => this.#syncAtRest());
  }

  async #syncAtRest(): Promise<void> {
    if (this.#offline || !this.dirty) return;
    const { mark } = this.#tail;
    try {
      await this.#tail.sync(mark);
      this.recoveryPoint = mark.offset;
    } catch (error) {
      this.goOffline(error as Error);
    }
  }

  /** Writes down where the log stands, so that the next start need not scan what lies before. */
  checkpoint(): Promise<void> {
    if (this.gone) return Promise.resolve();
    this.#checkpointing = this.#checkpoint();
    return this.#checkpointing;
  }

  async #checkpoint(): Promise<void> {
    if (this.segments.active.unsealedBytes === 0 && !this.dirty) return;
    // Both take what they write when they are called, so that appends need not wait for the rest.
    const saved = await this.#pipeline.atRest(async () => {
      await this.#syncAtRest();
      if (this.#offline) return [];
      return [this.segments.active.writeSeal(), this.#saveProducers(this.recoveryPoint, false)];
    });
    await Promise.all(saved);
  }

  #saveProducers(upTo: number, durable: boolean): Promise<void> {
    const save = saveProducers(this.sharing.context.fs, this.identity.folder, this.producers, upTo, {
      durable,
      activeBaseOffset: this.segments.active.baseOffset,
    });
    return this.#saving.run(save);
  }

  /** Finishes what is queued. Waiting readers are sent away with `reason`; later appends get SHUTTING_DOWN. */
  async close(reason: unknown): Promise<void> {
    this.#closed = true;
    this.waiters.failAll(reason);
    await this.#pipeline.drained();
  }

  /** After {@link close}: the partition is deleted. When this resolves nobody writes into its folder any more, but for the cleaner. */
  async forget(gone: StoreError<'TOPIC_NOT_FOUND'>): Promise<void> {
    this.gone = gone;
    await this.#checkpointing.catch(() => {});
    for (const segment of this.segments.all) segment.forget();
  }
}

/**
 * One partition: where appends get their offsets, and the order in which bytes become durable and visible.
 *
 * The life of an append:
 * 1. {@link append}, at once: checked, judged by producer state, stamped with the log end offset, queued.
 * 2. {@link commit} writes all that is queued with one call, rolling the segment where need be.
 * 3. It syncs, once for all of them. A crash before this loses appends that nobody was told of.
 * 4. It moves recovery point and high watermark, acknowledges, wakes readers. From here on nothing can take the records back.
 *
 * Invariants:
 * - log start offset ≤ recovery point ≤ high watermark ≤ log end offset;
 * - what was written but not committed is the work of exactly one {@link commit};
 * - after a failed write the log ends where it ended before; after a failed sync nothing is appended any more: what the
 *   disk holds is unknown (`fsync` may report the next time that all is well).
 */
import {
  type BatchHeader,
  InvalidBatchError,
  stampBatch,
  validateBatch,
} from '../proto/record-batch/index.js';
import type { AppendBudget } from './append-budget.js';
import { LEADER_EPOCH } from './batch-walk.js';
import type { DamageLog } from './damage-log.js';
import { diskFull, isNoRoom } from './disk-space.js';
import { StoreError } from './errors.js';
import type { Gate } from './gate.js';
import type { Appended, AppendOptions, PartitionBounds, PartitionDescription } from './log-store.js';
import { Mutex } from './mutex.js';
import { PendingAppend } from './pending-append.js';
import { saveProducers } from './producer-files.js';
import { isIdempotent, type ProducerState, type SequenceVerdict } from './producer-state.js';
import { createSegment, needsRoll } from './roll.js';
import { TornSegmentError } from './segment.js';
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
  logStartOffset: number;
  recoveryPoint: number;
  highWatermark: number;
  logEndOffset: number;
  /** When the last checkpoint was taken, on the monotonic clock. */
  checkpointedAtMs: number;
  #queue: PendingAppend[] = [];
  /** Appends between stamp and acknowledgement, by base offset: a duplicate of one waits for it. */
  readonly #inFlight = new Map<number, PendingAppend>();
  #committing = false;
  #offline: StoreError<'PARTITION_OFFLINE'> | undefined;
  #closed = false;
  /** Orders everything that writes to the log's end: commits and rolls. */
  readonly #writing = new Mutex();
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
    this.checkpointedAtMs = sharing.context.clock.monotonicMs();
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
    const header = options.validated ?? this.#validate(bytes);
    if (bytes.length > this.config.maxBatchBytes) throw tooLarge(bytes.length, this.config.maxBatchBytes);
    if (isIdempotent(header)) {
      const verdict = this.producers.judge(header);
      if (verdict.verdict === 'duplicate') return this.#acknowledgeAgain(verdict.of.firstOffset);
      if (verdict.verdict !== 'next') throw this.#refusal(header, verdict);
    }
    if (options.expectedOffset !== undefined) this.#checkExpected(options.expectedOffset);
    this.sharing.context.disk.check();
    this.sharing.budget.take(bytes.length);
    return this.#enqueue(header, bytes);
  }

  #enqueue(header: BatchHeader, bytes: Buffer): Promise<Appended> {
    const baseOffset = this.logEndOffset;
    stampBatch(bytes, baseOffset, LEADER_EPOCH);
    header.baseOffset = baseOffset;
    header.leaderEpoch = LEADER_EPOCH;
    if (isIdempotent(header)) this.producers.note(header, this.highWatermark);
    const pending = new PendingAppend(header, bytes);
    this.logEndOffset = pending.nextOffset;
    this.#queue.push(pending);
    this.#inFlight.set(baseOffset, pending);
    if (!this.#committing) void this.#commitAll();
    return pending.stored.then(() => ({ baseOffset, duplicate: false }));
  }

  #acknowledgeAgain(baseOffset: number): Promise<Appended> {
    const stored = this.#inFlight.get(baseOffset)?.stored ?? Promise.resolve();
    return stored.then(() => ({ baseOffset, duplicate: true }));
  }

  /** Commits until nothing is queued; what comes meanwhile joins the next round. */
  async #commitAll(): Promise<void> {
    this.#committing = true;
    try {
      // Let the other appends of this turn of the event loop join the first round.
      await null;
      while (this.#queue.length > 0) await this.#writing.run(() => this.#commit());
    } finally {
      this.#committing = false;
    }
  }

  async #commit(): Promise<void> {
    const group = this.#queue;
    this.#queue = [];
    const { clock } = this.sharing.context;
    const startedMs = clock.monotonicMs();
    const written = await this.#write(group);
    const writtenMs = clock.monotonicMs();
    if (written.length === 0 || this.#offline) return;
    if (this.sharing.context.options.durability === 'fsync' && !(await this.#syncActive())) return;
    this.#acknowledge(written);
    this.#tellCommitted(written, writtenMs - startedMs, clock.monotonicMs() - writtenMs);
  }

  /** Writes what it can, in order, and refuses the rest. Returns what was written. */
  async #write(group: readonly PendingAppend[]): Promise<readonly PendingAppend[]> {
    let done = 0;
    try {
      while (done < group.length) {
        if (needsRoll(this.segments.active, group[done]!, this.config, this.#nowMs())) await this.#roll();
        const run = this.#runFor(group, done);
        await this.segments.active.append(run);
        done += run.length;
      }
    } catch (error) {
      this.#refuseFrom(group.slice(done), error);
    }
    return group.slice(0, done);
  }

  /** The longest stretch of the group, from `from` on, that goes into the active segment. */
  #runFor(group: readonly PendingAppend[], from: number): readonly PendingAppend[] {
    const { active } = this.segments;
    let bytes = group[from]!.bytes.length;
    let end = from + 1;
    for (; end < group.length; end += 1) {
      bytes += group[end]!.bytes.length;
      if (
        needsRoll(
          active,
          { ...group[end]!, bytesBefore: bytes - group[end]!.bytes.length },
          this.config,
          this.#nowMs(),
        )
      )
        break;
    }
    return group.slice(from, end);
  }

  #nowMs(): number {
    return this.sharing.context.clock.wallMs();
  }

  /** Refuses what was not written, and all that was queued behind it, as its offsets build on it. */
  #refuseFrom(group: readonly PendingAppend[], cause: unknown): void {
    const refused = [...group, ...this.#queue];
    this.#queue = [];
    const error = this.#classify(cause);
    this.logEndOffset = this.segments.active.nextOffset;
    this.producers.takeBack(this.logEndOffset);
    for (const pending of refused) this.#settle(pending, () => pending.fail(error));
  }

  /** What a failed write means: no room, which passes, or a broken disk, which does not. */
  #classify(cause: unknown): unknown {
    if (isNoRoom(cause)) {
      this.sharing.context.disk.reportFull();
      return diskFull(cause);
    }
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'EMFILE' || code === 'ENFILE') {
      const limit = this.sharing.context.options.maxOpenFiles;
      return new StoreError(
        'TOO_MANY',
        'No more files can be opened',
        { what: 'open files', limit },
        { cause },
      );
    }
    return this.goOffline(cause instanceof TornSegmentError ? (cause.cause as Error) : (cause as Error));
  }

  /** Syncs the active segment; if that fails the partition is offline. */
  async #syncActive(): Promise<boolean> {
    const { active } = this.segments;
    try {
      await this.sharing.syncs.run(() => active.sync());
      return true;
    } catch (error) {
      this.goOffline(error as Error);
      return false;
    }
  }

  #acknowledge(written: readonly PendingAppend[]): void {
    const { active } = this.segments;
    active.committedBytes = active.logBytes;
    this.highWatermark = active.nextOffset;
    if (this.sharing.context.options.durability === 'fsync') this.recoveryPoint = this.highWatermark;
    for (const pending of written) this.#settle(pending, () => pending.succeed());
    this.waiters.wake(this.highWatermark);
  }

  #settle(pending: PendingAppend, how: () => void): void {
    // A failing partition has refused it already.
    if (this.#inFlight.get(pending.header.baseOffset) !== pending) return;
    this.#inFlight.delete(pending.header.baseOffset);
    this.sharing.budget.giveBack(pending.bytes.length);
    how();
  }

  #tellCommitted(written: readonly PendingAppend[], writeMs: number, syncMs: number): void {
    const bytes = written.reduce((sum, pending) => sum + pending.bytes.length, 0);
    const { topic, partition } = this.identity;
    const batches = written.length;
    this.sharing.context.emit({ event: 'committed', topic, partition, batches, bytes, writeMs, syncMs });
    this.sharing.onCommitted(bytes);
  }

  /**
   * Seals the active segment and begins the next:
   * 1. sync the old .log; so that a later segment proves that all before it is whole, and recovery scans one only;
   * 2. write its indexes, its seal and a producer snapshot; these can be made anew, so a crash here costs time only;
   * 3. create the new .log and sync the folder; without this a power loss could take the file with acknowledged records.
   */
  async #roll(): Promise<void> {
    const old = this.segments.active;
    if (!(await this.#syncActive())) throw this.#offline;
    old.committedBytes = old.logBytes;
    const { context } = this.sharing;
    const next = await createSegment(context, this.identity.folder, old.nextOffset, old.layout);
    await old.seal();
    this.segments.push(next);
    await this.#saveProducers(old.nextOffset, true).catch((error: Error) => {
      context.emit({ event: 'background-error', doing: 'saving a producer snapshot', error });
    });
    const { topic, partition } = this.identity;
    context.emit({ event: 'segment-rolled', topic, partition, baseOffset: next.baseOffset });
  }

  /** Rolls now, if there is anything in the active segment, so that it can be cleaned up. */
  async rollNow(): Promise<void> {
    await this.#writing.run(async () => {
      if (this.#offline || this.segments.active.logBytes === 0) return;
      try {
        await this.#roll();
      } catch (error) {
        throw this.#classify(error);
      }
    });
  }

  /** Syncs what was written without a sync, under the weaker durabilities. */
  async sync(): Promise<void> {
    await this.#writing.run(async () => {
      if (this.#offline || !this.dirty) return;
      const end = this.highWatermark;
      if (await this.#syncActive()) this.recoveryPoint = end;
    });
  }

  /** Writes down where the log stands, so that the next start need not scan what lies before. */
  async checkpoint(): Promise<void> {
    if (this.dirty) await this.sync();
    if (this.#offline) return;
    this.checkpointedAtMs = this.sharing.context.clock.monotonicMs();
    const { active } = this.segments;
    if (active.unsealedBytes === 0) return;
    await this.#writing.run(async () => {
      if (this.dirty || this.#offline) return;
      // Both take what they write before they first wait, so they do not hold up the next commit.
      const upTo = this.recoveryPoint;
      const saved = Promise.all([this.segments.active.writeSeal(), this.#saveProducers(upTo, false)]);
      this.#checkpointing = saved.then(() => {});
    });
    await this.#checkpointing;
  }

  #checkpointing: Promise<void> = Promise.resolve();

  #saveProducers(upTo: number, durable: boolean): Promise<void> {
    const save = saveProducers(this.sharing.context.fs, this.identity.folder, this.producers, upTo, {
      durable,
      activeBaseOffset: this.segments.active.baseOffset,
    });
    return this.#saving.run(save);
  }

  /** Takes the partition out of service for appends; reads go on. Nothing that is queued is acknowledged. */
  goOffline(cause: Error): StoreError<'PARTITION_OFFLINE'> {
    if (this.#offline) return this.#offline;
    const { topic, partition } = this.identity;
    const error = new StoreError(
      'PARTITION_OFFLINE',
      `${topic}-${partition} takes no appends since a write or sync failed (${cause.message}); it is opened again when the broker restarts`,
      { topic, partition },
      { cause },
    );
    this.#offline = error;
    this.#queue = [];
    for (const pending of [...this.#inFlight.values()]) this.#settle(pending, () => pending.fail(error));
    this.sharing.context.emit({ event: 'partition-offline', topic, partition, error: cause });
    return error;
  }

  /** Finishes what is queued; with `error` instead, refuses it. Waiting readers are sent away. Later appends get SHUTTING_DOWN. */
  async close(reason: unknown): Promise<void> {
    this.#closed = true;
    this.waiters.failAll(reason);
    while (this.#queue.length > 0 || this.#committing) await this.#writing.run(async () => {});
    await this.#writing.run(async () => {});
  }

  /** Lets go of memory and files; nothing may be under way. */
  forget(): void {
    for (const segment of this.segments.all) segment.forget();
  }

  #checkWritable(): void {
    if (this.#offline) throw this.#offline;
    if (this.#closed) throw new StoreError('SHUTTING_DOWN', 'The store is closing', {});
  }

  #validate(bytes: Buffer): BatchHeader {
    try {
      return validateBatch(bytes, { maxUncompressedBytes: this.maxUncompressedBatchBytes });
    } catch (error) {
      if (!(error instanceof InvalidBatchError)) throw error;
      const { topic, partition } = this.identity;
      const { reason } = error;
      throw new StoreError('INVALID_BATCH', `Not a valid record batch: ${reason}`, {
        topic,
        partition,
        reason,
      });
    }
  }

  #checkExpected(expectedOffset: number): void {
    if (expectedOffset === this.logEndOffset) return;
    const { topic, partition } = this.identity;
    throw new StoreError(
      'UNEXPECTED_OFFSET',
      `The log ends at ${this.logEndOffset}, not at the expected ${expectedOffset}`,
      { topic, partition, expectedOffset, endOffset: this.logEndOffset },
    );
  }

  #refusal(
    header: BatchHeader,
    verdict: Exclude<SequenceVerdict, { verdict: 'next' | 'duplicate' }>,
  ): StoreError {
    const { topic, partition } = this.identity;
    const { producerId, producerEpoch, baseSequence: sequence } = header;
    switch (verdict.verdict) {
      case 'fenced': {
        const { currentEpoch } = verdict;
        const message = `Producer ${producerId} has written with epoch ${currentEpoch}; epoch ${producerEpoch} is over`;
        return new StoreError('PRODUCER_FENCED', message, { producerId, producerEpoch, currentEpoch });
      }
      case 'unknown-producer': {
        const message = `Producer ${producerId} is not known to ${topic}-${partition}; its first batch must have sequence 0, not ${sequence}`;
        return new StoreError('UNKNOWN_PRODUCER', message, { topic, partition, producerId, sequence });
      }
      case 'gap': {
        const { expectedSequence } = verdict;
        const message = `Producer ${producerId} sent sequence ${sequence}; ${expectedSequence} is the next`;
        const details = { topic, partition, producerId, expectedSequence, sequence };
        return new StoreError('OUT_OF_ORDER_SEQUENCE', message, details);
      }
    }
  }
}

function tooLarge(sizeBytes: number, limitBytes: number): StoreError<'RECORD_TOO_LARGE'> {
  const message = `The batch has ${sizeBytes} bytes; the topic's limit (maxBatchBytes) is ${limitBytes}`;
  return new StoreError('RECORD_TOO_LARGE', message, { sizeBytes, limitBytes });
}

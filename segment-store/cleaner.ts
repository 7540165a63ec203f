/**
 * Removes what is no longer kept: by retention, by hand, by compaction. One partition at a time, in the background.
 *
 * Order of a deletion: first the new log start offset on disk, then in memory, then the files. If readers saw it before it is durable, a crash
 * would take it back; if the files went before it, deleted records would look like lost ones.
 */
import { join } from 'node:path';
import { partitionKey, readCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { CancelTimer } from './clock.js';
import { Compactor } from './compactor.js';
import { CLEANER_OFFSETS_FILE } from './data-directory.js';
import { StoreError } from './errors.js';
import { Mutex } from './mutex.js';
import type { Partition } from './partition.js';
import { offlineSince } from './refusals.js';
import { type RetainedSegment, segmentsToDelete } from './retention.js';
import type { StoreContext } from './store-context.js';

export class Cleaner {
  readonly #cleaning = new Mutex();
  readonly #compactor: Compactor;
  /** The partition that is being worked on. */
  #at: Partition | undefined;
  /** How far each partition is compacted, by {@link partitionKey}. */
  #compactedTo = new Map<string, number>();
  #stopTimer: CancelTimer = () => {};
  #stopped = false;
  #stopWaiting: () => void = () => {};
  /** Resolves when cleaning may begin, or is not to any more. */
  readonly #mayBegin: Promise<void>;

  constructor(
    private readonly context: StoreContext,
    private readonly partitions: () => Iterable<Partition>,
    /** Writes all log start offsets, durably, with a new one for one partition. */
    private readonly saveLogStart: (partition: Partition, logStartOffset: number) => Promise<void>,
  ) {
    this.#compactor = new Compactor(context);
    const stopped = new Promise<void>((resolve) => {
      this.#stopWaiting = resolve;
    });
    this.#mayBegin = Promise.race([context.beforeCleanup, stopped]);
  }

  /** Begins to look at the partitions every `cleanupIntervalMs`. */
  async start(): Promise<void> {
    const found = await readCheckpoint(this.context.fs, this.#checkpointPath);
    // Without it everything counts as new: the next compaction does more than it must.
    if (found !== undefined && found !== 'damaged') this.#compactedTo = new Map(found);
    this.#schedule();
  }

  get #checkpointPath(): string {
    return join(this.context.options.dataDir, CLEANER_OFFSETS_FILE);
  }

  #schedule(): void {
    this.#stopTimer = this.context.clock.after(this.context.options.cleanupIntervalMs, () => {
      void this.run().then(() => {
        if (!this.#stopped) this.#schedule();
      });
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopTimer();
    this.#stopWaiting();
    await this.#cleaning.run(async () => {});
  }

  /** Looks at every partition once, as soon as cleaning may begin. A partition that cannot be cleaned does not keep the others from it. */
  async run(): Promise<void> {
    await this.#mayBegin;
    for (const partition of [...this.partitions()]) {
      if (this.#stopped) return;
      try {
        await this.#workOn(partition, () => this.#clean(partition));
      } catch (error) {
        if (!partition.gone)
          this.context.emit({
            event: 'background-error',
            doing: `cleaning ${partition.name}`,
            error: error as Error,
          });
      }
    }
  }

  /** See `LogStore.truncatePrefix`. */
  truncatePrefix(partition: Partition, beforeOffset: number): Promise<number> {
    const { topic, partition: number } = partition.identity;
    const { logStartOffset: startOffset, highWatermark: endOffset } = partition;
    if (!Number.isSafeInteger(beforeOffset) || beforeOffset < 0 || beforeOffset > endOffset) {
      throw new StoreError(
        'OFFSET_OUT_OF_RANGE',
        `${topic}-${number} cannot be truncated before ${beforeOffset}; it has ${startOffset} to ${endOffset} (exclusive)`,
        { topic, partition: number, offset: beforeOffset, startOffset, endOffset },
      );
    }
    return this.#workOn(partition, async () => {
      if (beforeOffset <= partition.logStartOffset) return partition.logStartOffset;
      await this.#moveLogStart(partition, beforeOffset);
      await this.#deleteSegments(partition, segmentsBefore(partition));
      return beforeOffset;
    });
  }

  #workOn<T>(partition: Partition, work: () => Promise<T>): Promise<T> {
    return this.#cleaning.run(async () => {
      if (partition.gone) throw partition.gone;
      this.#at = partition;
      return work();
    });
  }

  async #clean(partition: Partition): Promise<void> {
    if (partition.offline) return;
    partition.producers.forgetSilent(this.context.clock.wallMs() - this.context.options.producerIdleMs);
    await this.#applyRetention(partition);
    await this.#compact(partition);
  }

  async #compact(partition: Partition): Promise<void> {
    const key = partitionKey(partition.identity.topic, partition.identity.partition);
    const compactedTo = await this.#compactor.run(partition, this.#compactedTo.get(key) ?? 0);
    if (compactedTo === undefined) return;
    this.#compactedTo.set(key, compactedTo);
    await writeCheckpoint(this.context.fs, this.#checkpointPath, this.#compactedTo);
  }

  /** Forgets a deleted topic, whose partitions must be gone. When this resolves, none of their files is touched any more. */
  async forget(partitions: readonly Partition[]): Promise<void> {
    if (this.#at?.gone) await this.#cleaning.run(async () => {});
    for (const { identity } of partitions)
      this.#compactedTo.delete(partitionKey(identity.topic, identity.partition));
  }

  async #applyRetention(partition: Partition): Promise<void> {
    const retained = await describeSegments(partition);
    const { logStartOffset, config, holds } = partition;
    const nowMs = this.context.clock.wallMs();
    const count = segmentsToDelete(retained, logStartOffset, config, nowMs, holds.lowest);
    if (count === 0) return;
    if (count === retained.length) await partition.rollNow();
    const start = Math.max(partition.logStartOffset, retained[count - 1]!.endOffset);
    await this.#moveLogStart(partition, start);
    await this.#deleteSegments(partition, Math.min(count, segmentsBefore(partition)));
  }

  /** Under the weaker durabilities the log is synced first: after a power loss it must not start behind its end. */
  async #moveLogStart(partition: Partition, logStartOffset: number): Promise<void> {
    if (logStartOffset > partition.recoveryPoint) await partition.sync();
    if (logStartOffset > partition.recoveryPoint) {
      throw offlineSince(partition.identity, new Error('what is to be deleted could not be synced'));
    }
    await this.saveLogStart(partition, logStartOffset);
    partition.logStartOffset = logStartOffset;
    partition.damage.forgetBefore(logStartOffset);
  }

  async #deleteSegments(partition: Partition, count: number): Promise<void> {
    if (count === 0) return;
    const deleted = partition.segments.removeFirst(count);
    for (const segment of deleted) await segment.delete();
    await this.context.fs.syncDirectory(partition.identity.folder);
    this.context.emit({
      event: 'segments-deleted',
      topic: partition.identity.topic,
      partition: partition.identity.partition,
      segments: count,
      bytes: deleted.reduce((sum, segment) => sum + segment.logBytes, 0),
      logStartOffset: partition.logStartOffset,
    });
  }
}

/** How many sealed segments lie wholly before the log start offset. */
function segmentsBefore(partition: Partition): number {
  const kept = partition.segments.sealed.findIndex(
    (segment) => segment.nextOffset > partition.logStartOffset,
  );
  return kept < 0 ? partition.segments.sealed.length : kept;
}

async function describeSegments(partition: Partition): Promise<RetainedSegment[]> {
  const described: RetainedSegment[] = [];
  for (const segment of partition.segments.all) {
    const largest = await segment.largestTime();
    const { logBytes: sizeBytes, nextOffset: endOffset } = segment;
    described.push({ sizeBytes, endOffset, largestTimestampMs: largest?.timestampMs });
  }
  return described;
}

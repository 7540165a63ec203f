/**
 * Turns queued appends into durable ones, in two stages that run beside each other: one writes all that is queued, the other syncs all
 * that is written. While a sync is under way the next group is being written, and whatever was written meanwhile shares the next sync. At
 * most one write and one sync of a partition are under way at a time.
 *
 *     queued → written → committed
 *
 * Under the weaker durabilities an append is committed when it is written, and the second stage does not run.
 */
import type { LogTail, Mark } from './log-tail.js';
import { Mutex } from './mutex.js';
import type { PendingAppend } from './pending-append.js';

/** What the pipeline tells its owner. None of these may throw. */
export interface PipelineEvents {
  /** The batches are as durable as they shall be; the log is committed up to the mark. */
  committed(batches: readonly PendingAppend[], mark: Mark, writeMs: number, syncMs: number): void;
  /** The batches, in order the last that were queued, were not stored. */
  refused(batches: readonly PendingAppend[], cause: unknown): void;
  /** A sync failed: nobody knows what is on the disk. The owner must {@link CommitPipeline.stop} it. */
  syncFailed(cause: Error): void;
}

interface Written {
  batches: PendingAppend[];
  writeMs: number;
}

export class CommitPipeline {
  #queue: PendingAppend[] = [];
  #written: Written = { batches: [], writeMs: 0 };
  #writing: Promise<void> | undefined;
  #syncing: Promise<void> | undefined;
  #stopped = false;
  /** Orders everything that writes to the log's end. */
  readonly #lane = new Mutex();

  constructor(
    private readonly tail: LogTail,
    private readonly syncFirst: boolean,
    private readonly monotonicMs: () => number,
    private readonly events: PipelineEvents,
  ) {}

  enqueue(pending: PendingAppend): void {
    this.#queue.push(pending);
    this.#writing ??= this.#writeAll();
  }

  /** Runs `work` while nothing is being written and everything written is committed; appends queue up behind it. */
  atRest<T>(work: () => Promise<T>): Promise<T> {
    return this.#lane.run(async () => {
      await this.#syncing;
      return work();
    });
  }

  /** Resolves when nothing is queued or under way. */
  async drained(): Promise<void> {
    while (this.#writing !== undefined || this.#syncing !== undefined) {
      await this.#writing;
      await this.#syncing;
    }
  }

  /** Writes and acknowledges nothing more. What is under way comes to nothing. */
  stop(): void {
    this.#stopped = true;
    this.#queue = [];
    this.#written = { batches: [], writeMs: 0 };
  }

  async #writeAll(): Promise<void> {
    // The other appends of this turn of the event loop join the first group.
    await null;
    while (this.#queue.length > 0) await this.#lane.run(() => this.#writeGroup());
    // In the same step as the look at the queue: what comes after it must begin anew.
    this.#writing = undefined;
  }

  async #writeGroup(): Promise<void> {
    const group = this.#queue;
    this.#queue = [];
    const startedMs = this.monotonicMs();
    for (let done = 0; done < group.length && !this.#stopped; ) {
      try {
        const count = await this.tail.append(done === 0 ? group : group.slice(done));
        this.#noteWritten(group.slice(done, done + count), this.monotonicMs() - startedMs);
        done += count;
      } catch (error) {
        const refused = [...group.slice(done), ...this.#queue];
        this.#queue = [];
        return this.events.refused(refused, error);
      }
    }
  }

  #noteWritten(batches: readonly PendingAppend[], writeMs: number): void {
    if (this.#stopped) return;
    if (!this.syncFirst) {
      this.events.committed(batches, this.tail.mark, writeMs, 0);
      return;
    }
    this.#written.batches.push(...batches);
    this.#written.writeMs += writeMs;
    this.#syncing ??= this.#syncAll();
  }

  async #syncAll(): Promise<void> {
    while (this.#written.batches.length > 0) await this.#syncGroup();
    // As above: what is written from here on begins anew.
    this.#syncing = undefined;
  }

  async #syncGroup(): Promise<void> {
    const { batches, writeMs } = this.#written;
    this.#written = { batches: [], writeMs: 0 };
    const { mark } = this.tail;
    const startedMs = this.monotonicMs();
    try {
      await this.tail.sync(mark);
    } catch (error) {
      this.events.syncFailed(error as Error);
      return;
    }
    if (!this.#stopped) this.events.committed(batches, mark, writeMs, this.monotonicMs() - startedMs);
  }
}

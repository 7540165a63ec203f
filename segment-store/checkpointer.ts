/**
 * Writes down how far each partition is on disk, so that a start after a crash scans little: at intervals, and after so many bytes.
 *
 * Order: a partition's own files first (its .log is synced before), then the recovery points. A crash in between leaves recovery points that are lower than they could be.
 */
import { join } from 'node:path';
import { type OffsetCheckpoint, partitionKey, writeCheckpoint } from './checkpoint.js';
import type { CancelTimer } from './clock.js';
import { RECOVERY_POINTS_FILE } from './data-directory.js';
import { Mutex } from './mutex.js';
import type { Partition } from './partition.js';
import type { StoreContext } from './store-context.js';

/** Below this, a partition waits for the interval: its files cost more than a scan. */
const MIN_PARTITION_BYTES = 4 * 1024 ** 2;

export class Checkpointer {
  #bytesSince = 0;
  #running: Promise<void> | undefined;
  #stopTimer: CancelTimer = () => {};
  readonly #writing = new Mutex();

  constructor(
    private readonly context: StoreContext,
    private readonly partitions: () => Iterable<Partition>,
  ) {}

  start(): void {
    this.#stopTimer = this.context.clock.after(this.context.options.checkpointIntervalMs, () => {
      void this.run('all').finally(() => this.start());
    });
  }

  async stop(): Promise<void> {
    this.#stopTimer();
    await this.#running;
    this.#stopTimer();
  }

  /** Bytes were committed. */
  noteCommitted(bytes: number): void {
    this.#bytesSince += bytes;
    if (this.#bytesSince < this.context.options.checkpointBytes || this.#running !== undefined) return;
    void this.run('large');
  }

  /** Takes a checkpoint of all partitions that changed, or of those with much to scan. Failure is told, not thrown. */
  run(which: 'all' | 'large'): Promise<void> {
    this.#running ??= this.#run(which).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(which: 'all' | 'large'): Promise<void> {
    this.#bytesSince = 0;
    const minBytes = which === 'all' ? 1 : MIN_PARTITION_BYTES;
    let changed = false;
    for (const partition of [...this.partitions()]) {
      if (partition.segments.active.unsealedBytes < minBytes && !(which === 'all' && partition.dirty))
        continue;
      changed = true;
      await this.#guard(`taking a checkpoint of ${partition.name}`, () => partition.checkpoint());
    }
    if (changed) await this.#guard('writing the recovery points', () => this.writeRecoveryPoints());
  }

  /** Writes them as they are when earlier writings are done. */
  writeRecoveryPoints(): Promise<void> {
    return this.#writing.run(() => this.#writeRecoveryPoints());
  }

  async #writeRecoveryPoints(): Promise<void> {
    const points: OffsetCheckpoint = new Map(
      [...this.partitions()].map((partition) => [
        partitionKey(partition.identity.topic, partition.identity.partition),
        partition.recoveryPoint,
      ]),
    );
    await writeCheckpoint(this.context.fs, join(this.context.options.dataDir, RECOVERY_POINTS_FILE), points);
  }

  async #guard(doing: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.context.emit({ event: 'background-error', doing, error: error as Error });
    }
  }
}

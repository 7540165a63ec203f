import { type Connection, linkSignals, RespoolError } from '../connection/index.js';
import { Producer, resolveProducerOptions } from '../producer/index.js';
import { CopyWriter } from './copy-writer.js';
import { type CopyContext, PartitionCopy } from './partition-copy.js';
import { ReplayBookmark, type StoredReplay } from './replay-bookmark.js';
import { ReplayMarks } from './replay-marks.js';
import type { ResolvedReplayOptions } from './replay-options.js';
import { Pacer, remainingMs } from './replay-pace.js';
import { planReplay, type ReplayPlan } from './replay-plan.js';
import type { ReplayProgress } from './replay-progress.js';

/** What a replay has done. */
export type ReplayOutcome = Omit<ReplayProgress, 'remainingMs'>;

/** So many partitions are copied at once, unless the pace needs all of them. */
const PARTITIONS_AT_ONCE = 16;
/** What may be read ahead, over all partitions. */
const READ_AHEAD_BYTES = 16 * 1024 ** 2;
const MIN_READ_AHEAD_BYTES = 256 * 1024;

/**
 * Copies a range of a topic into another: keys, values and headers as they are, behind the headers some that say where the copy comes from (see `provenance.ts`). Records of one partition
 * keep their order within the partition that they are copied into. The range is found out once and never grows.
 *
 * Under a name it can be stopped and gone on with. After its signal, an error or a crash, another replay of the same name and definition copies what is missing, and nothing twice: what was copied
 * and not marked is found by its headers. One case is left: after a crash, what the broker had received and not stored when the next one looked is copied again.
 */
export class Replay {
  readonly #connection: Connection;
  readonly #options: ResolvedReplayOptions;
  readonly #bookmark: ReplayBookmark | undefined = undefined;
  readonly #active: Set<Replay>;
  readonly #stop = new AbortController();
  readonly #givenUp = new AbortController();
  #planning: Promise<FoundOut> | undefined;
  #running: Promise<ReplayOutcome> | undefined;
  #copies: readonly PartitionCopy[] = [];
  #plan: ReplayPlan | undefined;
  #producer: Producer | undefined;
  #startMs: number | undefined;

  /** @internal Made by `Respool`. Is among the `active` while it runs. */
  constructor(connection: Connection, options: ResolvedReplayOptions, active: Set<Replay>) {
    const { name } = options;
    this.#active = active;
    this.#connection = connection;
    this.#options = options;
    if (name === undefined) return;
    this.#bookmark = new ReplayBookmark(connection, options, name, this.#givenUp.signal);
  }

  /**
   * What it would do. Nothing is changed by it; {@link run} does then exactly this. TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, OFFSET_OUT_OF_RANGE, CORRUPT_BATCH; INVALID_ARGUMENT, if there is a
   * replay of that name with another definition.
   */
  async plan(): Promise<ReplayPlan> {
    this.#planning ??= this.#findOut();
    return (await this.#planning).plan;
  }

  /**
   * Does it, and resolves when all copies are stored. Idempotent: a second call gives the first one's outcome.
   *
   * Rejects as {@link plan}, as reading and producing do (RECORD_TOO_LARGE, DELIVERY_TIMEOUT, UNAVAILABLE), with GROUP_NOT_EMPTY if somebody reads in the group of its name, and with the signal's
   * reason.
   */
  run(): Promise<ReplayOutcome> {
    this.#running ??= this.#run();
    return this.#running;
  }

  /** How far it is. */
  get progress(): ReplayProgress {
    const perPartition = this.#copies.map(({ progress }) => progress);
    const copied = perPartition.reduce((sum, partition) => sum + partition.copied, 0);
    const skipped = perPartition.reduce((sum, partition) => sum + partition.skipped, 0);
    const total = this.#plan?.records ?? 0;
    const elapsedMs = this.#startMs === undefined ? 0 : performance.now() - this.#startMs;
    return { copied, skipped, total, elapsedMs, remainingMs: this.#remainingMs(elapsedMs), perPartition };
  }

  /** @internal Stops it, as its signal does; what is not stored after `timeoutMs` is given up. Resolves when it has ended. */
  async close({ timeoutMs }: { timeoutMs?: number | undefined } = {}): Promise<void> {
    this.#stop.abort(clientClosed());
    const giveUp = timeoutMs === undefined ? undefined : setTimeout(() => this.#drop(), timeoutMs);
    await this.#running?.catch(() => {});
    clearTimeout(giveUp);
  }

  async #findOut(): Promise<FoundOut> {
    const stored = await this.#bookmark?.load();
    return { plan: await planReplay(this.#connection, this.#options, stored), stored };
  }

  async #run(): Promise<ReplayOutcome> {
    const { onProgress, progressIntervalMs, signal } = this.#options;
    const cancel = linkSignals(this.#stop.signal, signal);
    const ticking = onProgress && setInterval(() => onProgress(this.progress), progressIntervalMs);
    this.#active.add(this);
    try {
      cancel.signal.throwIfAborted();
      this.#planning ??= this.#findOut();
      const found = await this.#planning;
      cancel.signal.throwIfAborted();
      await this.#copy(found, cancel.signal);
    } finally {
      clearInterval(ticking);
      cancel.unlink();
      this.#active.delete(this);
    }
    const { remainingMs: _none, ...outcome } = this.progress;
    onProgress?.(this.progress);
    return outcome;
  }

  async #copy({ plan, stored }: FoundOut, signal: AbortSignal): Promise<void> {
    const copied = stored && (await this.#bookmark?.copied(stored, signal));
    const options = resolveProducerOptions({ compression: this.#options.compression });
    this.#producer = new Producer(this.#connection, options, () => {});
    const context = this.#context(plan, new CopyWriter(this.#producer));
    this.#copies = plan.partitions.map(
      (planned) => new PartitionCopy(context, planned, copied?.get(planned.partition) ?? new Set()),
    );
    this.#plan = plan;
    try {
      await this.#copyAll(context, signal);
      await this.#bookmark?.delete();
    } finally {
      this.#drop();
    }
  }

  #context(plan: ReplayPlan, writer: CopyWriter): CopyContext {
    const { pace } = this.#options;
    this.#startMs = performance.now();
    return {
      connection: this.#connection,
      options: this.#options,
      keepPartitions: plan.keepPartitions,
      writer,
      pacer: new Pacer(pace, this.#startMs, plan.firstTimestampMs ?? 0),
      readAheadBytes: Math.max(MIN_READ_AHEAD_BYTES, Math.floor(READ_AHEAD_BYTES / this.#atOnce(plan))),
    };
  }

  /** By their timestamps, partitions keep step only if all of them go. */
  #atOnce({ partitions }: ReplayPlan): number {
    const { pace } = this.#options;
    const all = pace !== 'flat-out' && 'speed' in pace;
    return Math.max(1, all ? partitions.length : Math.min(PARTITIONS_AT_ONCE, partitions.length));
  }

  /** Whatever ends the copying, what was copied is marked. */
  async #copyAll({ writer, keepPartitions }: CopyContext, signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const stop = linkSignals(signal, failed.signal);
    const parts = { writer, copies: this.#copies, bookmark: this.#bookmark, keepPartitions };
    const marks = new ReplayMarks(parts, (error) => failed.abort(error));
    const waiting = this.#copies.values();
    const worker = async (): Promise<void> => {
      for (const copy of waiting) await copy.run(stop.signal);
    };
    try {
      await marks.begin();
      const workers = Array.from({ length: this.#atOnce(this.#plan!) }, worker);
      try {
        await Promise.all(workers);
      } catch (error) {
        failed.abort(error);
        await Promise.allSettled(workers);
        throw error;
      } finally {
        await marks.end();
      }
    } finally {
      stop.unlink();
    }
  }

  /** What is not stored or not marked is given up. */
  #drop(): void {
    this.#givenUp.abort(clientClosed());
    // What has failed, if anything has, was told already.
    this.#producer?.close({ timeoutMs: 0 }).catch(() => {});
  }

  #remainingMs(elapsedMs: number): number | undefined {
    const plan = this.#plan;
    if (plan === undefined) return undefined;
    const left = this.#copies.reduce(
      (sum, { nextOffset, planned }) => sum + planned.endOffset - nextOffset,
      0,
    );
    const { firstTimestampMs, lastTimestampMs } = plan;
    const reach = {
      total: plan.records,
      passed: plan.records - left,
      elapsedMs,
      firstTimestampMs,
      lastTimestampMs,
    };
    return remainingMs(this.#options.pace, reach);
  }
}

function clientClosed(): RespoolError {
  return new RespoolError('CLOSED', 'the client is closed');
}

interface FoundOut {
  readonly plan: ReplayPlan;
  readonly stored: StoredReplay | undefined;
}

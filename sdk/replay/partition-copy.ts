import type { RecordCursor } from '../../proto/record-batch/index.js';
import { type Connection, wait } from '../connection/index.js';
import type { ProducerRecord } from '../producer/index.js';
import { type FetchedBatch, fetchBatches } from '../reader/index.js';
import type { CopyWriter } from './copy-writer.js';
import { type CopyHeaders, copyHeaders } from './provenance.js';
import { type RecordMatch, recordMatch } from './record-match.js';
import type { ResolvedReplayOptions } from './replay-options.js';
import type { Pacer } from './replay-pace.js';
import type { PlannedPartition } from './replay-plan.js';
import type { PartitionReplayProgress } from './replay-progress.js';

/** What the partitions of a replay share. */
export interface CopyContext {
  readonly connection: Connection;
  readonly options: ResolvedReplayOptions;
  readonly keepPartitions: boolean;
  readonly writer: CopyWriter;
  readonly pacer: Pacer;
  /** How much of one partition may be read ahead. */
  readonly readAheadBytes: number;
}

/** Timers count no further. */
const MAX_WAIT_MS = 2 ** 30;

/** Copies one partition. */
export class PartitionCopy {
  readonly planned: PlannedPartition;
  readonly #context: CopyContext;
  /** Those that an earlier run has copied. */
  readonly #copiedBefore: ReadonlySet<number>;
  readonly #matches: RecordMatch;
  readonly #headers: CopyHeaders;
  #copied = 0;
  #skipped = 0;
  /** Everything before was handed to the writer, or was gone past. Moves together with the write, so that it can be taken for a mark at any time. */
  nextOffset: number;

  constructor(context: CopyContext, planned: PlannedPartition, copiedBefore: ReadonlySet<number>) {
    const { topic, name, filter } = context.options;
    this.#context = context;
    this.#copiedBefore = copiedBefore;
    this.planned = planned;
    this.nextOffset = planned.nextOffset;
    this.#matches = recordMatch(filter);
    this.#headers = copyHeaders({ topic, partition: planned.partition }, name);
  }

  get progress(): PartitionReplayProgress {
    const { partition, endOffset } = this.planned;
    return {
      partition,
      nextOffset: this.nextOffset,
      endOffset,
      copied: this.#copied,
      skipped: this.#skipped,
    };
  }

  /** Copies up to the end. Rejects with the signal's reason, and as reading and writing do. */
  async run(signal: AbortSignal): Promise<void> {
    const { connection, options, readAheadBytes } = this.#context;
    const { topic, onDataLoss, onSkipped } = options;
    const { partition, endOffset } = this.planned;
    signal.throwIfAborted();
    if (this.nextOffset >= endOffset) return;
    const range = { topic, partition, from: this.nextOffset, until: endOffset };
    const batches = fetchBatches(connection, { ...range, onDataLoss, onSkipped, readAheadBytes, signal });
    for await (const batch of batches) {
      await this.#copy(batch, signal);
      this.#passTo(batch.endOffset);
    }
    this.#passTo(endOffset);
  }

  async #copy(batch: FetchedBatch, signal: AbortSignal): Promise<void> {
    const cursor = batch.cursor();
    while (cursor.next() && cursor.offset < batch.endOffset) {
      if (this.#isWanted(cursor)) {
        const pause = this.#pause(cursor, signal);
        if (pause !== undefined) await pause;
        this.#context.writer.write(this.#copyOf(cursor));
        this.#copied++;
      } else {
        this.#skipped++;
      }
      this.nextOffset = cursor.offset + 1;
    }
  }

  #isWanted(cursor: RecordCursor): boolean {
    return this.#matches(cursor) && !this.#copiedBefore.has(cursor.offset);
  }

  /** What to wait for before the record is written; undefined: nothing. */
  #pause({ timestampMs }: RecordCursor, signal: AbortSignal): Promise<void> | undefined {
    const { pacer, writer } = this.#context;
    if (pacer.isFlatOut) return writer.room && this.#waitUntil(0, signal);
    const nowMs = performance.now();
    const dueMs = pacer.dueMs(nowMs, timestampMs);
    return dueMs - nowMs < 1 && writer.room === undefined ? undefined : this.#waitUntil(dueMs, signal);
  }

  async #waitUntil(dueMs: number, signal: AbortSignal): Promise<void> {
    for (let leftMs = dueMs - performance.now(); leftMs > 0; leftMs = dueMs - performance.now()) {
      await wait(Math.min(Math.ceil(leftMs), MAX_WAIT_MS), signal);
    }
    for (let room = this.#context.writer.room; room !== undefined; room = this.#context.writer.room) {
      await room;
      signal.throwIfAborted();
    }
  }

  #copyOf(cursor: RecordCursor): ProducerRecord {
    const { options, keepPartitions } = this.#context;
    return {
      topic: options.to,
      key: cursor.key(),
      value: cursor.value(),
      headers: this.#headers(cursor),
      partition: keepPartitions ? this.planned.partition : undefined,
      timestampMs: options.keepTimestamps ? cursor.timestampMs : undefined,
    };
  }

  #passTo(offset: number): void {
    this.nextOffset = Math.max(this.nextOffset, offset);
  }
}

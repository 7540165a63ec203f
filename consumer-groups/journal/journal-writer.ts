/**
 * Appends changes to the journal: what comes while a batch is under way goes into the next one, so that many callers share a sync.
 *
 * Invariants:
 * - the changes of one write are in one batch: they happen whole or not at all;
 * - `durable` is called for one write after the other, in the order of the calls, each before its promise resolves;
 * - after an append of which nobody knows whether it was stored, nothing is appended any more: it could be visible to the next start, while what
 *   follows it was decided without it.
 */
import { BatchBuilder } from '../../proto/record-batch/index.js';
import { type Clock, isStoreError, type LogStore, StoreError } from '../../segment-store/index.js';
import type { GroupEventListener } from '../group-event.js';
import type { GroupChange } from '../group-store.js';
import type { JournalRecord } from './journal-record.js';
import { JOURNAL_PARTITION, JOURNAL_TOPIC, MAX_JOURNAL_BATCH_BYTES } from './journal-topic.js';

/** Writes are joined up to this size; one alone may be larger. More would hold up those that come first. */
const JOINED_BATCH_BYTES = 256 * 1024;
/** Writes that may wait for those before them, in bytes. More: APPEND_QUEUE_FULL. */
const MAX_QUEUED_BYTES = 64 * 1024 ** 2;
/** What a record takes besides its key and value, and a batch besides the records of writes, at most. */
const RECORD_OVERHEAD_BYTES = 40;
const BATCH_OVERHEAD_BYTES = 256;

export interface JournalWriterContext {
  store: LogStore;
  clock: Clock;
  emit: GroupEventListener;
  /** What the journal must begin with, if it is empty. */
  first: JournalRecord | undefined;
  /** Takes a write that is durable; the journal is known up to `nextOffset` then. Must not throw. */
  durable: (write: JournalWrite, nextOffset: number) => void;
}

/** Changes that belong together, at least one, and each of them encoded. */
export interface JournalWrite {
  readonly changes: readonly GroupChange[];
  readonly records: readonly JournalRecord[];
}

interface PendingWrite extends JournalWrite {
  sizeBytes: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class JournalWriter {
  readonly #builder = new BatchBuilder({ initialBytes: JOINED_BATCH_BYTES });
  #queue: PendingWrite[] = [];
  #queuedBytes = 0;
  #appending: Promise<void> | undefined;
  #failed: unknown;
  #first: JournalRecord | undefined;

  constructor(private readonly context: JournalWriterContext) {
    this.#first = context.first;
  }

  /** As `GroupStore.write`. */
  write({ changes, records }: JournalWrite): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failed !== undefined) throw this.#failed;
      const sizeBytes = sizeOf(records);
      checkSize(sizeBytes);
      this.#checkQueue(sizeBytes);
      this.#queue.push({ changes, records, sizeBytes, resolve, reject });
      this.#queuedBytes += sizeBytes;
      this.#appending ??= this.#appendAll();
    });
  }

  /** Resolves when nothing is queued or under way. */
  async drained(): Promise<void> {
    while (this.#appending !== undefined) await this.#appending;
  }

  #checkQueue(sizeBytes: number): void {
    if (this.#queuedBytes === 0 || this.#queuedBytes + sizeBytes <= MAX_QUEUED_BYTES) return;
    const message = `${this.#queuedBytes} bytes of group changes are waiting to be written; the limit is ${MAX_QUEUED_BYTES}`;
    throw new StoreError('APPEND_QUEUE_FULL', message, { limitBytes: MAX_QUEUED_BYTES });
  }

  async #appendAll(): Promise<void> {
    // The other writes of this turn join the first batch; those whose callers were just answered, the next.
    await null;
    while (this.#queue.length > 0) await this.#appendNext();
    // In the same step as the look at the queue: what comes after it must begin anew.
    this.#appending = undefined;
  }

  async #appendNext(): Promise<void> {
    const writes = this.#takeJoined();
    const { clock, store } = this.context;
    const startedMs = clock.monotonicMs();
    try {
      const batch = this.#build(writes);
      const bytes = batch.length;
      const { baseOffset } = await store.append(JOURNAL_TOPIC, JOURNAL_PARTITION, batch);
      this.#succeed(writes, baseOffset, bytes, clock.monotonicMs() - startedMs);
    } catch (error) {
      this.#fail(writes, error);
    }
  }

  #takeJoined(): PendingWrite[] {
    let count = 1;
    let bytes = this.#queue[0]!.sizeBytes;
    while (count < this.#queue.length && bytes + this.#queue[count]!.sizeBytes <= JOINED_BATCH_BYTES) {
      bytes += this.#queue[count]!.sizeBytes;
      count += 1;
    }
    this.#queuedBytes -= bytes;
    if (count === this.#queue.length) {
      const all = this.#queue;
      this.#queue = [];
      return all;
    }
    return this.#queue.splice(0, count);
  }

  #build(writes: readonly PendingWrite[]): Buffer {
    const timestampMs = this.context.clock.wallMs();
    this.#builder.clear();
    if (this.#first) this.#builder.append({ timestampMs, ...this.#first });
    for (const { records } of writes) {
      for (const { key, value } of records) this.#builder.append({ timestampMs, key, value });
    }
    return this.#builder.build();
  }

  #succeed(writes: readonly PendingWrite[], baseOffset: number, bytes: number, durationMs: number): void {
    let nextOffset = baseOffset + (this.#first ? 1 : 0);
    this.#first = undefined;
    let changes = 0;
    for (const write of writes) {
      nextOffset += write.records.length;
      changes += write.changes.length;
      this.context.durable(write, nextOffset);
      write.resolve();
    }
    this.context.emit({ event: 'journal-appended', changes, bytes, durationMs });
  }

  #fail(writes: readonly PendingWrite[], error: unknown): void {
    for (const write of writes) write.reject(error);
    if (isNothingStored(error)) return;
    this.#failed = error;
    for (const write of this.#queue.splice(0)) write.reject(error);
    this.#queuedBytes = 0;
  }
}

/** True if the error says for certain that nothing was stored, so that what comes later may be. */
function isNothingStored(error: unknown): boolean {
  return (
    isStoreError(error, 'DISK_FULL') ||
    isStoreError(error, 'APPEND_QUEUE_FULL') ||
    isStoreError(error, 'TOO_MANY') ||
    // The store may have been given tighter limits than the journal's.
    isStoreError(error, 'RECORD_TOO_LARGE') ||
    isStoreError(error, 'INVALID_BATCH')
  );
}

function sizeOf(records: readonly JournalRecord[]): number {
  let bytes = BATCH_OVERHEAD_BYTES;
  for (const { key, value } of records) bytes += RECORD_OVERHEAD_BYTES + key.length + (value?.length ?? 0);
  return bytes;
}

function checkSize(sizeBytes: number): void {
  if (sizeBytes <= MAX_JOURNAL_BATCH_BYTES) return;
  const message = `The changes have ${sizeBytes} bytes together; at most ${MAX_JOURNAL_BATCH_BYTES} can be made at once`;
  throw new StoreError('INVALID_ARGUMENT', message, { field: 'changes' });
}

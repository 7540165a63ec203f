/**
 * What one member is sent: batches of its partitions in turn, within its credit.
 *
 * A partition is *ready* (it may have records), being read, waiting for records (in the log, which wakes it: nothing polls), or paused. One read of a member is under way at a
 * time, so that what it holds is bounded by its credit and one response.
 *
 * Invariants:
 * - while the credit is used up, nothing is read;
 * - what was read before a partition was removed, paused or moved to another place is dropped.
 */
import { type Clock, isStoreError, type LogStore } from '../../segment-store/index.js';
import type { TopicPartition } from '../committed-offset.js';
import type { JoinRequest, OffsetReset } from '../groups.js';
import type { AssignedPartition, MemberEvent, OwnedPartition } from '../member.js';
import { partitionName } from '../partition-name.js';
import { PartitionCursor } from './partition-cursor.js';
import { fallback, type LogRange } from './start-offset.js';

/** When the log takes no more waiting readers, a partition is looked at again after this time. */
const WAIT_AGAIN_MS = 1000;

export interface DeliveryTerms {
  maxResponseBytes: number;
  offsetReset: OffsetReset;
  skipDamaged: boolean;
  /** See `JoinRequest.makeRoom`. */
  makeRoom?: JoinRequest['makeRoom'];
}

export interface DeliveryContext {
  store: Pick<LogStore, 'read' | 'awaitRecords'>;
  clock: Clock;
  terms: DeliveryTerms;
  /** There may be something to take. */
  wake: () => void;
  /** The partition is not in the log any more. */
  gone: (partition: OwnedPartition) => void;
}

export class Delivery {
  readonly #cursors = new Map<string, PartitionCursor>();
  /** In the order of their turns. */
  readonly #ready = new Set<PartitionCursor>();
  #credit = 0;
  /** Why a wait failed. */
  #failed: unknown;

  constructor(private readonly context: DeliveryContext) {}

  /** Begins with a partition, or begins anew. */
  add(assigned: AssignedPartition): void {
    this.remove(assigned);
    const cursor = new PartitionCursor(assigned);
    this.#cursors.set(partitionName(cursor.topic, cursor.partition), cursor);
    this.#makeReady(cursor);
  }

  /** Nothing more of the partition is sent. */
  remove({ topic, partition }: TopicPartition): void {
    const name = partitionName(topic, partition);
    const cursor = this.#cursors.get(name);
    if (cursor === undefined) return;
    this.#cursors.delete(name);
    this.#halt(cursor);
  }

  grant(bytes: number): void {
    this.#credit += bytes;
    this.context.wake();
  }

  /** See `Member.pause`. */
  pause(partition: OwnedPartition, paused: boolean): void {
    const cursor = this.#cursor(partition);
    if (cursor === undefined || cursor.paused === paused) return;
    cursor.paused = paused;
    if (paused) this.#halt(cursor);
    else this.#makeReady(cursor);
  }

  /** See `Member.seek`. */
  seek(partition: OwnedPartition, offset: number, seekNumber: number): void {
    const cursor = this.#cursor(partition);
    if (cursor === undefined) return;
    this.#halt(cursor);
    cursor.position = offset;
    cursor.seekNumber = seekNumber;
    if (!cursor.paused) this.#makeReady(cursor);
  }

  /** The partition's ends as of the last read: there may be more by now, and less at the beginning. Undefined: nothing was read yet. */
  range({ topic, partition }: TopicPartition): LogRange | undefined {
    return this.#cursors.get(partitionName(topic, partition))?.range;
  }

  /**
   * What comes next, if there is anything and credit for it; undefined otherwise, and then `wake` is called when there may be. One call at a time.
   * OFFSET_OUT_OF_RANGE, CORRUPT_BATCH: the member's terms do not let it go on.
   */
  async take(): Promise<MemberEvent | undefined> {
    if (this.#failed !== undefined) throw this.#failed;
    while (this.#credit > 0) {
      const [cursor] = this.#ready;
      if (cursor === undefined) return undefined;
      this.#ready.delete(cursor);
      const event = await this.#read(cursor);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  /** Reads and waits no more. */
  close(): void {
    for (const cursor of this.#cursors.values()) this.#halt(cursor);
    this.#cursors.clear();
  }

  #cursor({ topic, partition, generation }: OwnedPartition): PartitionCursor | undefined {
    const cursor = this.#cursors.get(partitionName(topic, partition));
    return cursor?.generation === generation ? cursor : undefined;
  }

  #halt(cursor: PartitionCursor): void {
    cursor.interrupt();
    this.#ready.delete(cursor);
  }

  #makeReady(cursor: PartitionCursor): void {
    this.#ready.add(cursor);
    this.context.wake();
  }

  async #read(cursor: PartitionCursor): Promise<MemberEvent | undefined> {
    const { store, terms } = this.context;
    const { topic, partition, generation, position, turn } = cursor;
    const maxBytes = Math.min(terms.maxResponseBytes, this.#credit);
    const leaveRoom = await terms.makeRoom?.(maxBytes);
    try {
      if (cursor.turn !== turn) return undefined;
      const { batches, nextOffset, highWatermark, logStartOffset } = await store.read(
        topic,
        partition,
        position,
        maxBytes,
      );
      if (cursor.turn !== turn) return undefined;
      cursor.position = nextOffset;
      cursor.range = { logStartOffset, highWatermark };
      if (nextOffset < highWatermark) this.#ready.add(cursor);
      else this.#awaitRecords(cursor);
      if (batches.length === 0) return undefined;
      this.#credit -= batches.length;
      const { seekNumber } = cursor;
      const place = { topic, partition, generation };
      return { event: 'batches', ...place, seekNumber, batches, nextOffset, highWatermark, logStartOffset };
    } catch (error) {
      // Whoever interrupted it has said what comes next.
      return cursor.turn === turn ? this.#goOnBehind(cursor, error) : undefined;
    } finally {
      leaveRoom?.();
    }
  }

  /** What to do about records that cannot be read. */
  #goOnBehind(cursor: PartitionCursor, error: unknown): MemberEvent | undefined {
    if (isGone(error)) {
      this.remove(cursor);
      this.context.gone(cursor);
      return undefined;
    }
    const { offsetReset, skipDamaged } = this.context.terms;
    if (isStoreError(error, 'OFFSET_OUT_OF_RANGE') && offsetReset !== 'none') {
      const { startOffset: logStartOffset, endOffset: highWatermark } = error.details;
      if (cursor.position < logStartOffset) return this.#skip(cursor, logStartOffset, 'deleted');
      cursor.position = fallback({ logStartOffset, highWatermark }, offsetReset);
      this.#ready.add(cursor);
      return undefined;
    }
    if (isStoreError(error, 'CORRUPT_BATCH') && skipDamaged) {
      return this.#skip(cursor, error.details.endOffset, 'damaged');
    }
    throw error;
  }

  #skip(cursor: PartitionCursor, endOffset: number, reason: 'damaged' | 'deleted'): MemberEvent {
    const { topic, partition, position: startOffset } = cursor;
    cursor.position = endOffset;
    this.#ready.add(cursor);
    return { event: 'skipped', topic, partition, startOffset, endOffset, reason };
  }

  #awaitRecords(cursor: PartitionCursor): void {
    const { topic, partition, position, turn } = cursor;
    const stop = new AbortController();
    cursor.waiting(() => stop.abort());
    void this.context.store.awaitRecords(topic, partition, position, stop.signal).then(
      () => {
        if (cursor.turn === turn) this.#goOn(cursor);
      },
      (error: unknown) => {
        if (cursor.turn === turn) this.#waitFailed(cursor, error);
      },
    );
  }

  #goOn(cursor: PartitionCursor): void {
    cursor.waited();
    this.#makeReady(cursor);
  }

  #waitFailed(cursor: PartitionCursor, error: unknown): void {
    if (isStoreError(error, 'TOO_MANY')) {
      cursor.waiting(this.context.clock.after(WAIT_AGAIN_MS, () => this.#goOn(cursor)));
      return;
    }
    if (isGone(error)) {
      this.remove(cursor);
      this.context.gone(cursor);
      return;
    }
    this.#failed = error;
    this.context.wake();
  }
}

function isGone(error: unknown): boolean {
  return isStoreError(error, 'TOPIC_NOT_FOUND') || isStoreError(error, 'PARTITION_NOT_FOUND');
}

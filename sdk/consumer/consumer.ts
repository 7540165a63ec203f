import { Admin, type Position } from '../admin/index.js';
import {
  type CallOptions,
  type Connection,
  checkBoolean,
  checkInteger,
  checkText,
  RespoolError,
} from '../connection/index.js';
import { checkWithinLog, type ReceivedRecord } from '../reader/index.js';
import type { ConsumedBatch } from './consumed-batch.js';
import type { AssignedPartition, OffsetToCommit, TopicPartition } from './consumer-options.js';
import { within } from './deadline.js';
import { GroupFeed } from './group-feed.js';
import { Iteration, IterationGuard } from './iteration.js';
import { partitionKey } from './offsets-to-commit.js';
import type { OwnedPartition } from './owned-partition.js';
import type { ResolvedConsumerOptions } from './resolved-consumer-options.js';

/** How a consumer is closed. */
export interface CloseConsumerOptions {
  /**
   * How long all of it may take; then the connection is dropped. Milliseconds.
   * @default the client's `requestTimeoutMs`
   */
  timeoutMs?: number | undefined;
  /**
   * How long to wait for the loop to ask for the next record, so that the one in hand counts as done. Milliseconds. To be used from outside of the loop only: within, it waits for itself.
   * @default 0
   */
  finishMs?: number | undefined;
  /**
   * Leave for good. False is for a static member that is about to come back: its partitions wait for it until its session time-out.
   * @default true
   */
  leave?: boolean | undefined;
}

/**
 * A member of a consumer group. It joins when it is iterated, is given partitions, and hands out their records; the records of one partition in the order of their offsets, those
 * of several in turn. One iteration at a time: of records, or with {@link batches} of batches.
 *
 * When a record counts as done, and is committed, is the option `commit`. To ask for the next record is to be done with the one before. Whoever leaves the loop, by `break` or by an error, is not
 * done with the record in hand; iterating again goes on with the one behind it. To have it again, {@link seek} to it, or {@link close}: it comes again then. To have it done,
 * {@link commit}.
 *
 * Between two records, and at no other time, partitions come and go: hooks are called and awaited there. Leaving the loop does not leave the group; {@link close} does. A lost connection is made
 * again by itself: the partitions are lost (`onLost`), and what was not committed is handed out again, here or elsewhere.
 *
 * Iterating rejects with TOPIC_NOT_FOUND, INVALID_ARGUMENT, INVALID_GROUP_NAME, NO_COMMITTED_OFFSET, OFFSET_OUT_OF_RANGE, CORRUPT_BATCH, INSTANCE_FENCED, UNAVAILABLE after `reconnectTimeoutMs`,
 * CLOSED, and with what the hooks throw. Except after the latter it is out of the group then; iterating again joins again.
 */
export class Consumer implements AsyncIterable<ReceivedRecord>, AsyncDisposable {
  readonly #connection: Connection;
  readonly #feed: GroupFeed;
  readonly #guard = new IterationGuard();
  readonly #onClosed: (consumer: Consumer) => void;
  /** The turn of the loop that is under way. */
  #turn: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  /** True: it is out of its group for good. */
  #isClosed = false;

  /** @internal Made by `Respool`. */
  constructor(
    connection: Connection,
    options: ResolvedConsumerOptions,
    onClosed: (consumer: Consumer) => void,
  ) {
    this.#connection = connection;
    this.#feed = new GroupFeed(connection, options);
    this.#onClosed = onClosed;
  }

  /** The records, one by one. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ReceivedRecord, undefined> {
    return this.#iterate(
      () => this.#feed.readyRecord(),
      (isOver) => this.#feed.nextRecord(isOver),
    );
  }

  /** The records, batch by batch, as they are stored: the fastest way. A batch counts as done as a whole. */
  batches(): AsyncIterableIterator<ConsumedBatch, undefined> {
    return this.#iterate(
      () => undefined,
      (isOver) => this.#feed.nextBatch(isOver),
    );
  }

  /** The partitions that it has, as `onAssigned` was told. */
  get assignment(): readonly AssignedPartition[] {
    return this.#told().map(({ assigned }) => assigned);
  }

  /** The id that the broker gave; another one each time it joins. Undefined: it is not in the group now. */
  get memberId(): string | undefined {
    return this.#feed.session.membership?.memberId;
  }

  /** Automatic commits that the broker refused, because the partition had moved or was reset meanwhile: so often were records read again. */
  get refusedCommits(): number {
    return this.#feed.commits.refused;
  }

  /**
   * Commits. Without offsets: everything that was handed out, what is in hand included, but for what is in hand when it is closed. Durable when it resolves.
   *
   * Rejects with the first refusal; what was not refused is stored. STALE_GENERATION, PARTITION_NOT_OWNED: the partition has moved or was reset, its records come again. OFFSET_OUT_OF_RANGE,
   * INVALID_ARGUMENT, DISK_FULL, APPEND_QUEUE_FULL, PARTITION_OFFLINE, SHUTTING_DOWN. UNAVAILABLE: it is not in its group now; with `outcomeUnknown` the connection was lost before the answer.
   * DEADLINE_EXCEEDED: it may be stored all the same. CLOSED.
   */
  async commit(offsets?: readonly OffsetToCommit[], options: CallOptions = {}): Promise<void> {
    // `onRevoked` is called while it closes, and may commit; what is in hand then is not done.
    if (this.#isClosed) throw closed();
    if (options.timeoutMs !== undefined) checkInteger('timeoutMs', options.timeoutMs, 1, MAX_MS);
    options.signal?.throwIfAborted();
    if (offsets === undefined && this.#closing === undefined) this.#feed.finishHand();
    await this.#feed.commits.commitNow(offsets, options);
  }

  /** Nothing more of these partitions is handed out until they are resumed, from the very next record on. PARTITION_NOT_OWNED, and then none is paused. */
  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of this.#owned(partitions)) {
      if (partition.paused) continue;
      partition.paused = true;
      // What has come is dropped, so that its credit serves the others.
      partition.dropSent();
      this.#feed.session.membership?.pause(partition, true);
    }
    this.#feed.touch();
  }

  /** Goes on with paused partitions where they were. PARTITION_NOT_OWNED, and then none is resumed. */
  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of this.#owned(partitions)) {
      if (!partition.paused) continue;
      partition.paused = false;
      this.#feed.session.membership?.seek(partition);
      this.#feed.session.membership?.pause(partition, false);
    }
  }

  /** Those that are paused. A partition that is lost, or given up, is not paused when it comes back; one that is reset stays paused. */
  get paused(): readonly TopicPartition[] {
    const { assignment } = this.#feed.session;
    return this.#told()
      .filter(({ key }) => assignment.owned(key)?.paused)
      .map(({ name }) => name);
  }

  /**
   * Goes on at another place of a partition, from the next record on. What lies before it counts as done: the next commit is that place, also if it lies further back.
   *
   * PARTITION_NOT_OWNED, OFFSET_OUT_OF_RANGE, INVALID_ARGUMENT, UNAVAILABLE, CLOSED.
   */
  async seek(topic: string, partition: number, position: Position, options: CallOptions = {}): Promise<void> {
    this.#checkOpen();
    checkText('topic', topic);
    checkInteger('partition', partition, 0, 2 ** 31 - 1);
    const before = this.#known({ topic, partition });
    const query = { topic, partition, at: position };
    const [found] = await new Admin(this.#connection).listOffsets([query], options);
    checkWithinLog(found!);
    const owned = this.#known({ topic, partition });
    // Else it was reset meanwhile, and whoever did that wants it elsewhere.
    if (owned !== before || !owned.live) throw notOwned({ topic, partition });
    owned.seek(found!.offset);
    if (!owned.paused) this.#feed.session.membership?.seek(owned);
    this.#feed.touch();
  }

  /**
   * Ends iterating, gives the partitions up (`onRevoked`), under `after` commits what is done, and leaves the group. The record in hand is not done, see `finishMs`.
   * Commits that cannot be made do not make it reject: their records come again. Rejects as the hooks do; it is closed then all the same; a hook must
   * not wait for it. Idempotent.
   */
  close(options: CloseConsumerOptions = {}): Promise<void> {
    const { timeoutMs = this.#connection.options.requestTimeoutMs, finishMs = 0, leave = true } = options;
    checkInteger('timeoutMs', timeoutMs, 0, MAX_MS);
    checkInteger('finishMs', finishMs, 0, MAX_MS);
    checkBoolean('leave', leave);
    this.#closing ??= this.#close({ timeoutMs, finishMs, leave });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #iterate<T>(
    ready: () => T | undefined,
    next: (isOver: () => boolean) => Promise<T | undefined>,
  ): Iteration<T> {
    const source = {
      ready,
      next: (isOver: () => boolean) => this.#take(() => next(isOver)),
      left: () => {
        this.#feed.letGo();
        this.#feed.touch();
      },
    };
    return new Iteration(source, this.#guard);
  }

  #take<T>(next: () => Promise<T>): Promise<T> {
    const turn = next();
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Of what the loop was told, what is not lost meanwhile. */
  #told(): OwnedPartition[] {
    const { assignment } = this.#feed.session;
    return [...assignment.allKnown()].filter(({ key }) => assignment.owned(key) !== undefined);
  }

  /** As the broker last said: without those that are lost, of which the loop is yet to be told. PARTITION_NOT_OWNED unless it was told of all of them. */
  #owned(partitions: readonly TopicPartition[]): OwnedPartition[] {
    const known = partitions.map((name) => this.#known(name));
    return known.flatMap(({ key }) => this.#feed.session.assignment.owned(key) ?? []);
  }

  #known({ topic, partition }: TopicPartition): OwnedPartition {
    const known = this.#feed.session.assignment.known(partitionKey({ topic, partition }));
    if (known === undefined) throw notOwned({ topic, partition });
    return known;
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw closed();
  }

  async #close({
    timeoutMs,
    finishMs,
    leave,
  }: {
    timeoutMs: number;
    finishMs: number;
    leave: boolean;
  }): Promise<void> {
    try {
      if (finishMs > 0) await within(this.#feed.finish(), '', { timeoutMs: finishMs }).catch(() => {});
      this.#feed.stop();
      await within(this.#leave(leave), 'leaving the group', { timeoutMs });
    } catch (error) {
      if (!(error instanceof RespoolError && error.code === 'DEADLINE_EXCEEDED')) throw error;
    } finally {
      this.#isClosed = true;
      this.#feed.session.close(closed());
      this.#onClosed(this);
    }
  }

  async #leave(forGood: boolean): Promise<void> {
    await this.#turn;
    await this.#feed.leave(forGood);
  }
}

const MAX_MS = 2 ** 31 - 1;

function closed(): RespoolError {
  return new RespoolError('CLOSED', 'the consumer is closed');
}

function notOwned({ topic, partition }: TopicPartition): RespoolError {
  const message = `${partitionKey({ topic, partition })} is not this consumer's now`;
  return new RespoolError('PARTITION_NOT_OWNED', message, { details: { topic, partition } });
}

import {
  type AssignedPartition,
  type ConsumedBatch,
  type Consumer,
  type ConsumerOptions,
  type Respool,
  RespoolError,
  type SkippedOffsets,
  type TopicPartition,
} from '../../sdk/index.js';
import { PartitionProgress } from './partition-progress.js';
import type { RecordSink } from './record-sink.js';

/** Between commits of what was written, and between looks at the group while nothing comes. */
const INTERVAL_MS = 1000;
/** For leaving, when the broker may be what is gone. */
const CLOSE_TIMEOUT_MS = 5000;

export interface MemberOptions
  extends Pick<ConsumerOptions, 'topics' | 'offsetReset' | 'instanceId' | 'clientId' | 'onDataLoss'> {
  group: string;
  /** False: end where the logs ended when the partitions were assigned. */
  follow: boolean;
  onSkipped(skipped: SkippedOffsets): void;
}

/** Reads as a member of a group, at least once: an offset is committed when all records before it are with the system, and not before. */
export class MemberRun {
  readonly #progress = new PartitionProgress();
  readonly #consumer: Consumer;
  /** The batch that was asked for. */
  #next: Promise<IteratorResult<ConsumedBatch, unknown>> | undefined;
  /** True: it is there, or asking failed. */
  #arrived = false;
  /** True: a commit is due. */
  #due = false;
  /** True: all is committed that will be, and nothing more is read. */
  #leaving = false;
  #wake = () => {};

  constructor(
    private readonly client: Respool,
    private readonly options: MemberOptions,
    private readonly sink: RecordSink,
  ) {
    const { follow: _, onSkipped, ...reading } = options;
    this.#consumer = client.consumer({
      ...reading,
      commit: 'manual',
      onAssigned: (partitions) => this.#assigned(partitions),
      onRevoked: (partitions) => this.#revoked(partitions),
      onLost: (partitions) => this.#gone(partitions),
      onSkipped: (skipped) => {
        this.#progress.reached(skipped, skipped.endOffset);
        onSkipped(skipped);
      },
    });
  }

  /**
   * Resolves at the signal, when the sink is full, or, unless it follows, at the end of every partition. All that was written is committed then, and the
   * group is left.
   */
  async read(signal: AbortSignal): Promise<void> {
    const wake = () => this.#wake();
    const timer = setInterval(() => {
      this.#due = true;
      wake();
    }, INTERVAL_MS);
    signal.addEventListener('abort', wake);
    try {
      await this.#readBatches(signal);
      await this.#commit();
    } catch (error) {
      // Of a failed output nothing more is known; of anything else, what was written before counts.
      if (error instanceof RespoolError) await this.#commit().catch(() => {});
      throw error;
    } finally {
      clearInterval(timer);
      signal.removeEventListener('abort', wake);
      this.#leaving = true;
      await this.#consumer.close({ timeoutMs: CLOSE_TIMEOUT_MS });
    }
  }

  async #readBatches(signal: AbortSignal): Promise<void> {
    const batches = this.#consumer.batches()[Symbol.asyncIterator]();
    while (!signal.aborted) {
      this.#ask(batches);
      await this.#something(signal);
      if (signal.aborted) return;
      const idle = !this.#arrived;
      if (this.#arrived && (await this.#take())) return;
      if (this.#due) await this.#commitIfThere();
      if (this.sink.full || (!this.options.follow && (await this.#isAtEnd(idle)))) return;
    }
  }

  /** Asks for the next batch, which says that the one before is done with. */
  #ask(batches: AsyncIterator<ConsumedBatch>): void {
    if (this.#next !== undefined) return;
    const arrived = () => {
      this.#arrived = true;
      this.#wake();
    };
    this.#arrived = false;
    this.#next = batches.next();
    this.#next.then(arrived, arrived);
  }

  /** Resolves when a batch has come, a commit is due, partitions have come or gone, or the signal says to end. */
  #something(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#arrived || this.#due || signal.aborted) resolve();
    });
  }

  /** Writes the batch that has come. True: there will be no other. */
  async #take(): Promise<boolean> {
    const { value, done } = await this.#next!;
    this.#next = undefined;
    if (done) return true;
    for (const record of (value as ConsumedBatch).records()) {
      const pause = this.sink.write(record);
      if (pause !== undefined) await pause;
      this.#progress.reached(record, record.offset + 1);
      if (this.sink.full) return false;
    }
    this.#progress.reached(value, value.endOffset);
    return false;
  }

  /** While the broker is away or its disk full nothing is committed, and nothing is lost: it is tried again. */
  async #commitIfThere(): Promise<void> {
    try {
      await this.#commit();
    } catch (error) {
      if (!(error instanceof RespoolError && error.retryable)) throw error;
    }
  }

  async #commit(): Promise<void> {
    this.#due = false;
    await this.sink.flush();
    // Only now: what was moved elsewhere while the output was slow must not be committed from here.
    const { offsets, stored } = this.#progress.uncommitted();
    if (offsets.length === 0) return;
    await settled(this.#consumer.commit(offsets));
    stored();
  }

  /** True if all that was there when the partitions were assigned has been read, or there is nothing for this member to read. */
  async #isAtEnd(idle: boolean): Promise<boolean> {
    return this.#progress.size > 0 ? this.#progress.atEnd : idle && this.#hasNoShare();
  }

  /** True if others have all partitions: who gets nothing hears nothing. */
  async #hasNoShare(): Promise<boolean> {
    const { memberId } = this.#consumer;
    if (memberId === undefined) return false;
    const [group] = await this.client.groups.describe([this.options.group]);
    return group!.state === 'stable' && group!.members.some((member) => member.memberId === memberId);
  }

  async #assigned(partitions: readonly AssignedPartition[]): Promise<void> {
    // One that is given anew after a reset begins elsewhere: what was read of it before is void from here on.
    this.#progress.gone(partitions);
    const queries = partitions.map(({ topic, partition }) => ({ topic, partition, at: 'latest' as const }));
    const ends = await this.client.admin.listOffsets(queries);
    for (const [index, partition] of partitions.entries()) {
      this.#progress.assigned(partition, ends[index]!.highWatermark);
    }
    this.#lookAgain();
  }

  /** What was written of them still counts; behind this they are somebody else's. */
  async #revoked(partitions: readonly TopicPartition[]): Promise<void> {
    if (!this.#leaving) await this.#commitIfThere();
    this.#gone(partitions);
  }

  #gone(partitions: readonly TopicPartition[]): void {
    this.#progress.gone(partitions);
    this.#lookAgain();
  }

  /** Whether the end is reached, and what is to be committed, when the consumer is done with telling. */
  #lookAgain(): void {
    this.#due = true;
    setImmediate(() => this.#wake());
  }
}

/** A partition that went elsewhere meanwhile is read again there: that is what at least once means. */
async function settled(commit: Promise<void>): Promise<void> {
  try {
    await commit;
  } catch (error) {
    const moved =
      error instanceof RespoolError && ['STALE_GENERATION', 'PARTITION_NOT_OWNED'].includes(error.code);
    if (!moved) throw error;
  }
}

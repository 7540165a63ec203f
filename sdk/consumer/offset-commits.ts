import {
  backOffMs,
  type CallOptions,
  type Connection,
  isRetried,
  RespoolError,
  type RespoolErrorCode,
  wait,
} from '../connection/index.js';
import type { OffsetToCommit } from './consumer-options.js';
import { within } from './deadline.js';
import type { GroupSession } from './group-session.js';
import type { RefusedOffset } from './member-answer.js';
import { partitionKey, toWireOffsets, type WireOffset } from './offsets-to-commit.js';
import type { OwnedPartition } from './owned-partition.js';
import type { ResolvedConsumerOptions } from './resolved-consumer-options.js';

/** What is to be committed: of a partition that the loop knows, or of one that it does not, which the broker will refuse. */
interface Due {
  readonly key: string;
  readonly offset: number;
  readonly wire: WireOffset;
  readonly partition: OwnedPartition | undefined;
}

/** The partition has moved or was reset: what was done here is done again, there or here. */
const MOVED: ReadonlySet<RespoolErrorCode> = new Set(['STALE_GENERATION', 'PARTITION_NOT_OWNED']);

/**
 * When which offsets are committed. A commit carries the generation in which the *loop* was given the partition, even if the broker has given it anew since: then
 * it is refused, as it should be.
 */
export class OffsetCommits {
  readonly #connection: Connection;
  readonly #options: ResolvedConsumerOptions;
  readonly #session: GroupSession;
  /** Under `manual`: what was handed out and not committed of partitions that are gone, by key. */
  readonly #orphans = new Map<string, OwnedPartition>();
  #timer: NodeJS.Timeout | undefined;
  /** Automatic commits that were refused, since the partition had moved. */
  refused = 0;

  constructor(connection: Connection, options: ResolvedConsumerOptions, session: GroupSession) {
    this.#connection = connection;
    this.#options = options;
    this.#session = session;
  }

  /** Under `after`: commits from time to time. Idempotent. */
  start(): void {
    if (this.#options.commit !== 'after' || this.#timer !== undefined) return;
    let underWay = false;
    this.#timer = setInterval(async () => {
      // A broker that is slow to answer is not asked the more for it.
      if (underWay) return;
      underWay = true;
      await this.commitDone(this.#session.assignment.allKnown());
      underWay = false;
    }, this.#options.commitIntervalMs);
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Under `after`: commits what is done of these partitions and was not committed yet. Resolves when that is answered, or lost; never rejects. */
  async commitDone(partitions: Iterable<OwnedPartition>): Promise<void> {
    const { membership } = this.#session;
    if (this.#options.commit !== 'after' || membership === undefined) return;
    const due = [...partitions].filter(({ live, done, sent }) => live && done !== sent).map(dueOf);
    if (due.length === 0) return;
    for (const { partition, offset } of due) partition!.sent = offset;
    try {
      this.#judge(settle(due, await membership.commit(due.map(({ wire }) => wire))));
    } catch {
      // The membership has ended, and its partitions are lost: what was not committed comes again.
    }
  }

  /**
   * Under `before`: commits a batch before it is handed out.
   * - `stored`: it may be;
   * - `moved`: it must not be, since the partition is another's, or the answer was lost;
   * - `later`: it was refused for the moment; to be tried again. Some time has passed, more with each attempt.
   */
  async commitBefore(
    { partition, nextOffset }: { partition: OwnedPartition; nextOffset: number },
    attempt: number,
    signal: AbortSignal,
  ): Promise<'stored' | 'moved' | 'later'> {
    partition.passDone(nextOffset);
    const due = dueOf(partition);
    const answer = await this.#session.membership?.commit([due.wire]).catch(() => undefined);
    if (answer === undefined) return 'moved';
    const [refusal] = settle([due], answer);
    if (refusal === undefined) return 'stored';
    if (isRetried('Consume', refusal.error.code)) {
      await wait(backOffMs(this.#connection.options.backOff, attempt), signal).catch(() => {});
      return 'later';
    }
    this.#judge([refusal]);
    return 'moved';
  }

  /** Commits what the caller names, or without that everything that is done. Rejects with the first refusal; all else is stored. */
  async commitNow(offsets: readonly OffsetToCommit[] | undefined, options: CallOptions): Promise<void> {
    const due = offsets === undefined ? this.#everythingDone() : this.#named(offsets);
    const lost = offsets === undefined ? this.#takeOrphan(due) : undefined;
    if (due.length > 0) {
      const { membership } = this.#session;
      if (membership === undefined) throw this.#session.absence();
      const { timeoutMs = this.#connection.options.requestTimeoutMs, signal } = options;
      const answer = membership.commit(due.map(({ wire }) => wire));
      const [refusal] = settle(due, await within(answer, 'the commit', { timeoutMs, signal }));
      if (refusal !== undefined) throw refusal.error;
    }
    if (lost !== undefined) throw outdated(lost);
  }

  /** The loop was told that a partition is gone, or was given anew. */
  forget(partition: OwnedPartition): void {
    if (this.#options.commit !== 'manual' || partition.position <= committedOf(partition)) return;
    this.#orphans.set(partition.key, partition);
  }

  #everythingDone(): Due[] {
    const known = [...this.#session.assignment.allKnown()];
    return known.filter(({ done, confirmed }) => done !== confirmed).map(dueOf);
  }

  #named(offsets: readonly OffsetToCommit[]): Due[] {
    const wires = toWireOffsets('offsets', offsets);
    return offsets.map(({ topic, partition: number, offset, metadata }, i) => {
      const key = partitionKey({ topic, partition: number });
      const partition = this.#session.assignment.known(key);
      return { key, offset, partition, wire: partition?.toWire(offset, metadata) ?? wires[i]! };
    });
  }

  /** Something that was handed out, is gone, and is not covered by what is committed now. */
  #takeOrphan(due: readonly Due[]): OwnedPartition | undefined {
    const orphans = [...this.#orphans.values()];
    this.#orphans.clear();
    return orphans.find(({ key, position }) => {
      const again =
        due.find((other) => other.key === key)?.offset ?? this.#session.assignment.known(key)?.confirmed;
      return again === undefined || again < position;
    });
  }

  /** What an automatic commit was refused for. */
  #judge(refusals: readonly RefusedOffset[]): void {
    for (const { error } of refusals) {
      if (MOVED.has(error.code)) this.refused++;
      else if (!isRetried('Consume', error.code)) this.#session.fail(error);
    }
  }
}

function dueOf(partition: OwnedPartition): Due {
  const offset = partition.done!;
  return { key: partition.key, offset, partition, wire: partition.toWire(offset) };
}

/** Notes what is stored, and what is to be sent again. Returns what was refused, in the order in which it was asked for. */
function settle(due: readonly Due[], refused: readonly RefusedOffset[]): RefusedOffset[] {
  const refusals = new Map(refused.map((refusal) => [refusal.key, refusal]));
  return due.flatMap(({ key, partition, offset }) => {
    const refusal = refusals.get(key);
    if (partition !== undefined) note(partition, offset, refusal === undefined);
    return refusal ?? [];
  });
}

function note(partition: OwnedPartition, offset: number, stored: boolean): void {
  if (stored) {
    partition.confirmed = offset;
    partition.sent = offset;
  } else if (partition.sent === offset) {
    partition.sent = undefined;
  }
}

function committedOf({ confirmed, assigned }: OwnedPartition): number {
  return confirmed ?? assigned.startOffset;
}

function outdated({ key, assigned }: OwnedPartition): RespoolError {
  const { topic, partition, generation } = assigned;
  const message = `${key} has moved or was reset: what was read of it in generation ${generation} was not committed`;
  return new RespoolError('STALE_GENERATION', message, { details: { topic, partition, generation } });
}

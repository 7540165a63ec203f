import { Admin } from '../admin/index.js';
import { type CallOptions, type Connection, RespoolError } from '../connection/index.js';
import type { OffsetToCommit } from '../consumer/index.js';
import { Groups, type PartitionProgress } from '../groups/index.js';
import { readRecords } from '../reader/index.js';
import { copyFilter, originOf } from './provenance.js';
import { decodeDefinition, encodeDefinition, groupOf, type ReplayBounds } from './replay-definition.js';
import type { ResolvedReplayOptions } from './replay-options.js';

/** Where a partition of the source is. */
export interface MarkedPartition extends ReplayBounds {
  readonly partition: number;
  /** Everything before is copied, or was gone past. */
  readonly nextOffset: number;
}

/** What an earlier run has left. */
export interface StoredReplay {
  readonly keepPartitions: boolean;
  /** By number of the source's partition. */
  readonly partitions: readonly MarkedPartition[];
  /** By number of the target's partition: copies of what is behind the marks lie nowhere before these offsets. */
  readonly tails: ReadonlyMap<number, number>;
}

/**
 * Keeps how far a replay is, as the committed offsets of a group without members: of the source's partitions, where to go on; of the target's partitions, where to look for copies that
 * were made and not marked any more. Both in one commit.
 *
 * The order, and the crash at each step: the ends of the target (tails) are looked up; a mark is taken of the source; all copies from before the mark are acknowledged; mark and
 * tails are committed. Copies from behind the mark were sent after the tails were looked up, so they lie behind them: whoever goes on finds them there.
 */
export class ReplayBookmark {
  readonly #groups: Groups;
  readonly #admin: Admin;
  readonly #connection: Connection;
  readonly #options: ResolvedReplayOptions;
  readonly #name: string;
  readonly #call: CallOptions;

  /** Once `givenUp` is aborted, nothing more is kept. */
  constructor(connection: Connection, options: ResolvedReplayOptions, name: string, givenUp: AbortSignal) {
    this.#connection = connection;
    this.#options = options;
    this.#name = name;
    this.#call = { signal: givenUp };
    this.#groups = new Groups(connection);
    this.#admin = new Admin(connection);
  }

  /** What was kept; undefined: nothing. INVALID_ARGUMENT if it is another replay's. */
  async load(): Promise<StoredReplay | undefined> {
    const partitions = await this.#committed();
    if (partitions.length === 0) return undefined;
    const { topic, to } = this.#options;
    const decoded = partitions
      .filter((progress) => progress.topic === topic)
      .map(({ partition, committed }) => ({
        partition,
        nextOffset: committed?.offset ?? 0,
        ...decodeDefinition(committed?.metadata ?? '', this.#options),
      }));
    // Of another topic: let it say which.
    if (decoded.length === 0) decodeDefinition(partitions[0]?.committed?.metadata ?? '', this.#options);
    const tails = partitions.filter((progress) => progress.topic === to);
    return {
      keepPartitions: decoded[0]?.keepPartitions ?? false,
      partitions: decoded,
      tails: new Map(tails.map(({ partition, committed }) => [partition, committed?.offset ?? 0])),
    };
  }

  /** Where the target ends now, by partition. */
  async tails(): Promise<Map<number, number>> {
    const { to } = this.#options;
    const [target] = await this.#admin.describeTopics([to], this.#call);
    const numbers = (target?.partitions ?? []).map(({ partition }) => partition);
    const queries = numbers.map((partition) => ({ topic: to, partition, at: 'latest' as const }));
    const ends = await this.#admin.listOffsets(queries, this.#call);
    return new Map(ends.map(({ partition, offset }) => [partition, offset]));
  }

  /** Keeps marks and tails. The whole of it, or nothing. */
  async save(
    partitions: readonly MarkedPartition[],
    tails: ReadonlyMap<number, number>,
    keepPartitions: boolean,
  ): Promise<void> {
    const { topic, to } = this.#options;
    const marks: OffsetToCommit[] = partitions.map(({ partition, nextOffset, ...bounds }) => ({
      topic,
      partition,
      offset: nextOffset,
      metadata: encodeDefinition(this.#options, keepPartitions, bounds),
    }));
    const ends = [...tails].map(([partition, offset]) => ({ topic: to, partition, offset }));
    await this.#groups.commitOffsets(groupOf(this.#name), [...marks, ...ends], this.#call);
  }

  /** The offsets that are copied already although they lie behind the marks, by partition of the source. */
  async copied({ partitions, tails }: StoredReplay, signal: AbortSignal): Promise<Map<number, Set<number>>> {
    const marks = new Map(partitions.map(({ partition, nextOffset }) => [partition, nextOffset]));
    const copied = new Map<number, Set<number>>();
    const { topic, to } = this.#options;
    const starts = await this.#readableTails(tails);
    if (starts.size === 0) return copied;
    const found = readRecords(this.#connection, {
      topic: to,
      partitions: [...starts.keys()],
      from: (partition) => starts.get(partition) ?? 'earliest',
      filter: { headers: copyFilter(topic, this.#name) },
      signal,
    });
    for await (const { headers } of found) {
      const origin = originOf(headers, topic, this.#name);
      const mark = origin && marks.get(origin.partition);
      if (origin === undefined || mark === undefined || origin.offset < mark) continue;
      const offsets = copied.get(origin.partition) ?? new Set();
      copied.set(origin.partition, offsets.add(origin.offset));
    }
    return copied;
  }

  /** The replay is done. */
  async delete(): Promise<void> {
    await this.#groups.delete(groupOf(this.#name), this.#call);
  }

  async #committed(): Promise<PartitionProgress[]> {
    try {
      const [group] = await this.#groups.describe([groupOf(this.#name)], this.#call);
      return (group?.partitions ?? []).filter(({ committed }) => committed !== undefined);
    } catch (error) {
      if (error instanceof RespoolError && error.code === 'GROUP_NOT_FOUND') return [];
      throw error;
    }
  }

  /** Retention may have moved beyond a tail. */
  async #readableTails(tails: ReadonlyMap<number, number>): Promise<Map<number, number>> {
    const queries = [...tails.keys()].map((partition) => ({
      topic: this.#options.to,
      partition,
      at: 'earliest' as const,
    }));
    const starts = await this.#admin.listOffsets(queries, this.#call);
    return new Map(
      starts.map(({ partition, offset }) => [partition, Math.max(offset, tails.get(partition) ?? 0)]),
    );
  }
}

/**
 * The durable state of all groups: a fold of the journal, which is the internal topic `__consumer_offsets`. Groups, offsets and snapshots are read from memory,
 * where there is nothing but what is durable; every change is one append.
 *
 * Invariants:
 * - what is read here was acknowledged by the journal before: a crash takes back nothing that anybody has seen;
 * - changes become visible in the order in which they were written, those of one `write` at once;
 * - nothing is read from LMDB after the start, so that damage to it while it runs is never served;
 * - what is handed out is never changed afterwards, only replaced.
 */
import type { CommittedOffset, TopicPartition } from './committed-offset.js';

export interface GroupStore {
  /** The names of all groups that have any state, in no order. */
  groups(): IterableIterator<string>;

  /** True if the group has any state. */
  has(group: string): boolean;

  /** Its own state; undefined: none was written. */
  state(group: string): StoredGroup | undefined;

  committed(group: string, topic: string, partition: number): CommittedOffset | undefined;

  /** All committed offsets of a group, in no order; none if there is no such group. */
  offsets(group: string): IterableIterator<TopicPartition & { committed: CommittedOffset }>;

  /** How many committed offsets the group has. */
  offsetCount(group: string): number;

  /** How many all groups have. */
  readonly totalOffsets: number;

  snapshot(group: string, name: string): StoredSnapshot | undefined;

  /** A group's snapshots, oldest first. */
  snapshots(group: string): StoredSnapshot[];

  /**
   * Makes changes: whole or not at all, durable when it resolves, visible then and not before. Calls are carried out in their order. Changes beyond
   * what fits into a batch of the journal are refused with INVALID_ARGUMENT.
   *
   * DISK_FULL, APPEND_QUEUE_FULL, TOO_MANY: nothing was changed, try later. PARTITION_OFFLINE, SHUTTING_DOWN: it may or may not have been, and nothing is written any more
   * until the next start.
   */
  write(changes: readonly GroupChange[]): Promise<void>;

  /** Waits for what was written, writes the view, closes it. Idempotent. */
  close(): Promise<void>;
}

/** What is kept about a group itself. */
export interface StoredGroup {
  /** The last generation handed out; never goes back while the group exists. */
  generation: number;
  /** Since when it has no members, milliseconds since 1970 UTC; undefined: it had some when this was written. */
  emptySinceMs: number | undefined;
}

export interface StoredSnapshot {
  group: string;
  name: string;
  /** Milliseconds since 1970 UTC. */
  createdMs: number;
  pinsRetention: boolean;
  offsets: readonly (TopicPartition & { offset: number })[];
}

/** One change; undefined deletes. */
export type GroupChange =
  | {
      kind: 'offset';
      group: string;
      topic: string;
      partition: number;
      committed: CommittedOffset | undefined;
    }
  | { kind: 'group'; group: string; state: StoredGroup | undefined }
  | { kind: 'snapshot'; group: string; name: string; snapshot: StoredSnapshot | undefined };

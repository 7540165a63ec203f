/**
 * Consumer groups as the layers above see them: all of it, on one screen.
 *
 * A *group* shares the partitions of the topics that it reads among its *members*. At every moment a partition has at most one *owner*. Whenever it is
 * given to anybody, the group's *generation* rises, and the partition carries the new one; a commit must carry the generation in which its partition was given. So
 * a commit from before a rebalance or a reset is refused, and members whose partitions did not move never notice.
 *
 * The *committed offset* of a partition is the next to read. All bounds are half-open; times are milliseconds since 1970 UTC. Methods reject
 * with a `GroupError` or, about topics, offsets, limits and the disk, with a `StoreError`; the codes named are those to expect.
 */
import type { AssignorName } from './assignment/assignor.js';
import type { CommittedOffset, NewCommit, TopicPartition } from './committed-offset.js';
import type { Member } from './member.js';
import type { PlannedReset, ResetRequest } from './reset/reset-plan.js';

export interface Groups extends AsyncDisposable {
  /**
   * Makes a member of the group, which is made if it does not exist. The first event of the member tells its assignment, as soon as there is one.
   * INVALID_GROUP_NAME, INVALID_ARGUMENT, TOPIC_NOT_FOUND, TOO_MANY, SHUTTING_DOWN.
   */
  join(request: JoinRequest): Promise<Member>;

  /** All groups in a line each, by name. */
  list(): Promise<GroupListing[]>;
  /** GROUP_NOT_FOUND. `withAge`: look up the age of the oldest unread record of each partition. */
  describe(group: string, options?: { withAge?: boolean }): Promise<GroupDescription>;
  /** Commits from outside of the group, whole or not at all. GROUP_NOT_EMPTY, INVALID_ARGUMENT, OFFSET_OUT_OF_RANGE, TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, TOO_MANY. */
  commit(group: string, offsets: readonly NewCommit[]): Promise<void>;
  /**
   * Plans a reset, and carries it out if `execute` is set; each group whole or not at all.
   * GROUP_NOT_FOUND, GROUP_NOT_EMPTY, SNAPSHOT_NOT_FOUND, NO_COMMITTED_OFFSET, INVALID_ARGUMENT, TOPIC_NOT_FOUND, PARTITION_NOT_FOUND.
   */
  reset(request: ResetRequest): Promise<ResetOutcome>;
  /** Deletes a group without members, its offsets and snapshots. GROUP_NOT_FOUND, GROUP_NOT_EMPTY. */
  delete(group: string): Promise<void>;

  /**
   * Forgets the offsets that groups have for a topic that was just deleted, so that a new one of the name does not inherit them. It happens by itself soon after; whoever deletes a topic
   * calls this so that it has happened when the deletion is acknowledged. Never rejects: what fails is told, and tried again.
   */
  topicDeleted(topic: string): Promise<void>;

  /** GROUP_NOT_FOUND, SNAPSHOT_EXISTS, INVALID_ARGUMENT, TOO_MANY. */
  createSnapshot(group: string, name: string, options?: { pinRetention?: boolean }): Promise<GroupSnapshot>;
  /** Oldest first. GROUP_NOT_FOUND. */
  listSnapshots(group: string): GroupSnapshot[];
  /** GROUP_NOT_FOUND, SNAPSHOT_NOT_FOUND. */
  describeSnapshot(group: string, name: string): GroupSnapshot;
  /** GROUP_NOT_FOUND, SNAPSHOT_NOT_FOUND. */
  deleteSnapshot(group: string, name: string): Promise<void>;

  /** Ends all memberships with SHUTTING_DOWN, writes the view, lets go. Idempotent. The log stays open. */
  close(): Promise<void>;
}

export interface JoinRequest {
  group: string;
  /** Names and patterns; `*` stands for any characters. At least one. */
  topics: readonly string[];
  /** False: topics named without a pattern must exist. */
  awaitTopics: boolean;
  /** Undefined: the group's, or `sticky`. */
  assignor: AssignorName | undefined;
  offsetReset: OffsetReset;
  /** Of a static member. */
  instanceId: string | undefined;
  clientId: string;
  /** For descriptions: where it connects from. */
  address: string;
  /** Undefined: the option's. */
  sessionTimeoutMs: number | undefined;
  revocationTimeoutMs: number | undefined;
  maxResponseBytes: number | undefined;
  skipDamaged: boolean;
  /**
   * Asked before the log is read for the member, with the most bytes that this brings (a single larger batch excepted). The read waits until there is room, and what is
   * returned is called when the bytes are the caller's, or none came. Never rejects. Undefined: there is always room.
   */
  makeRoom?: (bytes: number) => Promise<() => void>;
}

export type OffsetReset = 'earliest' | 'latest' | 'none';

export type GroupStateName = 'empty' | 'rebalancing' | 'stable';

export interface GroupListing {
  group: string;
  state: GroupStateName;
  members: number;
  generation: number;
  /** Partitions with a committed offset. */
  partitions: number;
  /** Of these together. */
  lag: number;
}

export interface GroupDescription {
  group: string;
  state: GroupStateName;
  generation: number;
  /** Undefined: it has no members. */
  assignor: AssignorName | undefined;
  /** Undefined: it has members, or never had any. */
  emptySinceMs: number | undefined;
  /** By id. */
  members: readonly MemberDescription[];
  /** Those with a committed offset or an owner, by topic and number. */
  partitions: readonly PartitionProgress[];
}

export interface MemberDescription {
  memberId: string;
  clientId: string;
  instanceId: string | undefined;
  /** Undefined: a static member that is away. */
  address: string | undefined;
  joinedMs: number;
  lastHeardMs: number;
  topics: readonly string[];
  /** Those to be released included. */
  owned: readonly (TopicPartition & { generation: number })[];
  revoked: readonly TopicPartition[];
}

export interface PartitionProgress extends TopicPartition {
  committed: CommittedOffset | undefined;
  logStartOffset: number;
  highWatermark: number;
  /** High watermark less committed offset, or less log start offset where there is none; never below 0. */
  lag: number;
  /** Age of the oldest unread record, milliseconds; undefined: none, or not asked for. */
  lagMs: number | undefined;
  /** The owner. */
  memberId: string | undefined;
}

export interface GroupSnapshot {
  group: string;
  name: string;
  createdMs: number;
  pinsRetention: boolean;
  offsets: readonly (TopicPartition & { offset: number })[];
}

export interface ResetOutcome {
  /** By group, topic and partition. */
  resets: readonly PlannedReset[];
  /** Groups with members, by name. */
  activeGroups: readonly string[];
}

/** Groups, as plain TypeScript, and the way from messages. */
import { respool } from '../../proto/index.js';
import type { TopicPartition } from '../consumer/index.js';

type WireListing = respool.v1.GroupListing.$Properties;
type WireDescription = respool.v1.GroupDescription.$Properties;
type WireMember = respool.v1.MemberDescription.$Properties;
type WireProgress = respool.v1.PartitionProgress.$Properties;
type WirePartition = respool.v1.TopicPartition.$Properties;

const { GroupState: WireState } = respool.v1;

/**
 * How a group is.
 * - `empty`: it has no members;
 * - `rebalancing`: some partitions are on their way from one member to another;
 * - `stable`: every partition is where it belongs;
 * - `unknown`: in a way that this version of the client has no word for.
 */
export type GroupState = 'empty' | 'rebalancing' | 'stable' | 'unknown';

/** A group in a line. */
export interface GroupListing {
  group: string;
  state: GroupState;
  /** How many members it has. */
  members: number;
  /** Rises with every change of who owns what. */
  generation: number;
  /** For how many partitions it has committed offsets. */
  partitions: number;
  /** Records not read yet, of these partitions together. */
  lag: number;
}

/** A group as it is now. */
export interface GroupDescription {
  group: string;
  state: GroupState;
  /** Rises with every change of who owns what. */
  generation: number;
  /** How partitions are shared out: `sticky`, `range` or `roundrobin`. Undefined: it has no members. */
  assignor: string | undefined;
  /** Since when it has no members, milliseconds since 1970 UTC. Undefined: it has some. */
  emptySinceMs: number | undefined;
  /** By id. */
  members: MemberDescription[];
  /** The partitions with a committed offset or an owner, by topic and number. */
  partitions: PartitionProgress[];
}

/** A member as it is now. */
export interface MemberDescription {
  memberId: string;
  /** The name that the client gave itself. */
  clientId: string;
  /** Of a static member. */
  instanceId: string | undefined;
  /** Where it connects from. Undefined: a static member that is away. */
  address: string | undefined;
  /** Milliseconds since 1970 UTC. */
  joinedMs: number;
  /** When something was last heard of it, milliseconds since 1970 UTC. */
  lastHeardMs: number;
  /** The topics and patterns that it asked for. */
  topics: string[];
  /** The partitions that it owns, those that it is to release included. */
  owned: (TopicPartition & { generation: number })[];
  /** Those that it is to release. */
  revoked: TopicPartition[];
}

/** How far a group is in a partition. */
export interface PartitionProgress extends TopicPartition {
  /** Undefined: there is none. */
  committed: CommittedOffset | undefined;
  /** The first readable offset. */
  logStartOffset: number;
  /** The end of what can be read. */
  highWatermark: number;
  /** Records not read yet: high watermark less committed offset, or less log start offset where there is none. In a compacted topic an upper bound. */
  lag: number;
  /** The age of the oldest unread record, milliseconds. Undefined: there is none, or it was not asked for. */
  lagMs: number | undefined;
  /** The member that owns it. Undefined: nobody. */
  memberId: string | undefined;
}

/** A committed offset. */
export interface CommittedOffset {
  /** The next offset to read. */
  offset: number;
  /** The leader epoch of the last record read. */
  leaderEpoch: number;
  /** What the client remembered with it. */
  metadata: string;
  /** When it was committed, milliseconds since 1970 UTC. */
  committedMs: number;
}

export function fromWireListing(wire: WireListing): GroupListing {
  return {
    group: wire.group ?? '',
    state: fromWireState(wire.state),
    members: wire.members ?? 0,
    generation: wire.generation ?? 0,
    partitions: wire.partitions ?? 0,
    lag: wire.lag ?? 0,
  };
}

export function fromWireDescription(wire: WireDescription): GroupDescription {
  return {
    group: wire.group ?? '',
    state: fromWireState(wire.state),
    generation: wire.generation ?? 0,
    assignor: wire.assignor || undefined,
    emptySinceMs: wire.emptySinceMs ?? undefined,
    members: (wire.members ?? []).map(fromWireMember),
    partitions: (wire.partitions ?? []).map(fromWireProgress),
  };
}

export function fromWirePartition({ topic, partition }: WirePartition): TopicPartition {
  return { topic: topic ?? '', partition: partition ?? 0 };
}

const STATES: ReadonlyMap<number, GroupState> = new Map([
  [WireState.GROUP_STATE_EMPTY, 'empty'],
  [WireState.GROUP_STATE_REBALANCING, 'rebalancing'],
  [WireState.GROUP_STATE_STABLE, 'stable'],
]);

function fromWireState(state: number | null | undefined): GroupState {
  return STATES.get(state ?? WireState.GROUP_STATE_UNSPECIFIED) ?? 'unknown';
}

function fromWireMember(wire: WireMember): MemberDescription {
  return {
    memberId: wire.memberId ?? '',
    clientId: wire.clientId ?? '',
    instanceId: wire.instanceId || undefined,
    address: wire.address || undefined,
    joinedMs: wire.joinedMs ?? 0,
    lastHeardMs: wire.lastHeardMs ?? 0,
    topics: wire.topics ?? [],
    owned: (wire.owned ?? []).map((owned) => ({
      ...fromWirePartition(owned),
      generation: owned.generation ?? 0,
    })),
    revoked: (wire.revoked ?? []).map(fromWirePartition),
  };
}

function fromWireProgress(wire: WireProgress): PartitionProgress {
  const { committed } = wire;
  return {
    ...fromWirePartition(wire),
    committed: committed
      ? {
          offset: committed.offset ?? 0,
          leaderEpoch: committed.leaderEpoch ?? 0,
          metadata: committed.metadata ?? '',
          committedMs: committed.committedMs ?? 0,
        }
      : undefined,
    logStartOffset: wire.logStartOffset ?? 0,
    highWatermark: wire.highWatermark ?? 0,
    lag: wire.lag ?? 0,
    lagMs: wire.lagMs ?? undefined,
    memberId: wire.memberId || undefined,
  };
}

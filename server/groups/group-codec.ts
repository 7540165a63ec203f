/** Groups as they are now, on the wire. */
import type {
  GroupDescription,
  GroupListing,
  GroupStateName,
  MemberDescription,
  PartitionProgress,
} from '../../consumer-groups/index.js';
import { respool } from '../../proto/index.js';

const { GROUP_STATE_EMPTY, GROUP_STATE_REBALANCING, GROUP_STATE_STABLE } = respool.v1.GroupState;

const STATE_TO_WIRE: Readonly<Record<GroupStateName, respool.v1.GroupState>> = {
  empty: GROUP_STATE_EMPTY,
  rebalancing: GROUP_STATE_REBALANCING,
  stable: GROUP_STATE_STABLE,
};

export function encodeListing(listing: GroupListing): respool.v1.GroupListing.$Properties {
  return { ...listing, state: STATE_TO_WIRE[listing.state] };
}

export function encodeDescription(description: GroupDescription): respool.v1.GroupDescription.$Properties {
  const { group, state, generation, assignor, emptySinceMs, members, partitions } = description;
  return {
    group,
    state: STATE_TO_WIRE[state],
    generation,
    assignor: assignor ?? '',
    emptySinceMs: emptySinceMs ?? null,
    members: members.map(encodeMember),
    partitions: partitions.map(encodeProgress),
  };
}

function encodeMember({
  instanceId,
  address,
  topics,
  owned,
  revoked,
  ...member
}: MemberDescription): respool.v1.MemberDescription.$Properties {
  return {
    ...member,
    instanceId: instanceId ?? '',
    address: address ?? '',
    topics: [...topics],
    owned: [...owned],
    revoked: [...revoked],
  };
}

function encodeProgress({
  committed,
  lagMs,
  memberId,
  ...progress
}: PartitionProgress): respool.v1.PartitionProgress.$Properties {
  return { ...progress, committed: committed ?? null, lagMs: lagMs ?? null, memberId: memberId ?? '' };
}

/** Sharing out partitions: pure functions from who is there and what there is to who gets what. */
import type { TopicPartition } from '../committed-offset.js';

export type AssignorName = 'sticky' | 'range' | 'roundrobin';

export interface AssignmentInput {
  /** In an order that does not change as long as the members do not. */
  members: readonly AssignedMember[];
  /** How many partitions each topic has. */
  partitions: ReadonlyMap<string, number>;
}

export interface AssignedMember {
  memberId: string;
  /** The topics that it reads: names, all of which exist. Members that read the same may share one set, which is then compared faster. */
  topics: ReadonlySet<string>;
  /** What it has now (or is to get already), for the sticky one. No partition is in the lists of two members. */
  owned: readonly TopicPartition[];
}

/** Every member is in it; every partition that anybody reads is in exactly one member's list. */
export type Assignment = ReadonlyMap<string, readonly TopicPartition[]>;

export type Assignor = (input: AssignmentInput) => Assignment;

/** An assignment without partitions, to be filled. */
export function emptyAssignment({ members }: AssignmentInput): Map<string, TopicPartition[]> {
  return new Map(members.map(({ memberId }) => [memberId, []]));
}

/** All topics that anybody reads, by name. */
export function topicsRead({ members }: AssignmentInput): string[] {
  const sets = new Set(members.map(({ topics }) => topics));
  return [...new Set([...sets].flatMap((topics) => [...topics]))].sort();
}

/** Sharing out partitions: pure functions from who is there and what there is to who gets what. */
import type { TopicPartition } from '../committed-offset.js';

export type AssignorName = 'sticky' | 'range' | 'roundrobin';

export interface AssignmentInput {
  /** In an order that does not change as long as the members do not. */
  members: readonly {
    memberId: string;
    /** The topics that it reads: names, all of which exist. */
    topics: ReadonlySet<string>;
    /** What it has now (or is to get already), for the sticky one. */
    owned: readonly TopicPartition[];
  }[];
  /** How many partitions each topic has. */
  partitions: ReadonlyMap<string, number>;
}

/** Every member is in it; every partition that anybody reads is in exactly one member's list. */
export type Assignment = ReadonlyMap<string, readonly TopicPartition[]>;

export type Assignor = (input: AssignmentInput) => Assignment;

import type { GroupPartition, Outcome } from './group-event.js';

/** The part of a history that is about one partition of one group, put together to what the rules are about. */
export interface PartitionStory {
  partition: GroupPartition;
  /** What the log holds in the end, from offset 0. */
  values: readonly number[];
  /** By generation. */
  ownerships: readonly Ownership[];
  /** Records that were handed to somebody who, as far as it knew, did not own the partition in that generation (any more). */
  strays: readonly Delivery[];
  /** In the order in which they were begun. */
  commits: readonly CommitCall[];
  resets: readonly ResetCall[];
  descriptions: readonly Description[];
  /** What proves that a membership went on. */
  standing: MemberStanding;
}

/** A partition in the hands of one consumer, in one generation. */
export interface Ownership {
  consumer: string;
  member: string;
  generation: number;
  startOffset: number;
  /** When the consumer began to join: nothing of this was decided before. */
  joinedAt: number;
  /** When the consumer heard of it: it was decided before. */
  heardAt: number;
  deliveries: Delivery[];
  /** From when on the broker was free to give it to another; undefined: the consumer never let go of it. */
  letGoAt: number | undefined;
}

export interface Delivery {
  at: number;
  consumer: string;
  generation: number;
  offset: number;
  values: readonly number[];
}

/** Something that was asked of the broker, with its answer. */
export interface Call {
  call: string;
  begun: number;
  /** Infinity while there is no answer. */
  ended: number;
  outcome: Outcome;
  code: string | undefined;
}

export interface CommitCall extends Call {
  offset: number;
  /** Both undefined: from outside of the group. */
  consumer: string | undefined;
  generation: number | undefined;
}

export interface ResetCall extends Call {
  offset: number;
}

export interface Description extends Call {
  /** Undefined: no committed offset. */
  offset: number | undefined;
}

/** Memberships as a whole, over all partitions. */
export interface MemberStanding {
  /** The highest generation in which the member was given anything. */
  lastGeneration(member: string): number;
  /** The greatest moment at which a commit was begun that was rightly taken. */
  lastTakenCommit(member: string): number;
}

/** The ownership under which a commit was sent; undefined: the consumer never had the partition in that generation, or the commit comes from outside. */
export function ownershipOf(
  { ownerships }: Pick<PartitionStory, 'ownerships'>,
  { consumer, generation }: CommitCall,
): Ownership | undefined {
  return ownerships.find((own) => own.generation === generation && own.consumer === consumer);
}

/**
 * What the clients of consumer groups did, heard and saw, in a form that can be checked afterwards.
 *
 * Every event is taken down by the process that it happened to: one that tells of an intent (`joining`, `committing`, `leaving`, `resetting`, `describing`) before
 * the call is made, any other after it was heard. So whoever is killed has hidden nothing that it may have done.
 */

/** A partition as one group sees it, `group topic-0`: groups share a log, but nothing that is checked here. */
export type GroupPartition = string;

interface Happened {
  /**
   * Microseconds of the machine's monotonic clock, the same for all processes. What was begun at a greater moment than another thing ended came after it; of equal
   * moments nothing follows.
   */
  at: number;
}

export type GroupEvent = Happened &
  (
    | { kind: 'joining'; consumer: string }
    /** It was told that the partition is its own. */
    | {
        kind: 'assigned';
        consumer: string;
        /** The id that the broker gave it: one for each membership. */
        member: string;
        partition: GroupPartition;
        generation: number;
        startOffset: number;
      }
    /** It was handed records with consecutive offsets. Taken down before anything is committed for them. */
    | {
        kind: 'delivered';
        consumer: string;
        partition: GroupPartition;
        generation: number;
        offset: number;
        /** Numbers that stand for the values, no two of a partition alike. */
        values: readonly number[];
      }
    /** It sends a commit, or allows the client to send it. Without consumer and generation: from outside of the group. */
    | {
        kind: 'committing';
        call: string;
        consumer?: string | undefined;
        partition: GroupPartition;
        generation?: number | undefined;
        offset: number;
      }
    /** It was told to let go of a partition: it is handed nothing more of it. */
    | { kind: 'revoked'; consumer: string; partition: GroupPartition }
    /** It is about to let go of it: from now on the broker may give it to another. */
    | { kind: 'released'; consumer: string; partition: GroupPartition }
    /** It was told that the partition is gone. */
    | { kind: 'lost'; consumer: string; partition: GroupPartition }
    | { kind: 'leaving'; consumer: string }
    | { kind: 'resetting'; call: string; partition: GroupPartition; offset: number }
    | { kind: 'describing'; call: string; partition: GroupPartition }
    /** The answer to a call; one without is `unknown`. A call may have been for several partitions. */
    | {
        kind: 'answered';
        call: string;
        outcome: Outcome;
        /** Why it was refused. */
        code?: string | undefined;
        /** Of a description: the committed offset of each partition that has one. */
        offsets?: Readonly<Record<GroupPartition, number>> | undefined;
      }
  );

/** `unknown`: it may or may not have happened, now or a moment later, but not after a restart of the broker. */
export type Outcome = 'ok' | 'refused' | 'unknown';

/** A partition of the log as read from its beginning to its end, after everything has healed: offsets are dense from 0. */
export interface ReadPartition {
  partition: GroupPartition;
  values: readonly number[];
}

export interface GroupHistory {
  /** In any order between processes, in their own order within one. */
  events: readonly GroupEvent[];
  /** Everybody has had the time to read on to the end. */
  logs: readonly ReadPartition[];
}

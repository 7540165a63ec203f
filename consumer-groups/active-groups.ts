/** The groups that have members now: who they are, and what is done to them from outside. */
import type { AssignorName } from './assignment/assignor.js';
import type { TopicPartition } from './committed-offset.js';
import type { JoinRequest, MemberDescription } from './groups.js';
import type { Member } from './member.js';

export interface ActiveGroups {
  /** As `Groups.join`. */
  join(request: JoinRequest): Promise<Member>;

  /** The names of the groups that have members, in no order. */
  groups(): IterableIterator<string>;

  /** Undefined: the group has no members. Static members that are away count as members until their session time-out. */
  active(group: string): ActiveGroup | undefined;

  /**
   * Does something to a group that must not have members, and must not get any meanwhile: who joins during `action` waits for its end. Calls for one group come one after
   * the other. GROUP_NOT_EMPTY, and what `action` rejects with.
   */
  whileEmpty<T>(group: string, action: () => Promise<T>): Promise<T>;

  /**
   * Commits offsets over a running group: gives every partition of them that has an owner anew to that owner, in a new generation, from the new offset. Commits of the
   * older generation that were taken before are overwritten, those that come later are refused. All of it is one write, so that it happens whole or not at
   * all. An owner that was to release a partition loses it instead. A group without members is merely committed to. Rejects as `GroupStore.write`, and then nothing has
   * changed.
   */
  resetLive(group: string, offsets: readonly (TopicPartition & { offset: number })[]): Promise<void>;

  /** Ends all memberships with SHUTTING_DOWN. Idempotent. */
  close(): Promise<void>;
}

export interface ActiveGroup {
  state: 'rebalancing' | 'stable';
  generation: number;
  assignor: AssignorName;
  /** By id. */
  members: readonly MemberDescription[];
}

/** One group with members: who comes and goes, and what is done to it from outside. */
import { Mutex } from '../../segment-store/index.js';
import type { ActiveGroup } from '../active-groups.js';
import type { GroupEvent } from '../group-event.js';
import type { OwnedPartition } from '../member.js';
import { groupNotEmpty } from '../refusals.js';
import { isPattern } from '../topic-pattern.js';
import { Generations } from './generations.js';
import type { Ownership } from './group-state.js';
import { type NewOffset, resetLive } from './live-reset.js';
import type { CommitContext } from './member-commits.js';
import type { MemberTerms } from './member-terms.js';
import { type MembersGroup, Membership } from './membership.js';
import { Rebalancer } from './rebalancer.js';
import {
  groupsClosing,
  instanceFenced,
  keptRevoked,
  otherAssignor,
  silentMember,
  tooManyMembers,
} from './refused-members.js';
import { AssignmentChanges, Roster } from './roster.js';
import type { TopicPartitions } from './topic-partitions.js';

export interface GroupContext extends CommitContext {
  topics: TopicPartitions;
  /** Called when the group may be {@link GroupCoordinator.isIdle}. */
  rested: () => void;
}

type LeaveReason = Extract<GroupEvent, { event: 'member-left' }>['reason'];

export class GroupCoordinator implements MembersGroup {
  readonly #roster = new Roster();
  readonly #generations: Generations;
  readonly #rebalancer: Rebalancer;
  /** Orders joins, rebalances, resets and what wants the group empty. */
  readonly #lane = new Mutex();
  #inLane = 0;
  #resetting: Promise<void> | undefined;
  #isClosed = false;

  constructor(private readonly context: GroupContext) {
    this.#generations = new Generations(context.groups, context.group);
    const fail = (member: Membership, error: unknown) => this.fail(member, error);
    this.#rebalancer = new Rebalancer(
      { ...context, generations: this.#generations, fail },
      this.#roster,
      this.#lane,
    );
  }

  get resetting(): Promise<void> | undefined {
    return this.#resetting;
  }

  get members(): number {
    return this.#roster.size;
  }

  /** True if it may be forgotten. */
  get isIdle(): boolean {
    return this.#roster.size === 0 && this.#inLane === 0 && !this.#rebalancer.isBusy;
  }

  /** As it is whenever it is looked at. */
  get description(): ActiveGroup {
    const { group, groups } = this.context;
    const { state, assignor } = this.#roster;
    const isStable = state.settled && !this.#rebalancer.isBusy;
    return {
      state: isStable ? 'stable' : 'rebalancing',
      generation: groups.state(group)?.generation ?? 0,
      assignor,
      members: this.#roster.describe(),
    };
  }

  /** See `ActiveGroups.join`. */
  join(terms: MemberTerms): Promise<Membership> {
    return this.#run(async () => {
      await this.#checkTopics(terms);
      this.#checkOpen();
      const replaced = this.#roster.instance(terms.instanceId);
      this.#checkRoom(terms, replaced);
      return this.#admit(terms, replaced);
    });
  }

  /** See `ActiveGroups.whileEmpty`. */
  whileEmpty<T>(action: () => Promise<T>): Promise<T> {
    return this.#run(async () => {
      if (this.#roster.size > 0) throw groupNotEmpty(this.context.group, this.#roster.size);
      return action();
    });
  }

  /** See `ActiveGroups.resetLive`. */
  resetLive(offsets: readonly NewOffset[]): Promise<void> {
    return this.#run(async () => {
      const reset = resetLive({ ...this.context, generations: this.#generations }, this.#roster, offsets);
      // In the step in which it was handed to the store: no commit comes between.
      this.#resetting = reset.catch(() => {});
      try {
        await reset;
      } finally {
        this.#resetting = undefined;
      }
      // What a member lost because it was to release it can be given.
      this.#rebalancer.schedule();
    });
  }

  /** The log's topics have changed. */
  topicsChanged(): void {
    if (this.#roster.size > 0) this.#rebalancer.shareOut();
  }

  /** Ends all memberships; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#rebalancer.close();
    for (const member of this.#roster) member.end(groupsClosing());
    await this.#lane.run(async () => {});
  }

  owner(topic: string, partition: number): Ownership | undefined {
    return this.#roster.state.owner(topic, partition);
  }

  release(member: Membership, partitions: readonly OwnedPartition[]): void {
    const { state } = this.#roster;
    const released = partitions.filter((partition) => state.release(member.memberId, partition));
    if (released.length > 0) this.#rebalancer.schedule();
  }

  gone(member: Membership, partition: OwnedPartition): void {
    if (!this.#roster.state.release(member.memberId, partition)) return;
    const { topic, partition: number } = partition;
    const changes = new AssignmentChanges();
    changes.of(member.memberId).lost.push({ topic, partition: number });
    this.#roster.announce(changes);
    this.context.topics.outdated();
    this.#rebalancer.shareOut();
  }

  leave(member: Membership): void {
    this.#remove(member, 'left', undefined);
  }

  disconnect(member: Membership): void {
    if (member.terms.instanceId === undefined) this.#remove(member, 'stream-ended', undefined);
    else if (!member.isAway) this.#letWait(member);
  }

  silent(member: Membership): void {
    const { group } = this.context;
    this.#remove(member, 'silent', silentMember(group, member.memberId, member.sessionTimeoutMs));
  }

  keptRevoked(member: Membership): void {
    const { group } = this.context;
    this.#remove(member, 'kept-revoked', keptRevoked(group, member.memberId, member.revocationTimeoutMs));
  }

  fail(member: Membership, error: unknown): void {
    this.#remove(member, 'failed', error);
  }

  /** Throws unless the invariants of the group's state hold. */
  checkInvariants(): void {
    this.#roster.state.checkInvariants();
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    this.#inLane += 1;
    try {
      return await this.#lane.run(async () => {
        this.#checkOpen();
        return work();
      });
    } finally {
      this.#inLane -= 1;
      this.context.rested();
    }
  }

  #checkOpen(): void {
    if (this.#isClosed) throw groupsClosing();
  }

  /** What is not among the topics that are known may have come a moment ago: the log is asked itself, and says so if there is none. */
  async #checkTopics({ topics, awaitTopics }: MemberTerms): Promise<void> {
    if (awaitTopics) return;
    const counts = await this.context.topics.counts();
    const missing = topics.filter((topic) => !isPattern(topic) && !counts.has(topic));
    if (missing.length === 0) return;
    await this.context.store.describeTopics(missing);
    this.context.topics.outdated();
  }

  #checkRoom({ assignor }: MemberTerms, replaced: Membership | undefined): void {
    const { group, known, options } = this.context;
    const others = this.#roster.size - (replaced === undefined ? 0 : 1);
    if (others === 0) known.checkMayBe([group]);
    if (others >= options.maxGroupMembers) throw tooManyMembers(group, options.maxGroupMembers);
    if (others > 0 && assignor !== undefined && assignor !== this.#roster.assignor) {
      throw otherAssignor(group, this.#roster.assignor, assignor);
    }
  }

  #admit(terms: MemberTerms, replaced: Membership | undefined): Membership {
    const { group, emit } = this.context;
    const { assignor } = this.#roster;
    const member = new Membership(terms, this.context, this);
    this.#roster.add(member, replaced);
    if (replaced !== undefined) this.#fence(replaced);
    emit({ event: 'member-joined', group, memberId: member.memberId, members: this.#roster.size });
    const readsTheSame = replaced?.terms.topics.join() === terms.topics.join();
    // Who is back is given what it had; that is nothing to the others.
    if (readsTheSame && this.#roster.assignor === assignor) this.#rebalancer.schedule();
    else this.#rebalancer.shareOut();
    return member;
  }

  #fence(member: Membership): void {
    const { group, emit } = this.context;
    const { memberId, isAway } = member;
    member.end(instanceFenced(group, member.terms.instanceId!));
    if (isAway) return;
    emit({ event: 'member-left', group, memberId, members: this.#roster.size, reason: 'fenced' });
  }

  /** A static member whose stream has ended keeps its place. What it was to release it has released. */
  #letWait(member: Membership): void {
    const { state } = this.#roster;
    member.wait();
    const revoked = state.ownedBy(member.memberId).filter(({ revoked }) => revoked);
    for (const ownership of revoked) state.lose(ownership);
    if (revoked.length > 0) this.#rebalancer.schedule();
  }

  #remove(member: Membership, reason: LeaveReason, error: unknown): void {
    if (!this.#roster.remove(member)) return;
    member.end(error);
    const { group, emit } = this.context;
    const { memberId } = member;
    emit({ event: 'member-left', group, memberId, members: this.#roster.size, reason });
    this.#rebalancer.shareOut();
  }
}

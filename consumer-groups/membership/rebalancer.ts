/**
 * Brings one group to where it is to be, in steps: one at a time, each for all that has happened until it begins. What happens meanwhile makes another.
 *
 * A step:
 * 1. decides anew who is to have what, if members or topics have changed. Nobody is told;
 * 2. makes a new generation durable, if anything is to be asked back or given. If that fails, all keep what they have, and it is tried again later;
 * 3. reads where those begin who are given something: what was nobody's before the generation was handed to the store. All commits that were accepted from its last owners were handed in
 *    before that, so they count. What is released meanwhile is for the next step: a commit that came just before may lie behind the generation, and is not durable yet;
 * 4. asks back and gives, in one go, and tells the members.
 *
 * What was asked back can be given when it is released: that begins the next step.
 */

import { type Clock, type LogStore, type Mutex, StoreError } from '../../segment-store/index.js';
import { ASSIGNORS } from '../assignment/assignors.js';
import { GroupError } from '../errors.js';
import type { GroupEventListener } from '../group-event.js';
import type { GroupStore } from '../group-store.js';
import type { Generations } from './generations.js';
import type { DuePartition } from './group-state.js';
import type { Membership } from './membership.js';
import { AssignmentChanges, type Roster } from './roster.js';
import { type StartPoint, startPoint } from './start-points.js';
import { Subscriptions } from './subscriptions.js';
import type { TopicPartitions } from './topic-partitions.js';

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5000;

export interface RebalanceContext {
  group: string;
  store: LogStore;
  groups: GroupStore;
  topics: TopicPartitions;
  generations: Generations;
  clock: Clock;
  emit: GroupEventListener;
  /** A member cannot begin with what it is to be given. */
  fail: (member: Membership, error: unknown) => void;
  /** Called when there is nothing more to do for now. */
  rested: () => void;
}

export class Rebalancer {
  #mustShareOut = false;
  #isScheduled = false;
  #isAtWork = false;
  #isClosed = false;
  #retryMs = FIRST_RETRY_MS;
  #cancelRetry: (() => void) | undefined;

  constructor(
    private readonly context: RebalanceContext,
    private readonly roster: Roster,
    /** Orders steps and what is done to the group from outside. */
    private readonly lane: Mutex,
  ) {}

  /** True if a step is under way or to come. */
  get isBusy(): boolean {
    return this.#isAtWork || this.#isScheduled || this.#cancelRetry !== undefined;
  }

  /** Members or topics have changed. */
  shareOut(): void {
    this.#mustShareOut = true;
    this.schedule();
  }

  /** There may be something to give. */
  schedule(): void {
    if (this.#isScheduled || this.#cancelRetry !== undefined || this.#isClosed) return;
    this.#isScheduled = true;
    // What else comes in this turn of the event loop is part of it.
    setImmediate(() => void this.lane.run(() => this.#step()));
  }

  /** No more steps. */
  close(): void {
    this.#isClosed = true;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }

  async #step(): Promise<void> {
    this.#isScheduled = false;
    // Something came up while a step failed: it is part of the next try.
    if (this.#cancelRetry !== undefined || this.#isClosed) return;
    this.#isAtWork = true;
    try {
      await (this.roster.size === 0 ? this.#noteEmpty() : this.#rebalance());
      this.#retryMs = FIRST_RETRY_MS;
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof GroupError)) throw error;
      this.#tryAgainLater(error);
    } finally {
      this.#isAtWork = false;
    }
    if (!this.isBusy) this.context.rested();
  }

  #tryAgainLater(error: Error): void {
    if (this.#isClosed) return;
    const { clock, emit, group } = this.context;
    emit({ event: 'background-error', doing: `rebalancing the group ${group}`, error });
    this.#cancelRetry = clock.after(this.#retryMs, () => {
      this.#cancelRetry = undefined;
      this.schedule();
    });
    this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS);
  }

  async #noteEmpty(): Promise<void> {
    const { group, groups, generations, clock } = this.context;
    const stored = groups.state(group);
    // Never written, or deleted since its last member left: there is nothing to note.
    if (stored === undefined || stored.emptySinceMs !== undefined) return;
    const state = { generation: generations.last, emptySinceMs: clock.wallMs() };
    await groups.write([{ kind: 'group', group, state }]);
  }

  async #rebalance(): Promise<void> {
    const { group, groups, generations } = this.context;
    const { state } = this.roster;
    if (this.#mustShareOut) await this.#shareOut();
    const stored = groups.state(group);
    const isNoted = stored !== undefined && stored.emptySinceMs === undefined;
    const due = state.due();
    if (!isNoted || due.length > 0 || state.toRevoke().length > 0) {
      const generation = generations.next();
      await groups.write([{ kind: 'group', group, state: { generation, emptySinceMs: undefined } }]);
      this.#carryOut(generation, await this.#startPoints(due));
    }
    this.roster.welcome();
  }

  async #shareOut(): Promise<void> {
    const { topics } = this.context;
    const { state } = this.roster;
    this.#mustShareOut = false;
    const counts = await topics.counts().catch((error: unknown) => {
      this.#mustShareOut = true;
      throw error;
    });
    this.#loseWhatIsGone(counts);
    const subscriptions = new Subscriptions(counts);
    const holdings = state.holdings();
    const members = state.members.map((memberId) => ({
      memberId,
      topics: subscriptions.topics(this.roster.get(memberId)!.terms.topics),
      owned: holdings.get(memberId)!,
    }));
    state.retarget(ASSIGNORS[this.roster.assignor]({ members, partitions: counts }));
    // Who is away reads nothing: there is nobody to ask.
    for (const ownership of state.toRevoke()) {
      if (this.roster.get(ownership.memberId)!.isAway) state.lose(ownership);
    }
  }

  #loseWhatIsGone(counts: ReadonlyMap<string, number>): void {
    const { state } = this.roster;
    const changes = new AssignmentChanges();
    for (const ownership of state.owned()) {
      const { memberId, topic, partition } = ownership;
      if (partition < (counts.get(topic) ?? 0)) continue;
      state.lose(ownership);
      changes.of(memberId).lost.push({ topic, partition });
    }
    this.roster.announce(changes);
  }

  async #startPoints(due: readonly DuePartition[]): Promise<StartPoint[]> {
    const reading: Promise<StartPoint | undefined>[] = [];
    for (const each of due) {
      const member = this.roster.get(each.memberId);
      if (member !== undefined) reading.push(startPoint(this.context, member, each));
    }
    const points = await Promise.all(reading);
    // The log knows better what there is.
    if (points.includes(undefined)) {
      this.context.topics.outdated();
      this.shareOut();
    }
    return points.filter((point) => point !== undefined);
  }

  /** Members may have gone since the start points were read, and partitions with them: what is not due any more is not given. */
  #carryOut(generation: number, points: readonly StartPoint[]): void {
    const { group, emit, fail } = this.context;
    const { state } = this.roster;
    const changes = new AssignmentChanges();
    state.beginGeneration(generation);
    for (const { memberId, topic, partition } of state.revoke()) {
      changes.of(memberId).revoked.push({ topic, partition });
    }
    let moved = 0;
    for (const point of points) {
      if ('error' in point) continue;
      const { due, startOffset, committedOffset } = point;
      if (state.give(due) === undefined) continue;
      const { memberId, topic, partition } = due;
      changes.of(memberId).assigned.push({ topic, partition, generation, startOffset, committedOffset });
      moved += 1;
    }
    this.roster.announce(changes);
    emit({ event: 'rebalanced', group, generation, members: this.roster.size, moved });
    for (const point of points) {
      const member = this.roster.get(point.due.memberId);
      if ('error' in point && member !== undefined) fail(member, point.error);
    }
  }
}

/** One membership: what the member hears and says, and the times that it must keep. What becomes of its group is the group's. */
import { randomUUID } from 'node:crypto';
import { type Clock, Mutex } from '../../segment-store/index.js';
import type { TopicPartition } from '../committed-offset.js';
import { Delivery } from '../delivery/delivery.js';
import type { MemberDescription } from '../groups.js';
import type { Member, MemberCommit, MemberEvent, OwnedPartition, RefusedCommit } from '../member.js';
import { partitionName } from '../partition-name.js';
import { type AssignmentEvent, AssignmentNews } from './assignment-news.js';
import { DueTimer } from './due-timer.js';
import type { Ownership } from './group-state.js';
import { type CommitContext, MemberCommits } from './member-commits.js';
import type { MemberTerms } from './member-terms.js';
import { Signal } from './signal.js';

/** What a membership needs of its group, and tells it. */
export interface MembersGroup {
  owner(topic: string, partition: number): Ownership | undefined;
  /** Resolves when the reset that is under way has come to its end; undefined: there is none. */
  readonly resetting: Promise<void> | undefined;
  /** The member gives these up. */
  release(member: Membership, partitions: readonly OwnedPartition[]): void;
  /** A partition that the member was reading is not in the log any more. */
  gone(member: Membership, partition: OwnedPartition): void;
  leave(member: Membership): void;
  disconnect(member: Membership): void;
  silent(member: Membership): void;
  keptRevoked(member: Membership): void;
  /** The member cannot go on. */
  fail(member: Membership, error: unknown): void;
}

export class Membership implements Member {
  readonly memberId = randomUUID();
  readonly sessionTimeoutMs: number;
  readonly revocationTimeoutMs: number;
  readonly #clock: Clock;
  readonly #delivery: Delivery;
  readonly #commits: MemberCommits;
  /** Orders what the member says: a commit that must be looked into holds up the release behind it. */
  readonly #said = new Mutex();
  readonly #news = new AssignmentNews();
  readonly #signal = new Signal();
  readonly #joinedMs: number;
  #lastHeardMs: number;
  /** As {@link #lastHeardMs}, on the monotonic clock. */
  #heardMs: number;
  readonly #session: DueTimer;
  /** When what was revoked must be released, on the monotonic clock, by partition; the first is due first. */
  readonly #revocations = new Map<string, number>();
  readonly #revocation: DueTimer;
  #isWelcome = false;
  #ended: { error: unknown } | undefined;

  constructor(
    readonly terms: MemberTerms,
    context: CommitContext,
    private readonly group: MembersGroup,
  ) {
    const { clock, store } = context;
    this.sessionTimeoutMs = terms.sessionTimeoutMs;
    this.revocationTimeoutMs = terms.revocationTimeoutMs;
    this.#clock = clock;
    this.#joinedMs = clock.wallMs();
    this.#lastHeardMs = this.#joinedMs;
    this.#heardMs = clock.monotonicMs();
    this.#delivery = new Delivery({
      store,
      clock,
      terms,
      wake: () => this.#signal.raise(),
      gone: (partition) => group.gone(this, partition),
    });
    this.#commits = new MemberCommits(context, {
      owned: (topic, partition) => this.#owned(topic, partition),
      range: (topic, partition) => this.#delivery.range({ topic, partition }),
    });
    this.#session = new DueTimer(
      clock,
      () => this.#heardMs + this.sessionTimeoutMs,
      () => group.silent(this),
    );
    this.#session.watch();
    this.#revocation = new DueTimer(
      clock,
      () => this.#revocations.values().next().value,
      () => group.keptRevoked(this),
    );
  }

  /** True if its stream has ended; the partitions of a static member wait for it. */
  get isAway(): boolean {
    return this.#ended !== undefined;
  }

  async next(): Promise<MemberEvent | undefined> {
    for (;;) {
      // Before the look at what there is: what comes from now on ends the wait.
      this.#signal.lower();
      if (this.#ended?.error !== undefined) throw this.#ended.error;
      if (this.#ended !== undefined) return undefined;
      const news = this.#news.take();
      if (news !== undefined) return this.#take(news);
      const event = await this.#delivery.take().catch((error: unknown) => this.group.fail(this, error));
      if (this.#ended !== undefined) continue;
      if (event) return event;
      await this.#signal.raised();
    }
  }

  heard(): void {
    this.#heardMs = this.#clock.monotonicMs();
    this.#lastHeardMs = this.#clock.wallMs();
  }

  grant(bytes: number): void {
    this.heard();
    this.#delivery.grant(bytes);
  }

  async commit(offsets: readonly MemberCommit[]): Promise<RefusedCommit[]> {
    this.heard();
    // Boxed: what comes behind waits until this was handed to the store, not until it is durable.
    const { refused } = await this.#said.run(async () => {
      const ranges = await this.#commits.ranges(offsets);
      while (this.group.resetting !== undefined) await this.group.resetting;
      return { refused: this.#commits.write(offsets, ranges) };
    });
    return refused;
  }

  release(partitions: readonly OwnedPartition[]): void {
    this.heard();
    for (const partition of partitions) if (this.#isOwned(partition)) this.#delivery.remove(partition);
    void this.#said.run(async () => {
      for (const partition of partitions) {
        if (this.#isOwned(partition)) this.#revocations.delete(nameOf(partition));
      }
      this.group.release(this, partitions);
    });
  }

  pause(partition: OwnedPartition, paused: boolean): void {
    this.heard();
    this.#delivery.pause(partition, paused);
  }

  seek(partition: OwnedPartition, offset: number, seekNumber: number): void {
    this.heard();
    this.#delivery.seek(partition, offset, seekNumber);
  }

  leave(): void {
    void this.#said.run(async () => this.group.leave(this));
  }

  disconnected(): void {
    void this.#said.run(async () => this.group.disconnect(this));
  }

  /** Tells the member of its assignment. Nothing of what is not its own any more is sent from now on; what is new begins when it is told. */
  announce(change: Omit<AssignmentEvent, 'event'>): void {
    if (this.#ended !== undefined) return;
    this.#isWelcome = true;
    for (const partition of [...change.revoked, ...change.lost, ...change.assigned]) {
      this.#delivery.remove(partition);
      this.#revocations.delete(nameOf(partition));
    }
    const dueMs = this.#clock.monotonicMs() + this.revocationTimeoutMs;
    for (const partition of change.revoked) this.#revocations.set(nameOf(partition), dueMs);
    this.#revocation.watch();
    this.#news.add(change);
    this.#signal.raise();
  }

  /** Tells a member that was told nothing so far that it has nothing yet. */
  welcome(generation: number): void {
    if (!this.#isWelcome) this.announce({ generation, assigned: [], revoked: [], lost: [] });
  }

  /** Its stream is over, and its place waits for it. */
  wait(): void {
    this.heard();
    this.#end(undefined);
  }

  /** The membership is over: in good order, if there is no error. */
  end(error: unknown): void {
    this.#end(error);
    this.#session.stop();
  }

  describe(owned: readonly Ownership[]): MemberDescription {
    const { clientId, instanceId, address, topics } = this.terms;
    return {
      memberId: this.memberId,
      clientId,
      instanceId,
      address: this.isAway ? undefined : address,
      joinedMs: this.#joinedMs,
      lastHeardMs: this.#lastHeardMs,
      topics,
      owned: owned.map(({ topic, partition, generation }) => ({ topic, partition, generation })),
      revoked: owned.filter(({ revoked }) => revoked).map(({ topic, partition }) => ({ topic, partition })),
    };
  }

  #take(news: AssignmentEvent): AssignmentEvent {
    for (const partition of [...news.revoked, ...news.lost]) this.#delivery.remove(partition);
    for (const partition of news.assigned) this.#delivery.add(partition);
    return news;
  }

  #owned(topic: string, partition: number): Ownership | undefined {
    const ownership = this.group.owner(topic, partition);
    return ownership?.memberId === this.memberId && this.#ended === undefined ? ownership : undefined;
  }

  #isOwned({ topic, partition, generation }: OwnedPartition): boolean {
    return this.#owned(topic, partition)?.generation === generation;
  }

  #end(error: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = { error };
    this.#delivery.close();
    this.#revocation.stop();
    this.#signal.raise();
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return partitionName(topic, partition);
}

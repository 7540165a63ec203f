/**
 * Who is in a group, who owns what, and who is to own what: data and its transitions, without I/O and time.
 *
 * Invariants:
 * - a partition has at most one owner, and owners and those to whom something is due are members;
 * - an ownership's generation is at most the group's, and is the last in which the partition was given to anybody: no two owners of a partition ever had the same;
 * - a partition goes from one member to another only by way of nobody: released, lost, or its owner gone.
 *
 * A rebalance {@link GroupState.retarget}s, which changes no ownership. {@link GroupState.revoke} then asks back what is with the wrong member, and
 * {@link GroupState.give} hands out what is with nobody.
 */
import assert from 'node:assert';
import type { Assignment } from '../assignment/assignor.js';
import type { TopicPartition } from '../committed-offset.js';
import type { OwnedPartition } from '../member.js';
import { partitionName } from '../partition-name.js';

export interface Ownership extends OwnedPartition {
  readonly memberId: string;
  /** To be released. */
  revoked: boolean;
}

/** Whose a partition is to be. */
export interface DuePartition extends TopicPartition {
  readonly memberId: string;
}

export class GroupState {
  #generation = 0;
  /** In the order of joining. */
  #members: string[] = [];
  /** By partition, as the maps below. */
  readonly #targets = new Map<string, DuePartition>();
  readonly #owners = new Map<string, Ownership>();
  /** In which a partition was given last. */
  readonly #lastGenerations = new Map<string, number>();

  get generation(): number {
    return this.#generation;
  }

  /** In the order of joining; who takes another's place has its place here too. */
  get members(): readonly string[] {
    return this.#members;
  }

  /** True if everything is where it is to be. */
  get settled(): boolean {
    const moving = this.#misplaced().length > 0 || this.owned().some(({ revoked }) => revoked);
    return !moving && this.due().length === 0;
  }

  owner(topic: string, partition: number): Ownership | undefined {
    return this.#owners.get(partitionName(topic, partition));
  }

  ownedBy(memberId: string): Ownership[] {
    return [...this.#owners.values()].filter((ownership) => ownership.memberId === memberId);
  }

  join(memberId: string): void {
    assert(!this.#members.includes(memberId));
    this.#members.push(memberId);
  }

  /** Puts another into a member's place: what was the old one's, or due to it, is due to the new one; nobody else is touched. */
  replace(memberId: string, by: string): void {
    const place = this.#members.indexOf(memberId);
    assert(place !== -1 && !this.#members.includes(by));
    this.#members[place] = by;
    for (const [name, due] of this.#targets) {
      if (due.memberId === memberId) this.#targets.set(name, { ...due, memberId: by });
    }
    for (const ownership of this.ownedBy(memberId)) this.lose(ownership);
  }

  /** Its partitions are nobody's. */
  leave(memberId: string): void {
    this.#members = this.#members.filter((other) => other !== memberId);
    for (const [name, due] of this.#targets) if (due.memberId === memberId) this.#targets.delete(name);
    for (const ownership of this.ownedBy(memberId)) this.lose(ownership);
  }

  /**
   * By member, what it would keep if it could: what it owns, and of what is between two owners, what is due to it. A partition that is on its way to somebody who has left counts for
   * the one who still has it.
   */
  holdings(): Map<string, TopicPartition[]> {
    const holdings = new Map(this.#members.map((memberId): [string, TopicPartition[]] => [memberId, []]));
    for (const [name, { memberId, topic, partition, revoked }] of this.#owners) {
      const due = revoked ? this.#targets.get(name)?.memberId : undefined;
      holdings.get(due ?? memberId)!.push({ topic, partition });
    }
    for (const { memberId, topic, partition } of this.due())
      holdings.get(memberId)!.push({ topic, partition });
    return holdings;
  }

  /** Lets this be whose everything is to be. */
  retarget(assignment: Assignment): void {
    this.#targets.clear();
    for (const [memberId, partitions] of assignment) {
      assert(this.#members.includes(memberId));
      for (const { topic, partition } of partitions) {
        this.#targets.set(partitionName(topic, partition), { topic, partition, memberId });
      }
    }
  }

  /** What can be given: it is due to somebody and nobody has it. */
  due(): DuePartition[] {
    return [...this.#targets].filter(([name]) => !this.#owners.has(name)).map(([, due]) => due);
  }

  /** What its owner is to lose and was not asked back yet. */
  toRevoke(): Ownership[] {
    return this.#misplaced().filter(({ revoked }) => !revoked);
  }

  /** Asks back what is {@link toRevoke}. */
  revoke(): Ownership[] {
    const revoked = this.toRevoke();
    for (const ownership of revoked) ownership.revoked = true;
    return revoked;
  }

  /** A number that no generation of this group had. */
  beginGeneration(generation: number): void {
    assert(generation > this.#generation);
    this.#generation = generation;
  }

  /** Gives a partition, in the current generation. Undefined: it is not due to that member any more, or somebody has it. */
  give({ topic, partition, memberId }: DuePartition): Ownership | undefined {
    const name = partitionName(topic, partition);
    if (this.#owners.has(name) || this.#targets.get(name)?.memberId !== memberId) return undefined;
    return this.#own({ topic, partition, memberId, generation: this.#generation, revoked: false });
  }

  /** Gives a partition to its owner once more, in the current generation. */
  giveAnew({ topic, partition, memberId }: Ownership): Ownership {
    assert(this.owner(topic, partition)?.memberId === memberId);
    return this.#own({ topic, partition, memberId, generation: this.#generation, revoked: false });
  }

  /** True if it was the member's, in that generation. */
  release(memberId: string, { topic, partition, generation }: OwnedPartition): boolean {
    const ownership = this.owner(topic, partition);
    if (ownership?.memberId !== memberId || ownership.generation !== generation) return false;
    this.lose(ownership);
    return true;
  }

  /** Takes a partition from its owner at once. */
  lose({ topic, partition }: TopicPartition): void {
    this.#owners.delete(partitionName(topic, partition));
  }

  /** Everything that somebody owns. */
  owned(): Ownership[] {
    return [...this.#owners.values()];
  }

  /** Throws unless the invariants hold. */
  checkInvariants(): void {
    assert.strictEqual(new Set(this.#members).size, this.#members.length);
    for (const { memberId } of this.#targets.values()) assert(this.#members.includes(memberId));
    for (const [name, { topic, partition, memberId, generation }] of this.#owners) {
      assert.strictEqual(partitionName(topic, partition), name);
      assert(this.#members.includes(memberId), `${name} is owned by somebody who is not a member`);
      assert(generation <= this.#generation, `${name} has generation ${generation} of ${this.#generation}`);
      assert.strictEqual(this.#lastGenerations.get(name), generation);
    }
  }

  /** With a member to whom they are not due. */
  #misplaced(): Ownership[] {
    return [...this.#owners]
      .filter(([name, { memberId }]) => this.#targets.get(name)?.memberId !== memberId)
      .map(([, ownership]) => ownership);
  }

  #own(ownership: Ownership): Ownership {
    const { topic, partition, generation } = ownership;
    const name = partitionName(topic, partition);
    assert(generation > (this.#lastGenerations.get(name) ?? 0), `${name} is given twice in ${generation}`);
    this.#lastGenerations.set(name, generation);
    this.#owners.set(name, ownership);
    return ownership;
  }
}

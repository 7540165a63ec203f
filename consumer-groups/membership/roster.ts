/** The members of one group, with what they own: the state and those that it is about, kept in step. */
import type { AssignorName } from '../assignment/assignor.js';
import { DEFAULT_ASSIGNOR } from '../assignment/assignors.js';
import type { TopicPartition } from '../committed-offset.js';
import type { MemberDescription } from '../groups.js';
import type { AssignedPartition } from '../member.js';
import { GroupState, type Ownership } from './group-state.js';
import type { Membership } from './membership.js';

/** What changes for one member. */
export interface AssignmentChange {
  assigned: AssignedPartition[];
  revoked: TopicPartition[];
  lost: TopicPartition[];
}

export class Roster {
  readonly state = new GroupState();
  readonly #members = new Map<string, Membership>();
  #assignor: AssignorName = DEFAULT_ASSIGNOR;

  /** All members', as long as there are any. */
  get assignor(): AssignorName {
    return this.#assignor;
  }

  get size(): number {
    return this.#members.size;
  }

  [Symbol.iterator](): IterableIterator<Membership> {
    return this.#members.values();
  }

  get(memberId: string): Membership | undefined {
    return this.#members.get(memberId);
  }

  /** The static member of that id. */
  instance(instanceId: string | undefined): Membership | undefined {
    if (instanceId === undefined) return undefined;
    return [...this].find(({ terms }) => terms.instanceId === instanceId);
  }

  /** Takes in a new member, in the place of another if there is one. The only member decides about the assignor. */
  add(member: Membership, inPlaceOf: Membership | undefined): void {
    if (inPlaceOf === undefined) {
      this.state.join(member.memberId);
    } else {
      this.state.replace(inPlaceOf.memberId, member.memberId);
      this.#members.delete(inPlaceOf.memberId);
    }
    this.#members.set(member.memberId, member);
    if (this.size === 1) this.#assignor = member.terms.assignor ?? DEFAULT_ASSIGNOR;
  }

  /** True if it was a member. */
  remove(member: Membership): boolean {
    if (!this.#members.delete(member.memberId)) return false;
    this.state.leave(member.memberId);
    return true;
  }

  /** Tells members what changes for them. */
  announce(changes: AssignmentChanges): void {
    const { generation } = this.state;
    for (const [memberId, change] of changes)
      this.#members.get(memberId)?.announce({ generation, ...change });
  }

  /** Tells those who were told nothing yet. */
  welcome(): void {
    for (const member of this) member.welcome(this.state.generation);
  }

  /** By id. */
  describe(): MemberDescription[] {
    const owned = new Map([...this].map(({ memberId }): [string, Ownership[]] => [memberId, []]));
    for (const ownership of this.state.owned()) owned.get(ownership.memberId)!.push(ownership);
    return [...this]
      .map((member) => member.describe(owned.get(member.memberId)!))
      .sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  }
}

/** What changes, by member. */
export class AssignmentChanges {
  readonly #changes = new Map<string, AssignmentChange>();

  [Symbol.iterator](): IterableIterator<[string, AssignmentChange]> {
    return this.#changes.entries();
  }

  of(memberId: string): AssignmentChange {
    let change = this.#changes.get(memberId);
    if (change === undefined) {
      change = { assigned: [], revoked: [], lost: [] };
      this.#changes.set(memberId, change);
    }
    return change;
  }
}

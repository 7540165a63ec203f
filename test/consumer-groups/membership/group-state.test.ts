import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignSticky } from '../../../consumer-groups/assignment/sticky-assignor.js';
import { GroupState } from '../../../consumer-groups/membership/group-state.js';
import { partitionName } from '../../../consumer-groups/partition-name.js';

const TOPIC = 'orders';

/** Something that happens to a group; numbers pick members and partitions. */
type Step =
  | { step: 'join' | 'leave' | 'replace' | 'release' | 'lose'; pick: number }
  | { step: 'grow' | 'share' | 'revoke' | 'give' | 'reset' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      step: fc.constantFrom(
        'join' as const,
        'leave' as const,
        'replace' as const,
        'release' as const,
        'lose' as const,
      ),
      pick: fc.nat(),
    }),
    fc.record({
      step: fc.constantFrom(
        'grow' as const,
        'share' as const,
        'revoke' as const,
        'give' as const,
        'reset' as const,
      ),
    }),
  ),
  { minLength: 1, maxLength: 80 },
);

describe('the state of a group', () => {
  test('keeps its invariants whatever happens in whatever order, and comes to rest with an owner for everything', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const run = new Run();
        for (const step of all) {
          run.take(step);
          run.state.checkInvariants();
          run.checkOwners();
        }
        run.settle();
      }),
      { numRuns: 500 },
    );
  });

  test('gives a partition to one only, and not in a generation in which it was given', () => {
    const state = new GroupState();
    state.join('a');
    state.join('b');
    const due = { topic: TOPIC, partition: 0, memberId: 'a' };
    state.retarget(new Map([['a', [due]]]));
    state.beginGeneration(1);
    expect(state.give(due)).toMatchObject({ generation: 1 });
    expect(state.give(due)).toBeUndefined();
    expect(state.give({ ...due, memberId: 'b' })).toBeUndefined();
    state.lose(due);
    expect(() => state.give(due)).toThrow(/given twice/);
    expect(() => state.beginGeneration(1)).toThrow();
  });

  test('asks back once what is due to another, and takes a release from its owner in its generation only', () => {
    const state = new GroupState();
    state.join('a');
    const due = { topic: TOPIC, partition: 0, memberId: 'a' };
    state.retarget(new Map([['a', [due]]]));
    state.beginGeneration(5);
    state.give(due);
    expect(state.settled).toBe(true);
    state.join('b');
    state.retarget(new Map([['b', [due]]]));
    expect(state.revoke()).toHaveLength(1);
    expect(state.revoke()).toEqual([]);
    expect(state.due()).toEqual([]);
    expect(state.holdings().get('b')).toHaveLength(1);
    expect(state.release('b', { ...due, generation: 5 })).toBe(false);
    expect(state.release('a', { ...due, generation: 4 })).toBe(false);
    expect(state.release('a', { ...due, generation: 5 })).toBe(true);
    expect(state.due()).toEqual([{ ...due, memberId: 'b' }]);
  });
});

/** A group to which things happen, and who owned what in which generation. */
class Run {
  readonly state = new GroupState();
  readonly #ownerByGeneration = new Map<string, string>();
  #names = 0;
  #partitions = 4;

  take(step: Step): void {
    const acts: Record<Step['step'], (pick: number) => void> = {
      join: () => this.state.join(`m${this.#names++}`),
      leave: (pick) => this.#withMember(pick, (memberId) => this.state.leave(memberId)),
      replace: (pick) =>
        this.#withMember(pick, (memberId) => this.state.replace(memberId, `m${this.#names++}`)),
      release: (pick) => this.#release(pick),
      lose: (pick) => this.state.lose({ topic: TOPIC, partition: pick % this.#partitions }),
      grow: () => {
        this.#partitions += 1;
      },
      share: () => this.#share(),
      revoke: () => this.state.revoke(),
      give: () => this.#give(),
      reset: () => this.#reset(),
    };
    acts[step.step]('pick' in step ? step.pick : 0);
  }

  /** No owner but the first has ever had the partition in a generation. */
  checkOwners(): void {
    for (const { topic, partition, generation, memberId } of this.state.owned()) {
      const key = `${partitionName(topic, partition)}@${generation}`;
      expect(this.#ownerByGeneration.get(key) ?? memberId).toBe(memberId);
      this.#ownerByGeneration.set(key, memberId);
    }
  }

  settle(): void {
    if (this.state.members.length === 0) this.state.join('last');
    this.#share();
    this.state.revoke();
    while (this.state.owned().some(({ revoked }) => revoked)) this.#release(0);
    this.#give();
    expect(this.state.settled).toBe(true);
    expect(this.state.owned()).toHaveLength(this.#partitions);
    this.state.checkInvariants();
  }

  #withMember(pick: number, act: (memberId: string) => void): void {
    const { members } = this.state;
    if (members.length > 0) act(members[pick % members.length]!);
  }

  #release(pick: number): void {
    const revoked = this.state.owned().filter(({ revoked }) => revoked);
    if (revoked.length === 0) return;
    const { memberId, ...owned } = revoked[pick % revoked.length]!;
    expect(this.state.release(memberId, owned)).toBe(true);
  }

  #share(): void {
    const holdings = this.state.holdings();
    const topics = new Set([TOPIC]);
    const members = this.state.members.map((memberId) => ({
      memberId,
      topics,
      owned: holdings.get(memberId)!,
    }));
    this.state.retarget(assignSticky({ members, partitions: new Map([[TOPIC, this.#partitions]]) }));
  }

  #give(): void {
    this.state.beginGeneration(this.state.generation + 1);
    for (const due of this.state.due()) this.state.give(due);
  }

  #reset(): void {
    this.state.beginGeneration(this.state.generation + 1);
    for (const owner of this.state.owned()) {
      if (owner.revoked) this.state.lose(owner);
      else this.state.giveAnew(owner);
    }
  }
}

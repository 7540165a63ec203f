import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Assignment, AssignmentInput } from '../../../consumer-groups/assignment/assignor.js';
import { assignSticky } from '../../../consumer-groups/assignment/sticky-assignor.js';
import { alikeInputs, holding, member, mixedInputs, movedBetween, problemOf } from './fixtures/shared-out.js';

const RUNS = { numRuns: 300 };

describe('the sticky assignor', () => {
  test('gives every partition that is read to exactly one member that reads it', () => {
    fc.assert(
      fc.property(fc.oneof(alikeInputs, mixedInputs), (input) => {
        expect(problemOf(input, assignSticky(input))).toBeUndefined();
      }),
      RUNS,
    );
  });

  test('moves nothing when nothing has changed', () => {
    fc.assert(
      fc.property(fc.oneof(alikeInputs, mixedInputs), (input) => {
        const first = assignSticky(input);
        expect(assignSticky(holding(input, first))).toEqual(first);
      }),
      RUNS,
    );
  });

  test('gives members that read the same numbers of partitions that differ by one at most', () => {
    fc.assert(
      fc.property(alikeInputs, (input) => {
        const counts = countsOf(assignSticky(input));
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
      RUNS,
    );
  });

  test('moves exactly as many partitions as balance demands, whoever comes, goes, or brings partitions', () => {
    fc.assert(
      fc.property(alikeInputs, fc.array(changeOfGroup, { minLength: 1, maxLength: 12 }), (input, changes) => {
        let now = holding(input, assignSticky(input));
        for (const change of changes) {
          now = change(now);
          const before = new Map(now.members.map(({ memberId, owned }) => [memberId, owned]));
          const after = assignSticky(now);
          expect(movedBetween(before, after)).toBe(fewestMoves(now));
          now = holding(now, after);
        }
      }),
      RUNS,
    );
  });

  test('takes from nobody when a member leaves', () => {
    fc.assert(
      fc.property(alikeInputs, fc.nat(), (input, pick) => {
        fc.pre(input.members.length > 1);
        const first = assignSticky(input);
        const full = holding(input, first);
        const members = full.members.filter((_, index) => index !== pick % full.members.length);
        const after = assignSticky({ ...full, members });
        const stayed = new Map([...first].filter(([id]) => members.some(({ memberId }) => memberId === id)));
        expect(movedBetween(stayed, after)).toBe(0);
      }),
      RUNS,
    );
  });

  test('moves only what a joiner gets, and no more than its share', () => {
    fc.assert(
      fc.property(alikeInputs, (input) => {
        const first = assignSticky(input);
        const full = holding(input, first);
        const joiner = member('joiner', input.members[0]!.topics);
        const after = assignSticky({ ...full, members: [...full.members, joiner] });
        const total = countsOf(first).reduce((sum, count) => sum + count, 0);
        const got = after.get('joiner')!.length;
        expect(movedBetween(first, after)).toBe(got);
        expect(got).toBe(Math.floor(total / (input.members.length + 1)));
      }),
      RUNS,
    );
  });

  test('leaves no two members of different subscriptions that a chain of moves would make more alike', () => {
    fc.assert(
      fc.property(mixedInputs, (input) => {
        expect(improvingPair(input, assignSticky(input))).toBeUndefined();
      }),
      RUNS,
    );
  });

  test('takes from every topic alike when it must take', () => {
    const topics = new Set(['a', 'b']);
    const partitions = new Map([...topics].map((topic) => [topic, 10]));
    const alone = { partitions, members: [member('first', topics)] };
    const full = holding(alone, assignSticky(alone));
    const after = assignSticky({ partitions, members: [...full.members, member('second', topics)] });
    for (const list of after.values()) {
      expect(list.filter(({ topic }) => topic === 'a')).toHaveLength(5);
    }
  });

  test.each(['the same', 'different'])(
    'shares 10,000 partitions among 1,000 readers of %s topics at once',
    (what) => {
      const names = Array.from({ length: 100 }, (_, index) => `topic-${index}`);
      const partitions = new Map(names.map((name) => [name, 100]));
      const members = Array.from({ length: 1000 }, (_, index) =>
        member(
          `m${index}`,
          new Set(what === 'different' ? names.filter((_, at) => (at + index) % 10 < 5) : names),
        ),
      );
      const full = holding({ partitions, members }, assignSticky({ partitions, members }));
      const startedMs = performance.now();
      const after = assignSticky({ partitions, members: full.members.slice(1) });
      const tookMs = performance.now() - startedMs;
      expect(countsOf(after).reduce((sum, count) => sum + count, 0)).toBe(10_000);
      // Generous: a busy machine must not fail it, an algorithm of the wrong order must.
      expect(tookMs).toBeLessThan(1000);
    },
  );
});

type ChangeOfGroup = (input: AssignmentInput) => AssignmentInput;

let joined = 0;
const join: ChangeOfGroup = ({ members, partitions }) => ({
  partitions,
  members: [...members, member(`joined-${joined++}`, members[0]!.topics)],
});
const changeOfGroup: fc.Arbitrary<ChangeOfGroup> = fc.oneof(
  fc.constant(join),
  fc.nat().map(
    (pick): ChangeOfGroup =>
      ({ members, partitions }) => {
        const rest = members.filter((_, index) => index !== pick % members.length);
        return { partitions, members: rest.length > 0 ? rest : members };
      },
  ),
  fc.nat({ max: 5 }).map(
    (more): ChangeOfGroup =>
      ({ members, partitions }) => {
        return {
          members,
          partitions: new Map([...partitions].map(([topic, count]) => [topic, count + more])),
        };
      },
  ),
);

/**
 * Of what is held, everything that no member may keep: each keeps at most its quota, and the quotas that are one larger are worth a move exactly where somebody holds more than
 * the smaller one.
 */
function fewestMoves({ members, partitions }: AssignmentInput): number {
  const [first] = members;
  const total = [...first!.topics].reduce((sum, topic) => sum + partitions.get(topic)!, 0);
  const least = Math.floor(total / members.length);
  const held = members.map(({ owned }) => owned.length);
  const keptAtLeast = held.reduce((sum, count) => sum + Math.min(count, least), 0);
  const couldKeepMore = held.filter((count) => count > least).length;
  const kept = keptAtLeast + Math.min(couldKeepMore, total % members.length);
  return held.reduce((sum, count) => sum + count, 0) - kept;
}

function countsOf(assignment: Assignment): number[] {
  return [...assignment.values()].map(({ length }) => length);
}

/** Two members of which one could hand a partition on, over others, to one that has two fewer: by trying all ways. */
function improvingPair({ members }: AssignmentInput, assignment: Assignment): [string, string] | undefined {
  for (const giver of members) {
    const reached = new Set([giver.memberId]);
    for (const holder of reached) {
      const topics = new Set(assignment.get(holder)!.map(({ topic }) => topic));
      for (const reader of members) {
        if ([...topics].some((topic) => reader.topics.has(topic))) reached.add(reader.memberId);
      }
    }
    for (const memberId of reached) {
      const more = assignment.get(giver.memberId)!.length - assignment.get(memberId)!.length;
      if (more >= 2) return [giver.memberId, memberId];
    }
  }
  return undefined;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BAD_GROUP_HISTORIES } from './bad-group-histories.js';
import { checkGroupHistory, GROUP_RULES } from './check-group-history.js';
import type { GroupHistory } from './group-event.js';
import { EMPTY_PARTITION, HandMadeHistory } from './hand-made-history.js';
import { GROUP_STEPS, PerfectGroup } from './perfect-group.js';

describe('a bad history is caught by the rule that it breaks, and by no other', () => {
  it.each(BAD_GROUP_HISTORIES)('$rule: $story', ({ rule, history }) => {
    const caught = new Set(checkGroupHistory(history).map((violation) => violation.rule));
    expect([...caught]).toEqual([rule]);
  });

  it('there is one for every rule', () => {
    expect(new Set(BAD_GROUP_HISTORIES.map(({ rule }) => rule))).toEqual(new Set(Object.keys(GROUP_RULES)));
  });
});

describe('a good history passes', () => {
  it.each<[when: string, tell: (h: HandMadeHistory) => void]>([
    [
      'when a partition is handed over',
      (h) => {
        h.isRevoked('a');
        h.committed('a', 1, 6);
        h.releases('a');
        h.joins('b');
        h.owns('b', 2, 6);
        h.committed('b', 2, 6);
        h.shows(6);
      },
    ],
    [
      'when a commit without an answer was taken',
      (h) => {
        h.commits('a', 1, 5);
        h.joins('b');
        h.owns('b', 2, 5);
      },
    ],
    [
      'when a commit without an answer was not taken',
      (h) => {
        h.commits('a', 1, 5);
        h.joins('b');
        h.owns('b', 2, 3);
        h.reads('b', 2, 3, 6);
      },
    ],
    [
      'when the owner is stopped, expelled, and comes back',
      (h) => {
        h.joins('b');
        h.owns('b', 2, 3);
        h.refused('a', 1, 6, 'PARTITION_NOT_OWNED');
        h.loses('a');
        h.committed('b', 2, 4);
        h.owns('a', 3, 4, { member: 'a again' });
        h.committed('a', 3, 6);
      },
    ],
    [
      'when the owner hears of its loss after the next one has heard',
      (h) => {
        h.joins('b');
        const late = h.commits('a', 1, 6);
        h.owns('b', 2, 3);
        h.answers(late, 'refused', 'STALE_GENERATION');
        h.isRevoked('a');
        h.releases('a');
      },
    ],
    [
      'when a running group is reset back',
      (h) => {
        const reset = h.resets(1);
        h.committed('a', 1, 5);
        h.answers(reset, 'ok');
        h.refused('a', 1, 6);
        h.owns('a', 2, 1);
        h.reads('a', 2, 1, 6);
        h.committed('a', 2, 2);
        h.shows(2);
      },
    ],
    [
      'when a reset overtakes an assignment that is under way',
      (h) => {
        h.leaves('a');
        h.joins('b');
        h.wasReset(1);
        h.owns('b', 2, 3);
        h.owns('b', 3, 1);
      },
    ],
    [
      'when a reset takes a partition from an owner that was to let go of it',
      (h) => {
        h.isRevoked('a');
        h.joins('b');
        h.wasReset(1);
        h.owns('b', 2, 1);
        h.loses('a');
        h.owns('a', 3, 0, { partition: EMPTY_PARTITION });
      },
    ],
    [
      'when two resets follow each other',
      (h) => {
        h.wasReset(1);
        h.wasReset(2);
        h.owns('a', 3, 2);
      },
    ],
    [
      'when a reset without an answer was carried out',
      (h) => {
        h.resets(1);
        h.owns('a', 2, 1);
        h.shows(1);
      },
    ],
    [
      'when a reset without an answer was not carried out',
      (h) => {
        h.resets(1);
        h.shows(3);
        h.committed('a', 1, 6);
      },
    ],
    [
      'when a reset was refused',
      (h) => {
        h.answers(h.resets(1), 'refused', 'GROUP_NOT_EMPTY');
        h.committed('a', 1, 6);
        h.shows(6);
      },
    ],
    [
      'when a description and a commit overlap',
      (h) => {
        const description = h.asksForOffset();
        h.committed('a', 1, 5);
        h.answers(description, 'ok', undefined, 3);
      },
    ],
    [
      'when a group without members is committed to from outside',
      (h) => {
        h.leaves('a');
        h.committed(undefined, undefined, 2);
        h.shows(2);
        h.commits(undefined, undefined, 4);
        h.shows(4);
      },
    ],
  ])('%s', (_when, tell) => {
    expect(checkGroupHistory(afterFirstCommit(tell))).toEqual([]);
  });

  it('when a reset goes past records that nobody has read', () => {
    const h = new HandMadeHistory(6);
    h.joins('a');
    h.owns('a', 1, 0);
    h.reads('a', 1, 0, 2);
    h.wasReset(5);
    h.owns('a', 2, 5);
    h.reads('a', 2, 5, 6);
    expect(checkGroupHistory(h.history())).toEqual([]);
  });

  it('when a group does everything right, however long its messages take', () => {
    const step = fc.tuple(fc.constantFrom(...GROUP_STEPS), fc.nat(11));
    fc.assert(
      fc.property(fc.array(step, { minLength: 40, maxLength: 200 }), (steps) => {
        const group = new PerfectGroup(40);
        for (const [what, number] of steps) group.take(what, number);
        expect(checkGroupHistory(group.end())).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('a partition that was never read at the end is an error', () => {
    const { events } = afterFirstCommit(() => {});
    expect(() => checkGroupHistory({ events, logs: [] })).toThrow('no final log of billing orders-0');
  });
});

/** `a` owns the partition in generation 1, has read all six records, and has committed 3. */
function afterFirstCommit(tell: (h: HandMadeHistory) => void): GroupHistory {
  const h = new HandMadeHistory(6);
  h.joins('a');
  h.owns('a', 1, 0);
  h.reads('a', 1, 0, 6);
  h.committed('a', 1, 3);
  tell(h);
  return h.history();
}

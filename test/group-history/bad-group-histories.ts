/**
 * One history for each way to break a promise, made by hand. In each a consumer `a` owns the partition in generation 1, has read all of its six records, and has
 * committed 3; each breaks exactly the rule under which it stands: the checker must report that rule and no other.
 */
import type { GroupRuleName } from './check-group-history.js';
import type { GroupHistory } from './group-event.js';
import { EMPTY_PARTITION, HandMadeHistory } from './hand-made-history.js';

const END = 6;

export const BAD_GROUP_HISTORIES: readonly { rule: GroupRuleName; story: string; history: GroupHistory }[] = [
  bad('one owner per generation', 'two members are given the partition in one generation', (h) => {
    h.joins('b');
    h.owns('b', 1, 3);
  }),
  bad('one owner per generation', 'after a crash of the broker a generation is used again', (h) => {
    h.loses('a');
    h.owns('a', 1, 3, { member: 'a again' });
  }),
  bad('generations rise', 'whoever joins later is given an older generation', (h) => {
    h.loses('a');
    h.owns('a', 5, 3, { member: 'a again' });
    h.leaves('a');
    h.joins('b');
    h.owns('b', 4, 3);
  }),
  bad('generations rise', 'a member that was given the partition twice is sent back', (h) => {
    h.owns('a', 3, 3);
    h.owns('a', 2, 3);
  }),
  bad(
    'a partition moves when it was let go',
    'the next owner hears before the last one has released',
    (h) => {
      h.joins('b');
      h.isRevoked('a');
      h.owns('b', 2, 3);
      h.releases('a');
      h.owns('a', 3, 0, { partition: EMPTY_PARTITION });
    },
  ),
  bad('a partition moves when it was let go', 'nobody asks the owner, which goes on', (h) => {
    h.joins('b');
    h.owns('b', 2, 3);
    h.owns('a', 4, 0, { partition: EMPTY_PARTITION });
  }),
  bad('a refusal has a reason', 'the owner is refused, and goes on as a member', (h) => {
    h.refused('a', 1, 5);
    h.committed('a', 1, 6);
  }),
  bad('a refusal has a reason', 'a revoked partition is taken before it is released', (h) => {
    h.isRevoked('a');
    h.refused('a', 1, 6, 'PARTITION_NOT_OWNED');
    h.committed('a', 1, 6);
  }),
  bad('a refusal has a reason', 'what was read is said to be beyond the end', (h) => {
    h.refused('a', 1, 6, 'OFFSET_OUT_OF_RANGE');
  }),
  bad('only owners are handed records', 'records come before the assignment', (h) => {
    h.joins('b');
    h.reads('b', 2, 3, 5);
    h.leaves('a');
    h.owns('b', 2, 3);
  }),
  bad('only owners are handed records', 'records come after the revocation', (h) => {
    h.isRevoked('a');
    h.reads('a', 1, 5, 6);
  }),
  bad('only owners are handed records', 'records come after the partition was lost', (h) => {
    h.loses('a');
    h.reads('a', 1, 5, 6);
  }),
  bad('only owners are handed records', 'records of the old generation come after a reset', (h) => {
    h.wasReset(1);
    h.owns('a', 2, 1);
    h.reads('a', 1, 3, 6);
  }),
  bad('reading is gapless', 'a record is left out', (h) => {
    takenOver(h, { at: 3 });
    h.reads('b', 2, 3, 4);
    h.reads('b', 2, 5, 6);
  }),
  bad('reading is gapless', 'the first record is not the one at the start offset', (h) => {
    takenOver(h, { at: 3 });
    h.reads('b', 2, 4, 6);
  }),
  bad('reading is gapless', 'records are handed out twice', (h) => {
    takenOver(h, { at: 3 });
    h.reads('b', 2, 3, 5);
    h.reads('b', 2, 4, 6);
  }),
  bad('what is read is what the log holds', 'a record comes in the place of another', (h) => {
    takenOver(h, { at: 3 });
    h.reads('b', 2, 3, 5, [3, 5]);
  }),
  bad('what is read is what the log holds', 'a record is read beyond the end', (h) => {
    takenOver(h, { at: 3 });
    h.reads('b', 2, 3, 7);
  }),
  {
    rule: 'every record is read',
    story: 'the last record is never handed out',
    history: told((h) => {
      h.joins('a');
      h.owns('a', 1, 0);
      h.reads('a', 1, 0, 5);
    }),
  },
  {
    rule: 'every record is read',
    story: 'nobody is ever given the partition',
    history: told((h) => {
      h.joins('a');
    }),
  },
  bad('no acknowledged commit is lost', 'the next owner begins before it', (h) => takenOver(h, { at: 2 })),
  bad('no acknowledged commit is lost', 'the next owner begins at the start', (h) => takenOver(h, { at: 0 })),
  bad('no acknowledged commit is lost', 'a description does not show it', (h) => h.shows(undefined)),
  bad('no acknowledged commit is lost', 'a description shows an older one', (h) => {
    h.committed('a', 1, 5);
    h.shows(3);
  }),
  bad('no acknowledged commit is lost', 'one from outside of the group is gone', (h) => {
    h.leaves('a');
    h.committed(undefined, undefined, 4);
    h.committed(undefined, undefined, 5);
    h.shows(4);
  }),
  bad('no acknowledged commit is lost', 'one behind a reset is gone', (h) => {
    h.wasReset(1);
    h.owns('a', 2, 1);
    h.committed('a', 2, 4);
    h.leaves('a');
    h.joins('b');
    h.owns('b', 3, 1);
  }),
  bad(
    'commits never go back',
    'one without an answer was seen by the next owner, not by the one after',
    (h) => {
      h.commits('a', 1, 5);
      takenOver(h, { at: 5 });
      h.leaves('b');
      h.joins('c');
      h.owns('c', 3, 3);
    },
  ),
  bad('commits never go back', 'a description showed one without an answer, the next does not', (h) => {
    h.commits('a', 1, 5);
    h.shows(5);
    h.shows(3);
  }),
  bad('nothing is committed that nobody committed', 'the next owner begins behind all commits', (h) =>
    takenOver(h, { at: 5 }),
  ),
  bad('nothing is committed that nobody committed', 'a refused commit is shown', (h) => {
    h.leaves('a');
    h.refused('a', 1, 5);
    h.shows(5);
  }),
  bad('nothing is committed that nobody committed', 'a commit is shown before it is sent', (h) => {
    h.shows(5);
    h.committed('a', 1, 5);
  }),
  bad('nothing is committed that nobody committed', 'the next owner begins between two commits', (h) => {
    h.commits('a', 1, 6);
    takenOver(h, { at: 5 });
  }),
  bad('an older generation commits nothing', 'the last owner commits after the next has heard', (h) => {
    takenOver(h, { at: 3 });
    h.committed('a', 1, 5);
  }),
  bad('an older generation commits nothing', 'the owner commits what it read before the reset', (h) => {
    h.wasReset(1);
    h.committed('a', 1, 5);
  }),
  bad('after a reset reading begins where it was set', 'the owner is given it where it was', (h) => {
    const reset = h.resets(1);
    h.answers(reset, 'ok');
    h.leaves('a');
    h.joins('b');
    h.owns('b', 2, 3);
  }),
  bad('a reset is not overwritten', 'a late commit of the old generation is shown', (h) => {
    h.wasReset(1);
    h.refused('a', 1, 6);
    h.owns('a', 2, 1);
    h.shows(6);
  }),
  bad('a reset is not overwritten', 'after a crash of the broker the old position is back', (h) => {
    h.wasReset(1);
    h.owns('a', 2, 1);
    h.loses('a');
    h.owns('a', 3, 3, { member: 'a again' });
  }),
];

function bad(
  rule: GroupRuleName,
  story: string,
  tell: (h: HandMadeHistory) => void,
): { rule: GroupRuleName; story: string; history: GroupHistory } {
  const history = told((h) => {
    h.joins('a');
    h.owns('a', 1, 0);
    h.reads('a', 1, 0, END);
    h.committed('a', 1, 3);
    tell(h);
  });
  return { rule, story, history };
}

function told(tell: (h: HandMadeHistory) => void): GroupHistory {
  const history = new HandMadeHistory(END);
  tell(history);
  return history.history();
}

/** The first consumer leaves, a second one takes its place. */
function takenOver(h: HandMadeHistory, { at }: { at: number }): void {
  h.leaves('a');
  h.joins('b');
  h.owns('b', 2, at);
}

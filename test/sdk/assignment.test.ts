import { describe, expect, it } from 'vitest';
import { Assignment } from '../../sdk/consumer/assignment.js';

const name = (partition: number) => ({ topic: 't', partition });
const given = (partition: number, generation: number, startOffset = 0) => ({
  ...name(partition),
  generation,
  startOffset,
});
const keys = (partitions: readonly { key: string }[]): string[] => partitions.map(({ key }) => key);

/** An assignment of which the loop was told everything. */
function told(...partitions: number[]): Assignment {
  const assignment = new Assignment();
  assignment.apply({ assigned: partitions.map((partition) => given(partition, 1)) });
  assignment.takeAssigned();
  return assignment;
}

describe('what the loop is told', () => {
  it('is each change once', () => {
    const assignment = new Assignment();
    expect(assignment.hasNews).toBe(false);
    assignment.apply({ assigned: [given(0, 1, 5), given(1, 1)] });
    expect(assignment.hasNews).toBe(true);
    expect(assignment.known('t-0')).toBeUndefined();
    expect(keys(assignment.takeAssigned().map(({ partition }) => partition))).toEqual(['t-0', 't-1']);
    expect(assignment.hasNews).toBe(false);
    expect(assignment.known('t-0')).toMatchObject({
      position: 5,
      assigned: { generation: 1, startOffset: 5 },
    });
  });

  it('is nothing of a partition that was revoked before it heard of it: that is released at once', () => {
    const assignment = told(0);
    assignment.apply({ assigned: [given(1, 2)] });
    expect(keys(assignment.apply({ revoked: [name(1)] }))).toEqual(['t-1']);
    expect(assignment.hasNews).toBe(false);
    expect(assignment.owned('t-1')).toBeUndefined();
  });

  it('is nothing of a partition that was lost before it heard of it', () => {
    const assignment = told();
    assignment.apply({ assigned: [given(0, 1)] });
    assignment.apply({ lost: [name(0)] });
    expect(assignment.hasNews).toBe(false);
  });

  it('is a partition to let go of, which is its own until it does', () => {
    const assignment = told(0, 1);
    expect(assignment.apply({ revoked: [name(0)] })).toEqual([]);
    const [revoked] = assignment.toRevoke();
    expect(revoked).toMatchObject({ key: 't-0', live: true, revoked: true });
    expect(assignment.release(revoked!)).toBe(true);
    expect(assignment.hasNews).toBe(false);
    expect(assignment.known('t-0')).toBeUndefined();
    expect(assignment.known('t-1')).toBeDefined();
  });

  it('is not to release what was lost while it let go of it', () => {
    const assignment = told(0);
    assignment.apply({ revoked: [name(0)] });
    const [revoked] = assignment.toRevoke();
    assignment.loseAll();
    expect(assignment.release(revoked!)).toBe(false);
    expect(assignment.hasNews).toBe(false);
  });

  it('is what is given anew, with what it had of it before', () => {
    const assignment = told(0);
    const before = assignment.known('t-0')!;
    assignment.apply({ assigned: [given(0, 4, 20)] });
    expect(before.live).toBe(false);
    // It hears of it between two records: until then it has the old one.
    expect(assignment.known('t-0')).toBe(before);
    expect(assignment.takeAssigned()).toMatchObject([{ before, partition: { assigned: { generation: 4 } } }]);
    expect(assignment.known('t-0')).toBe(assignment.owned('t-0'));
  });

  it('is to let go of what was reset and revoked before it heard of either', () => {
    const assignment = told(0);
    assignment.apply({ assigned: [given(0, 2)] });
    assignment.apply({ revoked: [name(0)] });
    const [revoked] = assignment.toRevoke();
    expect(revoked).toMatchObject({ assigned: { generation: 2 } });
    expect(assignment.takeAssigned()).toEqual([]);
    // What it commits until then is of the generation that it has: under the new one it would undo the reset.
    expect(assignment.known('t-0')).toMatchObject({ assigned: { generation: 1 } });
    expect(assignment.release(revoked!)).toBe(true);
    expect(assignment.known('t-0')).toBeUndefined();
    expect(assignment.owned('t-0')).toBeUndefined();
  });

  it('is not to let go any more of what was revoked and given anew', () => {
    const assignment = told(0);
    assignment.apply({ revoked: [name(0)] });
    assignment.apply({ assigned: [given(0, 2)] });
    expect(assignment.toRevoke()).toEqual([]);
    expect(assignment.takeAssigned()).toHaveLength(1);
  });

  it('is the loss of everything, and then what it has in a new membership', () => {
    const assignment = told(0, 1);
    assignment.apply({ assigned: [given(2, 2)] });
    assignment.loseAll();
    assignment.apply({ assigned: [given(1, 3, 7)] });
    expect(keys(assignment.takeLost())).toEqual(['t-0', 't-1']);
    expect(assignment.known('t-1')).toBeUndefined();
    expect(assignment.takeAssigned()).toMatchObject([{ before: undefined, partition: { position: 7 } }]);
    expect([...assignment.allKnown()]).toEqual([...assignment.allOwned()]);
  });

  it('is nothing of what came back and went again before it heard of either, but its loss', () => {
    const assignment = told(0);
    assignment.loseAll();
    assignment.apply({ assigned: [given(0, 2)] });
    expect(keys(assignment.apply({ revoked: [name(0)] }))).toEqual(['t-0']);
    expect(keys(assignment.takeLost())).toEqual(['t-0']);
    expect(assignment.hasNews).toBe(false);
  });

  it('takes no more memory than there are partitions, however often they come and go', () => {
    const assignment = told(0);
    for (let generation = 2; generation < 1000; generation++) {
      assignment.apply({ assigned: [given(0, generation)] });
      if (generation % 3 === 0) assignment.loseAll();
    }
    expect(assignment.takeLost()).toHaveLength(1);
    expect(assignment.takeAssigned()).toHaveLength(0);
  });

  it('leaves a partition paused that is given anew', () => {
    const assignment = told(0);
    assignment.owned('t-0')!.paused = true;
    assignment.apply({ assigned: [given(0, 2)] });
    // What comes before the broker knows of it is void.
    expect(assignment.owned('t-0')).toMatchObject({ paused: true, seekNumber: 1 });
  });
});

describe('how far a partition is done', () => {
  const partition = () => {
    const assignment = told(0);
    return assignment.known('t-0')!;
  };

  it('is behind what was finished, not behind what is in hand', () => {
    const owned = partition();
    // Where a group without a committed offset begins is to be committed.
    expect(owned.done).toBe(0);
    owned.hand(1);
    expect(owned).toMatchObject({ position: 1, done: 0 });
    owned.finish();
    expect(owned).toMatchObject({ position: 1, done: 1 });
    owned.passTo(10);
    expect(owned).toMatchObject({ position: 10, done: 10 });
  });

  it('is where it was sent to, whatever was in hand', () => {
    const owned = partition();
    owned.hand(50);
    owned.seek(10);
    owned.finish();
    expect(owned).toMatchObject({ position: 10, done: 10, seekNumber: 1 });
  });

  it('stays behind a batch that was committed before its records were handed out', () => {
    const owned = partition();
    owned.passDone(10);
    owned.hand(1);
    owned.finish();
    expect(owned).toMatchObject({ position: 1, done: 10 });
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ASSIGNORS } from '../../../consumer-groups/assignment/assignors.js';
import { alikeInputs, member, mixedInputs, ownersOf, problemOf } from './fixtures/shared-out.js';

const { range, roundrobin } = ASSIGNORS;

describe.each(Object.entries({ range, roundrobin }))('the %s assignor', (_name, assignor) => {
  test('gives every partition that is read to exactly one member that reads it', () => {
    fc.assert(
      fc.property(fc.oneof(alikeInputs, mixedInputs), (input) => {
        expect(problemOf(input, assignor(input))).toBeUndefined();
      }),
    );
  });
});

/** The examples of Kafka's own documentation of its assignors. */
describe('the range assignor', () => {
  test('gives runs of every topic, the first members one more, as Kafka documents it', () => {
    const topics = new Set(['t0', 't1']);
    const input = {
      members: [member('C0', topics), member('C1', topics)],
      partitions: new Map([
        ['t0', 3],
        ['t1', 3],
      ]),
    };
    expect(ownersOf(range(input))).toEqual(
      new Map([
        ['C0', ['t0-0', 't0-1', 't1-0', 't1-1']],
        ['C1', ['t0-2', 't1-2']],
      ]),
    );
  });
});

describe('the round-robin assignor', () => {
  test('deals all partitions in turn, as Kafka documents it', () => {
    const topics = new Set(['t0', 't1']);
    const input = {
      members: [member('C0', topics), member('C1', topics)],
      partitions: new Map([
        ['t0', 3],
        ['t1', 3],
      ]),
    };
    expect(ownersOf(roundrobin(input))).toEqual(
      new Map([
        ['C0', ['t0-0', 't0-2', 't1-1']],
        ['C1', ['t0-1', 't1-0', 't1-2']],
      ]),
    );
  });

  test('passes over who does not read a topic, as Kafka documents it', () => {
    const input = {
      members: [
        member('C0', new Set(['t0'])),
        member('C1', new Set(['t0', 't1'])),
        member('C2', new Set(['t0', 't1', 't2'])),
      ],
      partitions: new Map([
        ['t0', 1],
        ['t1', 2],
        ['t2', 3],
      ]),
    };
    expect(ownersOf(roundrobin(input))).toEqual(
      new Map([
        ['C0', ['t0-0']],
        ['C1', ['t1-0']],
        ['C2', ['t1-1', 't2-0', 't2-1', 't2-2']],
      ]),
    );
  });
});

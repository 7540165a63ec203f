import { describe, expect, test } from 'vitest';
import type { ReadOffset } from '../../../cli/group/offset-list.js';
import { planForGroups } from '../../../cli/group/reset/plan-file.js';
import { durationAgo } from '../../../cli/group/reset/target-flags.js';
import { collectTopics } from '../../../cli/group/reset/topic-flag.js';

describe('--by-duration', () => {
  const NOW_MS = Date.UTC(2026, 0, 31, 12);

  test.each([
    ['PT2H30M', 9_000_000],
    ['P1DT2H', 93_600_000],
    ['2h30m', 9_000_000],
    ['7d', 604_800_000],
    ['PT0S', 0],
  ])('%s is that long ago', (text, ms) => expect(durationAgo(text, NOW_MS)).toBe(NOW_MS - ms));

  test('goes back to 1970 at most', () => expect(durationAgo('100y', NOW_MS)).toBe(0));

  test.each([
    ['yesterday', /--by-duration is "yesterday": expected a duration such as 2h30m, PT2H30M or P1DT2H/],
    ['-PT2H', /expected a duration/],
    ['P1M', /years and months differ in length/],
  ])('%j is refused, saying why', (text, why) => expect(() => durationAgo(text, NOW_MS)).toThrow(why));
});

describe('--topic', () => {
  test('takes a topic, or some of its partitions, and may be repeated', () => {
    const first = collectTopics('orders:2,0,2');
    expect(collectTopics('a.b-c_d', first)).toEqual([
      { topic: 'orders', partitions: [2, 0] },
      { topic: 'a.b-c_d' },
    ]);
  });

  test.each(['', ':0', 'orders:', 'orders:x', 'orders:0,', 'orders:-1', 'orders:0:1'])(
    '%j is refused',
    (text) =>
      expect(() => collectTopics(text)).toThrow(
        /it must be a topic, or a topic and partitions: orders:0,1,2/,
      ),
  );

  test('the partitions of a topic may be named one by one, as for Kafka’s tool', () => {
    const two = collectTopics('orders:1,0', collectTopics('payments', collectTopics('orders:0')));
    expect(two).toEqual([{ topic: 'orders', partitions: [0, 1] }, { topic: 'payments' }]);
  });

  test.each([
    ['orders', 'orders'],
    ['orders', 'orders:1'],
    ['orders:1', 'orders'],
  ])('%s and %s contradict each other', (one, other) => {
    expect(() => collectTopics(other, collectTopics(one))).toThrow(
      /--topic orders is given twice, of which one is the whole of it; give that alone/,
    );
  });
});

describe('a plan for the groups that were asked for', () => {
  const offset = (group: string | undefined, line: number): ReadOffset => {
    return { group, topic: 't', partition: 0, offset: 5, line };
  };
  const two = [offset('a', 1), offset('b', 2)];

  test('is for each of them, if it names none', () => {
    const forAny = [offset(undefined, 1)];
    expect(planForGroups(forAny, ['a', 'b'])).toEqual({ groups: ['a', 'b'], offsets: forAny, leftOut: [] });
    expect(planForGroups(forAny, 'all').groups).toBe('all');
  });

  test('leaves the others out, as Kafka’s tool does, and says which', () => {
    expect(planForGroups(two, ['b'])).toEqual({ groups: ['b'], offsets: [two[1]], leftOut: ['a'] });
  });

  test('all are those of the plan', () => {
    expect(planForGroups(two, 'all')).toEqual({ groups: ['a', 'b'], offsets: two, leftOut: [] });
  });

  test('must know each of them', () => {
    expect(() => planForGroups(two, ['a', 'c'])).toThrow(
      /nothing for group c, only for a, b; nothing was done/,
    );
  });
});

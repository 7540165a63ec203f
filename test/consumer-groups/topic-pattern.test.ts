import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkTopicPatterns,
  MAX_SUBSCRIBED_TOPICS,
  matchesTopic,
} from '../../consumer-groups/topic-pattern.js';

describe('a topic pattern', () => {
  test.each([
    ['orders', 'orders', true],
    ['orders', 'orders2', false],
    ['orders.*', 'orders.eu', true],
    ['orders.*', 'orders.', true],
    ['orders.*', 'orders', false],
    ['*', 'anything', true],
    ['*.eu', 'orders.eu', true],
    ['*.eu', 'orders.eu.old', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*a', 'aba', true],
    ['a**b', 'ab', true],
    ['*ab*ab*', 'abab', true],
    ['*ab*ab*', 'aba', false],
  ])('%s takes %s: %s', (pattern, topic, taken) => {
    expect(matchesTopic(pattern, topic)).toBe(taken);
  });

  test('takes no internal topic, but one may be named', () => {
    expect(matchesTopic('*', '__consumer_offsets')).toBe(false);
    expect(matchesTopic('__*', '__consumer_offsets')).toBe(false);
    expect(matchesTopic('__consumer_offsets', '__consumer_offsets')).toBe(true);
  });

  test('takes what trying all ways takes', () => {
    const letters = fc.constantFrom('a', 'b');
    const name = fc.array(letters, { minLength: 1, maxLength: 10 }).map((each) => each.join(''));
    const pattern = fc.array(fc.oneof(letters, fc.constant('*')), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(pattern, name, (pieces, topic) => {
        expect(matchesTopic(pieces.join(''), topic)).toBe(tryAllWays(pieces, topic));
      }),
      { numRuns: 2000 },
    );
  });

  test('takes no time that a hostile one could draw out', () => {
    const startedMs = performance.now();
    for (let i = 0; i < 1000; i += 1) expect(matchesTopic('*a'.repeat(124), 'a'.repeat(123))).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  test.each([
    ['none', []],
    ['too many', Array.from({ length: MAX_SUBSCRIBED_TOPICS + 1 }, (_, index) => `t${index}`)],
    ['an empty one', ['']],
    ['a long one', ['*'.repeat(250)]],
    ['a character that no topic has', ['orders/(a+)+']],
  ])('is refused by naming the field: %s', (_what, topics) => {
    expect(() => checkTopicPatterns(topics)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', details: { field: 'topics' } }),
    );
  });

  test('may be as many and as long as names may be', () => {
    checkTopicPatterns(['*', '__consumer_offsets', 'orders.*', 'a'.repeat(249)]);
  });
});

function tryAllWays([first, ...rest]: readonly string[], topic: string): boolean {
  if (first === undefined) return topic === '';
  if (first !== '*') return topic.startsWith(first) && tryAllWays(rest, topic.slice(1));
  return Array.from({ length: topic.length + 1 }, (_, from) => topic.slice(from)).some((tail) =>
    tryAllWays(rest, tail),
  );
}

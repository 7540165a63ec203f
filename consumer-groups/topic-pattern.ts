/**
 * Which topics a group reads: by name, or by a pattern in which `*` stands for any characters, none included.
 *
 * Not regular expressions: what a user writes must not be able to stop the broker. The pieces between the stars are looked for from left to right, each once, without ever going back.
 */
import { isInternalTopic, nameProblem, StoreError } from '../segment-store/index.js';

/** The most names and patterns that a member may ask for. */
export const MAX_SUBSCRIBED_TOPICS = 1000;

/** Throws INVALID_ARGUMENT unless a member may ask for these. */
export function checkTopicPatterns(patterns: readonly string[]): void {
  if (patterns.length === 0) throw refused('is empty; name at least one topic or pattern');
  if (patterns.length > MAX_SUBSCRIBED_TOPICS) {
    throw refused(`has ${patterns.length} entries; at most ${MAX_SUBSCRIBED_TOPICS} are allowed`);
  }
  for (const pattern of patterns) {
    // A star stands where a character of a name could.
    const problem = nameProblem(pattern.replaceAll('*', 'a'));
    if (problem === undefined) continue;
    const shown = JSON.stringify(pattern.length > 60 ? `${pattern.slice(0, 60)}…` : pattern);
    throw refused(`holds ${shown}, which ${problem} (nor * for any characters)`);
  }
}

export function isPattern(topic: string): boolean {
  return topic.includes('*');
}

/** True if the pattern stands for the topic. Internal topics match no pattern; a name without a star matches itself, whatever it names. */
export function matchesTopic(pattern: string, topic: string): boolean {
  if (!isPattern(pattern)) return pattern === topic;
  if (isInternalTopic(topic)) return false;
  const pieces = pattern.split('*');
  const last = pieces.pop()!;
  const [first, ...between] = pieces;
  if (!topic.startsWith(first!)) return false;
  let at = first!.length;
  for (const piece of between) {
    const found = topic.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return topic.length - last.length >= at && topic.endsWith(last);
}

function refused(problem: string): StoreError<'INVALID_ARGUMENT'> {
  return new StoreError('INVALID_ARGUMENT', `topics ${problem}`, { field: 'topics' });
}

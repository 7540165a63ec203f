/** What a topic may be called. A name becomes a folder's name, so the rule is also what keeps writes inside of the data directory. */
import { StoreError } from './errors.js';

/** As in Kafka: `<name>-<partition>` must stay within the 255 bytes of a file name. */
const MAX_TOPIC_NAME_LENGTH = 249;

/** Topics of Respool itself begin with this; users may read but not create them. */
const INTERNAL_PREFIX = '__';

const ALLOWED = /^[A-Za-z0-9._-]+$/;

/** Throws INVALID_TOPIC_NAME unless a user may create a topic of this name. */
export function checkTopicName(topic: string): void {
  const problem = problemOf(topic);
  if (problem === undefined) return;
  const shown = JSON.stringify(topic.length > 60 ? `${topic.slice(0, 60)}…` : topic);
  throw new StoreError('INVALID_TOPIC_NAME', `The topic name ${shown} ${problem}`, {
    topic: topic.slice(0, 300),
  });
}

function problemOf(topic: string): string | undefined {
  if (topic.length === 0) return 'is empty; a name has 1 to 249 characters';
  if (topic.length > MAX_TOPIC_NAME_LENGTH) return `has ${topic.length} characters; at most 249 are allowed`;
  if (topic === '.' || topic === '..') return 'is a folder’s own name; choose another';
  if (!ALLOWED.test(topic)) return 'has a character that is none of A-Z a-z 0-9 . _ -';
  if (topic.startsWith(INTERNAL_PREFIX)) return 'begins with "__", which is kept for internal topics';
  return undefined;
}

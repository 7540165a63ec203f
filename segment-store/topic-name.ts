/** What a topic may be called. A name becomes a folder's name, so the rule is also what keeps writes inside of the data directory. */
import { StoreError } from './errors.js';

/** As in Kafka: `<name>-<partition>` must stay within the 255 bytes of a file name. */
const MAX_TOPIC_NAME_LENGTH = 249;

const INTERNAL_PREFIX = '__';

const ALLOWED = /^[A-Za-z0-9._-]+$/;

/** True for the name of a topic of Respool itself, whether or not there is one: users may read such a topic, but not create or change it. */
export function isInternalTopic(topic: string): boolean {
  return topic.startsWith(INTERNAL_PREFIX);
}

/** Throws INVALID_TOPIC_NAME unless a topic of this kind may be created under this name. */
export function checkTopicName(topic: string, { internal }: { internal: boolean }): void {
  const problem = nameProblem(topic) ?? kindProblemOf(topic, internal);
  if (problem === undefined) return;
  const shown = JSON.stringify(topic.length > 60 ? `${topic.slice(0, 60)}…` : topic);
  throw new StoreError('INVALID_TOPIC_NAME', `The topic name ${shown} ${problem}`, {
    topic: topic.slice(0, 300),
  });
}

/** What is wrong with a name by the rule for topics, which others may follow, in words that go behind the name; undefined: nothing. */
export function nameProblem(name: string): string | undefined {
  if (name.length === 0) return 'is empty; a name has 1 to 249 characters';
  if (name.length > MAX_TOPIC_NAME_LENGTH) return `has ${name.length} characters; at most 249 are allowed`;
  if (name === '.' || name === '..') return 'is a folder’s own name; choose another';
  if (!ALLOWED.test(name)) return 'has a character that is none of A-Z a-z 0-9 . _ -';
  return undefined;
}

function kindProblemOf(topic: string, internal: boolean): string | undefined {
  if (isInternalTopic(topic) === internal) return undefined;
  return internal
    ? 'does not begin with "__", as that of an internal topic must'
    : 'begins with "__", which is kept for internal topics';
}

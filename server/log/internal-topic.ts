/** The broker's own topics, which its clients may read but not change. */
import { isInternalTopic, StoreError } from '../../segment-store/index.js';

/** Throws INVALID_TOPIC_NAME if the name is that of a topic of the broker's own, whether or not there is one. */
export function refuseInternalTopic(topic: string): void {
  if (!isInternalTopic(topic)) return;
  const shown = JSON.stringify(topic.length > 60 ? `${topic.slice(0, 60)}…` : topic);
  const message = `The topic ${shown} belongs to the broker; it can be read but not changed`;
  throw new StoreError('INVALID_TOPIC_NAME', message, { topic: topic.slice(0, 300) });
}

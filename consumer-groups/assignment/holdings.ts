/** Who may keep what of what there is now. */
import type { TopicPartition } from '../committed-offset.js';
import { type AssignmentInput, topicsRead } from './assignor.js';

export interface Holdings {
  /** By member, in the order of the input: what it has, as far as it still exists and is still read by it. */
  held: TopicPartition[][];
  /** What somebody reads and nobody has, by topic and number. */
  free: TopicPartition[];
}

export function holdingsOf(input: AssignmentInput): Holdings {
  const topics = topicsRead(input);
  const taken = new Map(topics.map((topic) => [topic, new Uint8Array(input.partitions.get(topic)!)]));
  const held = input.members.map(({ topics: read, owned }) =>
    owned.filter(({ topic, partition }) => {
      const marks = read.has(topic) ? taken.get(topic)! : undefined;
      if (marks?.[partition] !== 0) return false;
      marks[partition] = 1;
      return true;
    }),
  );
  const free = topics.flatMap((topic) => {
    const marks = taken.get(topic)!;
    return Array.from(marks.keys())
      .filter((partition) => marks[partition] === 0)
      .map((partition) => ({ topic, partition }));
  });
  return { held, free };
}

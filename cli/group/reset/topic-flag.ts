import { usageError } from '../../failure.js';

/** A topic and which of its partitions; undefined: all. */
export interface SelectedTopic {
  topic: string;
  partitions?: readonly number[];
}

/** Collects `--topic orders` and `--topic orders:0,1,2`, as Kafka's tool takes them, for commander. */
export function collectTopics(text: string, before: readonly SelectedTopic[] = []): SelectedTopic[] {
  const [topic, numbers, ...rest] = text.split(':');
  if (!topic || rest.length > 0 || numbers?.match(/^\d{1,9}(,\d{1,9})*$/) === null) {
    throw usageError(
      `--topic is ${JSON.stringify(text)}; it must be a topic, or a topic and partitions: orders:0,1,2`,
    );
  }
  if (before.some((one) => one.topic === topic)) {
    throw usageError(`--topic ${topic} is given twice; name its partitions together: ${topic}:0,1,2`);
  }
  const partitions =
    numbers === undefined ? {} : { partitions: [...new Set(numbers.split(',').map(Number))] };
  return [...before, { topic, ...partitions }];
}

import { usageError } from '../../failure.js';

/** A topic and which of its partitions; undefined: all. */
export interface SelectedTopic {
  topic: string;
  partitions?: readonly number[];
}

/**
 * Collects `--topic orders` and `--topic orders:0,1,2`, as Kafka's tool takes them, for commander. The partitions of a topic may be spread over several flags; one that is named
 * twice is meant once.
 */
export function collectTopics(text: string, before: readonly SelectedTopic[] = []): SelectedTopic[] {
  const selected = parseSelection(text);
  const { topic } = selected;
  const same = before.find((one) => one.topic === topic);
  if (same === undefined) return [...before, selected];
  if (same.partitions === undefined || selected.partitions === undefined) {
    throw usageError(`--topic ${topic} is given twice, of which one is the whole of it; give that alone`);
  }
  const both = { topic, partitions: eachOnce([...same.partitions, ...selected.partitions]) };
  return before.map((one) => (one === same ? both : one));
}

function parseSelection(text: string): SelectedTopic {
  const [topic, numbers, ...rest] = text.split(':');
  if (!topic || rest.length > 0 || numbers?.match(/^\d{1,9}(,\d{1,9})*$/) === null) {
    throw usageError(
      `--topic is ${JSON.stringify(text)}; it must be a topic, or a topic and partitions: orders:0,1,2`,
    );
  }
  return numbers === undefined ? { topic } : { topic, partitions: eachOnce(numbers.split(',').map(Number)) };
}

function eachOnce(partitions: readonly number[]): number[] {
  return [...new Set(partitions)];
}

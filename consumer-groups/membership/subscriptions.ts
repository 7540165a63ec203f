/** Which of the topics that there are each member reads. */
import { isPattern, matchesTopic } from '../topic-pattern.js';
import type { PartitionCounts } from './topic-partitions.js';

export class Subscriptions {
  /** Members that ask for the same share one set. */
  readonly #topics = new Map<string, ReadonlySet<string>>();

  constructor(private readonly counts: PartitionCounts) {}

  /** The topics that names and patterns, sorted, stand for now. */
  topics(patterns: readonly string[]): ReadonlySet<string> {
    const key = patterns.join();
    let topics = this.#topics.get(key);
    if (topics === undefined) {
      topics = new Set(patterns.flatMap((pattern) => this.#matching(pattern)));
      this.#topics.set(key, topics);
    }
    return topics;
  }

  #matching(pattern: string): string[] {
    if (!isPattern(pattern)) return this.counts.has(pattern) ? [pattern] : [];
    return [...this.counts.keys()].filter((topic) => matchesTopic(pattern, topic));
  }
}

/** Forgets committed offsets of topics that are gone: a new topic of the same name must not inherit them. */
import { type LogStore, Mutex } from '../../segment-store/index.js';
import type { TopicPartition } from '../committed-offset.js';
import type { GroupEventListener } from '../group-event.js';
import type { GroupStore } from '../group-store.js';

export class DeletedTopics {
  /** Orders looks at the topics, which is not to wait for anything else: the name may be taken again soon. */
  readonly #looking = new Mutex();
  /** How many partitions each topic had at the last look. */
  #counts: ReadonlyMap<string, number> = new Map();
  /** Topics that went since the last {@link lookAgain}, or whose offsets could not be forgotten. */
  readonly #gone = new Set<string>();

  constructor(
    private readonly log: LogStore,
    private readonly store: GroupStore,
    private readonly emit: GroupEventListener,
  ) {}

  /** Forgets whatever belongs to no partition that there is. */
  forgetAll(): Promise<void> {
    return this.#look(async (counts) => {
      await this.#forget(({ topic, partition }) => partition >= (counts.get(topic) ?? 0));
    });
  }

  /** Called by whoever has just deleted a topic, before its name can be taken again. */
  async forget(name: string): Promise<void> {
    await this.#forget(({ topic }) => topic === name);
  }

  /** Called soon after a topic may have gone. */
  forgetGone(): Promise<void> {
    return this.#look(async (counts, before) => {
      // One that has fewer partitions than it had is another one.
      const gone = [...before].filter(([topic, count]) => (counts.get(topic) ?? 0) < count);
      if (gone.length === 0) return;
      const names = new Set(gone.map(([topic]) => topic));
      for (const name of names) this.#gone.add(name);
      await this.#forget(({ topic }) => names.has(topic));
    });
  }

  /** For commits that were under way when their topic went, and came behind {@link forgetGone}, and for what failed. */
  lookAgain(): Promise<void> {
    return this.#look(async (counts) => {
      const gone = new Set([...this.#gone].filter((topic) => !counts.has(topic)));
      this.#gone.clear();
      if (gone.size > 0) await this.#forget(({ topic }) => gone.has(topic));
    });
  }

  #look(
    work: (counts: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>) => Promise<void>,
  ): Promise<void> {
    return this.#looking.run(async () => {
      const topics = await this.log.describeTopics();
      const before = this.#counts;
      this.#counts = new Map(topics.map(({ topic, partitions }) => [topic, partitions.length]));
      await work(this.#counts, before);
    });
  }

  /**
   * In every group, those with members too. All writes are under way before anything else can happen, so that what is committed to a new topic of the name comes
   * behind them. A group that cannot be written does not keep the others from it.
   */
  async #forget(isGone: (partition: TopicPartition) => boolean): Promise<void> {
    const writes = [...this.store.groups()].map((group) => {
      const gone = [...this.store.offsets(group)].filter(isGone);
      return gone.length === 0 ? undefined : this.#forgetIn(group, gone);
    });
    await Promise.all(writes);
  }

  async #forgetIn(group: string, gone: readonly TopicPartition[]): Promise<void> {
    try {
      await this.store.write(
        gone.map(({ topic, partition }) => ({
          kind: 'offset',
          group,
          topic,
          partition,
          committed: undefined,
        })),
      );
      this.emit({ event: 'deleted-topics-forgotten', group, partitions: gone.length });
    } catch (error) {
      for (const { topic } of gone) this.#gone.add(topic);
      const doing = `forgetting offsets of ${group} for deleted topics`;
      this.emit({ event: 'background-error', doing, error: error as Error });
    }
  }
}

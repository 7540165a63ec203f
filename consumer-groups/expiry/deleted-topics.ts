/** Forgets committed offsets of topics that are gone: a new topic of the same name must not inherit them. */
import type { LogStore } from '../../segment-store/index.js';
import type { GroupEventListener } from '../group-event.js';
import type { GroupChange, GroupStore } from '../group-store.js';

export class DeletedTopics {
  constructor(
    private readonly log: LogStore,
    private readonly store: GroupStore,
    private readonly emit: GroupEventListener,
  ) {}

  /** Looks at every group once, those with members too. One that cannot be written does not keep the others from it. */
  async run(): Promise<void> {
    const topics = await this.log.describeTopics();
    const counts = new Map(topics.map(({ topic, partitions }) => [topic, partitions.length]));
    // What is gone is decided in one step with the look at the topics; what is committed to a new topic meanwhile comes behind these writes.
    const writes = [...this.store.groups()].flatMap((group) => {
      const changes = this.#changes(group, counts);
      return changes.length === 0 ? [] : [this.#forget(group, changes)];
    });
    await Promise.all(writes);
  }

  #changes(group: string, counts: ReadonlyMap<string, number>): GroupChange[] {
    const changes: GroupChange[] = [];
    for (const { topic, partition } of this.store.offsets(group)) {
      if (partition < (counts.get(topic) ?? 0)) continue;
      changes.push({ kind: 'offset', group, topic, partition, committed: undefined });
    }
    return changes;
  }

  async #forget(group: string, changes: readonly GroupChange[]): Promise<void> {
    try {
      await this.store.write(changes);
      this.emit({ event: 'deleted-topics-forgotten', group, partitions: changes.length });
    } catch (error) {
      const doing = `forgetting offsets of ${group} for deleted topics`;
      this.emit({ event: 'background-error', doing, error: error as Error });
    }
  }
}

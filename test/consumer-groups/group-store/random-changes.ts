/** Changes of all kinds, from a seed. */
import type { GroupChange } from '../../../consumer-groups/group-store.js';
import { SeededRandom } from '../../simulation/seeded-random.js';

export interface ChangeRange {
  groups: number;
  topics: number;
  partitions: number;
}

export class RandomChanges {
  readonly #random: SeededRandom;
  #made = 0;

  constructor(
    seed: number,
    private readonly range: ChangeRange = { groups: 4, topics: 3, partitions: 6 },
  ) {
    this.#random = new SeededRandom(seed);
  }

  /** So many changes, for one write. Every value differs from all others. */
  write(count: number): GroupChange[] {
    return Array.from({ length: count }, () => this.#change());
  }

  #change(): GroupChange {
    this.#made += 1;
    const group = `group-${this.#random.between(0, this.range.groups)}`;
    const topic = `topic-${this.#random.between(0, this.range.topics)}`;
    const partition = this.#random.between(0, this.range.partitions);
    const kind = this.#random.between(0, 20);
    if (kind === 0) return { kind: 'offset', group, topic, partition, committed: undefined };
    if (kind === 1) {
      const emptySinceMs = this.#random.between(0, 2) === 0 ? undefined : this.#made;
      return { kind: 'group', group, state: { generation: this.#made, emptySinceMs } };
    }
    if (kind === 2) return { kind: 'group', group, state: undefined };
    if (kind === 3) return this.#snapshot(group);
    const metadata = kind === 4 ? 'é'.repeat(this.#random.between(0, 500)) : '';
    const committed = {
      offset: this.#made,
      leaderEpoch: 0,
      metadata,
      committedMs: 1_700_000_000_000 + this.#made,
    };
    return { kind: 'offset', group, topic, partition, committed };
  }

  #snapshot(group: string): GroupChange {
    const name = `snapshot-${this.#random.between(0, 3)}`;
    if (this.#random.between(0, 4) === 0) return { kind: 'snapshot', group, name, snapshot: undefined };
    const offsets = Array.from({ length: this.#random.between(0, 300) }, (_, at) => ({
      topic: `topic-${at % 3}`,
      partition: at,
      offset: this.#made + at,
    }));
    const snapshot = { group, name, createdMs: this.#made, pinsRetention: this.#made % 2 === 0, offsets };
    return { kind: 'snapshot', group, name, snapshot };
  }
}

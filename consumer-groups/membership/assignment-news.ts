/** What a member is still to be told of its assignment. What it has not fetched yet is told together, so that a member that does not listen holds little. */
import type { TopicPartition } from '../committed-offset.js';
import type { AssignedPartition, MemberEvent } from '../member.js';
import { partitionName } from '../partition-name.js';

export type AssignmentEvent = Extract<MemberEvent, { event: 'assignment' }>;

export class AssignmentNews {
  readonly #pending: PendingNews[] = [];

  /** Adds to what was not taken yet, unless that would tell of a partition in no order: what came first must be told first. */
  add({ generation, assigned, revoked, lost }: Omit<AssignmentEvent, 'event'>): void {
    let last = this.#pending.at(-1);
    const clash = (partition: TopicPartition) => last?.isTold(partition);
    if (
      last === undefined ||
      [...revoked, ...lost].some(clash) ||
      assigned.some((one) => last?.isEnding(one))
    ) {
      last = new PendingNews();
      this.#pending.push(last);
    }
    last.generation = generation;
    // One that was assigned before and not told: only the newer generation counts.
    for (const one of assigned) last.assigned.set(nameOf(one), one);
    for (const one of revoked) last.revoked.set(nameOf(one), one);
    for (const one of lost) last.lost.set(nameOf(one), one);
  }

  take(): AssignmentEvent | undefined {
    const first = this.#pending.shift();
    if (first === undefined) return undefined;
    const { generation, assigned, revoked, lost } = first;
    return {
      event: 'assignment',
      generation,
      assigned: [...assigned.values()],
      revoked: [...revoked.values()],
      lost: [...lost.values()],
    };
  }
}

class PendingNews {
  generation = 0;
  readonly assigned = new Map<string, AssignedPartition>();
  readonly revoked = new Map<string, TopicPartition>();
  readonly lost = new Map<string, TopicPartition>();

  isTold(partition: TopicPartition): boolean {
    return this.assigned.has(nameOf(partition)) || this.isEnding(partition);
  }

  isEnding(partition: TopicPartition): boolean {
    return this.revoked.has(nameOf(partition)) || this.lost.has(nameOf(partition));
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return partitionName(topic, partition);
}

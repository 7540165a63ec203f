import type { NewCommit } from './committed-offset.js';
import type { GroupChange } from './group-store.js';

/** What moves a group to these offsets: one change for each, made at `committedMs`. */
export function offsetChanges(
  group: string,
  commits: readonly NewCommit[],
  committedMs: number,
): GroupChange[] {
  return commits.map(({ topic, partition, offset, leaderEpoch, metadata }) => ({
    kind: 'offset',
    group,
    topic,
    partition,
    committed: { offset, leaderEpoch, metadata, committedMs },
  }));
}

/** An offset that nobody has read up to, but that was chosen. */
export function chosenOffset({
  topic,
  partition,
  offset,
}: Omit<NewCommit, 'leaderEpoch' | 'metadata'>): NewCommit {
  return { topic, partition, offset, leaderEpoch: 0, metadata: '' };
}

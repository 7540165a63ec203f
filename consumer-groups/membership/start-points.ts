/** Where those begin to whom partitions are to be given. */
import type { LogStore } from '../../segment-store/index.js';
import { startOffset } from '../delivery/start-offset.js';
import type { GroupStore } from '../group-store.js';
import type { AssignedPartition } from '../member.js';
import { boundsIfThere } from '../progress/partition-bounds.js';
import type { DuePartition } from './group-state.js';
import type { Membership } from './membership.js';

/** A place to begin, or why there is none. */
export type StartPoint =
  | ({ due: DuePartition } & Pick<AssignedPartition, 'startOffset' | 'committedOffset'>)
  | { due: DuePartition; error: unknown };

/** Undefined: the partition is not in the log any more. Never rejects because of the member's reset policy: that is part of the answer. */
export async function startPoint(
  { store, groups }: { store: LogStore; groups: GroupStore },
  { terms: { group, offsetReset } }: Membership,
  due: DuePartition,
): Promise<StartPoint | undefined> {
  const { topic, partition } = due;
  const range = await boundsIfThere(store, topic, partition);
  if (range === undefined) return undefined;
  const committedOffset = groups.committed(group, topic, partition)?.offset;
  try {
    const place = { group, topic, partition };
    return { due, startOffset: startOffset(place, committedOffset, range, offsetReset), committedOffset };
  } catch (error) {
    return { due, error };
  }
}

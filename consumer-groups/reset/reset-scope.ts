/** Which partitions of a group a reset is about, and where each is to go if the request says so one by one. Pure functions. */
import { StoreError } from '../../segment-store/index.js';
import type { TopicPartition } from '../committed-offset.js';
import { partitionName } from '../partition-name.js';
import { byPlace } from '../partition-order.js';
import type { PlannedOffset, TopicSelection } from './reset-plan.js';

export interface ScopedPartition extends TopicPartition {
  /** Its own target; undefined: that of the request. */
  offset: number | undefined;
}

/** How many partitions each topic has that there is. */
export type PartitionCounts = ReadonlyMap<string, number>;

/** The partitions that are selected, in order, each once. TOPIC_NOT_FOUND, PARTITION_NOT_FOUND. */
export function selectedPartitions(
  selections: readonly TopicSelection[],
  counts: PartitionCounts,
): ScopedPartition[] {
  const selected = new Map<string, ScopedPartition>();
  for (const { topic, partitions } of selections) {
    for (const partition of partitions ?? Array(countOf(topic, counts)).keys()) {
      checkThere({ topic, partition }, counts);
      selected.set(partitionName(topic, partition), { topic, partition, offset: undefined });
    }
  }
  return [...selected.values()].sort(byPlace);
}

/** Those with a committed offset, in order. One whose topic is gone has nowhere to go, and is passed over: its offset is on its way out too. */
export function committedPartitions(
  committed: Iterable<TopicPartition>,
  counts: PartitionCounts,
): ScopedPartition[] {
  const there: ScopedPartition[] = [];
  for (const { topic, partition } of committed) {
    if (partition < (counts.get(topic) ?? 0)) there.push({ topic, partition, offset: undefined });
  }
  return there.sort(byPlace);
}

/**
 * Those of a snapshot, in order, as far as they are selected. TOPIC_NOT_FOUND if one of them is gone: the position that was asked for cannot be had as a whole; who wants
 * the rest of it names the topics.
 */
export function snapshotPartitions(
  offsets: readonly (TopicPartition & { offset: number })[],
  selections: readonly TopicSelection[] | undefined,
  counts: PartitionCounts,
): ScopedPartition[] {
  const selected =
    selections &&
    new Set(selectedPartitions(selections, counts).map((one) => partitionName(one.topic, one.partition)));
  const scoped = offsets.filter(
    ({ topic, partition }) => selected?.has(partitionName(topic, partition)) ?? true,
  );
  for (const partition of scoped) {
    if (!counts.has(partition.topic)) throw goneSince(partition.topic);
    checkThere(partition, counts);
  }
  return [...scoped].sort(byPlace);
}

/** Those that a plan names for the group, in order. INVALID_ARGUMENT if it names one twice, TOPIC_NOT_FOUND, PARTITION_NOT_FOUND. */
export function plannedPartitions(
  group: string,
  offsets: readonly PlannedOffset[],
  counts: PartitionCounts,
): ScopedPartition[] {
  const planned = new Map<string, ScopedPartition>();
  for (const { group: owner = group, topic, partition, offset } of offsets) {
    if (owner !== group) continue;
    const name = partitionName(topic, partition);
    if (planned.has(name)) {
      const message = `The offsets name ${name} twice for the group "${group}"`;
      throw new StoreError('INVALID_ARGUMENT', message, { field: 'offsets' });
    }
    checkThere({ topic, partition }, counts);
    planned.set(name, { topic, partition, offset });
  }
  return [...planned.values()].sort(byPlace);
}

function goneSince(topic: string): StoreError<'TOPIC_NOT_FOUND'> {
  const message = `The topic "${topic}" was deleted since the snapshot was taken; to reset the others, name them`;
  return new StoreError('TOPIC_NOT_FOUND', message, { topic });
}

function checkThere({ topic, partition }: TopicPartition, counts: PartitionCounts): void {
  const partitions = countOf(topic, counts);
  if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return;
  const message = `The topic "${topic}" has no partition ${partition}; it has 0 to ${partitions - 1}`;
  throw new StoreError('PARTITION_NOT_FOUND', message, { topic, partition, partitions });
}

function countOf(topic: string, counts: PartitionCounts): number {
  const count = counts.get(topic);
  if (count === undefined) {
    throw new StoreError('TOPIC_NOT_FOUND', `There is no topic "${topic}"`, { topic });
  }
  return count;
}

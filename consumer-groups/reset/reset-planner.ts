/** Looks up what a reset needs to know, and plans it. Touches nothing. */
import { Gate, type LogStore, StoreError } from '../../segment-store/index.js';
import type { GroupStore, StoredSnapshot } from '../group-store.js';
import { groupNotFound, snapshotNotFound } from '../refusals.js';
import { offsetsBetween, type PartitionTarget, planPartition } from './partition-plan.js';
import type { PlannedReset, ResetRequest } from './reset-plan.js';
import {
  committedPartitions,
  type PartitionCounts,
  plannedPartitions,
  type ScopedPartition,
  selectedPartitions,
  snapshotPartitions,
} from './reset-scope.js';

/** Looks into the log, of all resets at a time. */
const MAX_LOOKUPS = 8;

export interface GroupResetPlan {
  group: string;
  /** By topic and partition; empty if there is nothing that the request is about. */
  resets: PlannedReset[];
}

export class ResetPlanner {
  readonly #lookups = new Gate(MAX_LOOKUPS);

  constructor(
    private readonly log: LogStore,
    private readonly store: GroupStore,
  ) {}

  /** The plans in the order of the groups, or the first thing that keeps any of them from being carried out. */
  async plan(groups: readonly string[], request: ResetRequest): Promise<GroupResetPlan[]> {
    const topics = await this.log.describeTopics();
    const counts = new Map(topics.map(({ topic, partitions }) => [topic, partitions.length]));
    const scopes = groups.map((group) => this.#scope(group, request, counts));
    const plans: GroupResetPlan[] = [];
    for (const [n, group] of groups.entries()) {
      const resets = await Promise.all(
        scopes[n]!.map((partition) => this.#lookups.run(() => this.#plan(group, partition, request))),
      );
      plans.push({ group, resets });
    }
    return plans;
  }

  #scope(
    group: string,
    { groups, topics, target }: ResetRequest,
    counts: PartitionCounts,
  ): ScopedPartition[] {
    if (target.to === 'snapshot') {
      return snapshotPartitions(this.#snapshot(target.group ?? group, target.name).offsets, topics, counts);
    }
    if (target.to === 'offsets') {
      const planned = plannedPartitions(group, target.offsets, counts);
      if (planned.length === 0 && groups !== 'all') throw nothingPlanned(group);
      return planned;
    }
    if (topics !== undefined) return selectedPartitions(topics, counts);
    if (!this.store.has(group)) throw unnamedTopics(group);
    return committedPartitions(this.store.offsets(group), counts);
  }

  #snapshot(group: string, name: string): StoredSnapshot {
    if (!this.store.has(group)) throw groupNotFound(group);
    const snapshot = this.store.snapshot(group, name);
    if (snapshot === undefined) throw snapshotNotFound(group, name);
    return snapshot;
  }

  async #plan(
    group: string,
    { topic, partition, offset }: ScopedPartition,
    request: ResetRequest,
  ): Promise<PlannedReset> {
    const target: PartitionTarget =
      offset === undefined ? await this.#target(topic, partition, request) : { to: 'offset', offset };
    // Behind the look for a time, which never finds anything beyond what this says then.
    const { logStartOffset, highWatermark } = await this.log.bounds(topic, partition);
    const committed = this.store.committed(group, topic, partition)?.offset;
    const position = { group, topic, partition, committed, logStartOffset, highWatermark };
    const planned = planPartition(position, target);
    const { startOffset, endOffset } = offsetsBetween(planned);
    return { ...planned, bytes: await this.log.sizeBetween(topic, partition, startOffset, endOffset) };
  }

  async #target(topic: string, partition: number, { target }: ResetRequest): Promise<PartitionTarget> {
    switch (target.to) {
      case 'time': {
        const found = await this.log.findByTime(topic, partition, target.timestampMs);
        return { to: 'found', offset: found?.offset };
      }
      case 'snapshot':
      case 'offsets':
        throw new Error(`the scope gives ${topic}-${partition} no offset`);
      default:
        return target;
    }
  }
}

function nothingPlanned(group: string): StoreError<'INVALID_ARGUMENT'> {
  return new StoreError('INVALID_ARGUMENT', `The offsets name none for the group "${group}"`, {
    field: 'offsets',
  });
}

function unnamedTopics(group: string): StoreError<'INVALID_ARGUMENT'> {
  const message = `The group "${group}" has no committed offsets that would say which topics are meant; name them`;
  return new StoreError('INVALID_ARGUMENT', message, { field: 'topics' });
}

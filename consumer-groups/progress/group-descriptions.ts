/** A group as it is now: members, committed offsets, lag. */
import { type Clock, Gate, isStoreError, type LogStore } from '../../segment-store/index.js';
import type { ActiveGroup, ActiveGroups } from '../active-groups.js';
import type { TopicPartition } from '../committed-offset.js';
import type { GroupStore } from '../group-store.js';
import type { GroupDescription, PartitionProgress } from '../groups.js';
import type { KnownGroups } from '../known-groups.js';
import { partitionName } from '../partition-name.js';
import { byPlace } from '../partition-order.js';
import { lagOf } from './lag.js';
import { boundsIfThere } from './partition-bounds.js';

/** Looks into the log for ages, of all descriptions at a time. */
const MAX_AGE_LOOKUPS = 8;

export class GroupDescriptions {
  readonly #ageLookups = new Gate(MAX_AGE_LOOKUPS);

  constructor(
    private readonly log: LogStore,
    private readonly store: GroupStore,
    private readonly active: ActiveGroups,
    private readonly known: KnownGroups,
    private readonly clock: Clock,
  ) {}

  /** See `Groups.describe`. */
  async describe(group: string, withAge: boolean): Promise<GroupDescription> {
    this.known.check(group);
    const active = this.active.active(group);
    const state = this.store.state(group);
    return {
      group,
      state: active?.state ?? 'empty',
      generation: active?.generation ?? state?.generation ?? 0,
      assignor: active?.assignor,
      emptySinceMs: active === undefined ? state?.emptySinceMs : undefined,
      members: active?.members ?? [],
      partitions: await this.#progress(this.#partitions(group, active), withAge),
    };
  }

  #partitions(group: string, active: ActiveGroup | undefined): KnownPartition[] {
    const found = new Map<string, KnownPartition>();
    for (const { topic, partition, committed } of this.store.offsets(group)) {
      found.set(partitionName(topic, partition), { topic, partition, committed, memberId: undefined });
    }
    for (const { memberId, owned } of active?.members ?? []) {
      for (const { topic, partition } of owned) {
        const name = partitionName(topic, partition);
        found.set(name, { topic, partition, committed: found.get(name)?.committed, memberId });
      }
    }
    return [...found.values()].sort(byPlace);
  }

  async #progress(partitions: readonly KnownPartition[], withAge: boolean): Promise<PartitionProgress[]> {
    const progress = await Promise.all(partitions.map((partition) => this.#progressOf(partition, withAge)));
    return progress.filter((one) => one !== undefined);
  }

  /** Undefined: the partition is gone. */
  async #progressOf(known: KnownPartition, withAge: boolean): Promise<PartitionProgress | undefined> {
    const bounds = await boundsIfThere(this.log, known.topic, known.partition);
    if (bounds === undefined) return undefined;
    const { logStartOffset, highWatermark } = bounds;
    const lag = lagOf(known.committed?.offset, bounds);
    const next = Math.max(known.committed?.offset ?? logStartOffset, logStartOffset);
    const lagMs = withAge && next < highWatermark ? await this.#age(known, next) : undefined;
    return { ...known, logStartOffset, highWatermark, lag, lagMs };
  }

  /** Milliseconds since the record was written; undefined: it is gone meanwhile, or damage hides its time. */
  async #age({ topic, partition }: TopicPartition, offset: number): Promise<number | undefined> {
    try {
      const writtenMs = await this.#ageLookups.run(() => this.log.timeAt(topic, partition, offset));
      // Its producer's clock may be ahead of ours.
      return writtenMs === undefined ? undefined : Math.max(0, this.clock.wallMs() - writtenMs);
    } catch (error) {
      if (AGELESS.some((code) => isStoreError(error, code))) return undefined;
      throw error;
    }
  }
}

const AGELESS = ['OFFSET_OUT_OF_RANGE', 'CORRUPT_BATCH', 'TOPIC_NOT_FOUND'] as const;

type KnownPartition = Pick<PartitionProgress, 'topic' | 'partition' | 'committed' | 'memberId'>;

/**
 * The commits of one member: judged in the order in which they were made, each partition for itself; what is accepted goes into one write.
 *
 * A commit is judged and handed to the store in one step, without a pause between. So it lies before or behind everything else that is handed to the store about its partition: the generation in
 * which the next owner is given it is written behind all commits that were accepted from the last one, and when that write resolves, the start offset reflects them.
 */
import { type Clock, type LogStore, StoreError } from '../../segment-store/index.js';
import { checkCommit } from '../commit-check.js';
import type { LogRange } from '../delivery/start-offset.js';
import { GroupError } from '../errors.js';
import type { GroupEventListener } from '../group-event.js';
import type { GroupStore } from '../group-store.js';
import type { KnownGroups } from '../known-groups.js';
import type { MemberCommit, RefusedCommit } from '../member.js';
import { offsetChanges } from '../offset-change.js';
import type { GroupOptions } from '../options.js';
import { partitionName } from '../partition-name.js';
import { boundsIfThere } from '../progress/partition-bounds.js';
import type { Ownership } from './group-state.js';

export interface CommitContext {
  group: string;
  store: LogStore;
  groups: GroupStore;
  known: KnownGroups;
  options: GroupOptions;
  clock: Clock;
  emit: GroupEventListener;
}

/** What the member knows of a partition. */
export interface CommitterView {
  /** Undefined: it is not the member's. */
  owned: (topic: string, partition: number) => Ownership | undefined;
  /** The partition's ends as far as they were seen; undefined: they were not. */
  range: (topic: string, partition: number) => LogRange | undefined;
}

type CommitError = RefusedCommit['error'];

/** By partition; or why its ends are not known. */
type Ranges = ReadonlyMap<string, LogRange | CommitError>;

export class MemberCommits {
  constructor(
    private readonly context: CommitContext,
    private readonly member: CommitterView,
  ) {}

  /** What is needed to judge these. */
  async ranges(offsets: readonly MemberCommit[]): Promise<Ranges> {
    const ranges = new Map<string, LogRange | CommitError>();
    for (const { topic, partition, offset } of offsets) {
      // Who asks for partitions of others learns nothing of them.
      if (this.member.owned(topic, partition) === undefined) continue;
      const seen = this.member.range(topic, partition);
      const isEnough = seen !== undefined && offset <= seen.highWatermark;
      const range = isEnough ? seen : await this.#lookUp(topic, partition);
      if (range !== undefined) ranges.set(partitionName(topic, partition), range);
    }
    return ranges;
  }

  /** Judges and hands to the store before it returns; resolves with what was refused when all else is durable. */
  async write(offsets: readonly MemberCommit[], ranges: Ranges): Promise<RefusedCommit[]> {
    const refused: RefusedCommit[] = [];
    const accepted = new Map<string, MemberCommit>();
    /** Partitions without a committed offset so far. */
    let added = 0;
    for (const offset of offsets) {
      const name = partitionName(offset.topic, offset.partition);
      const isAdded = !accepted.has(name) && this.#isNew(offset);
      const error = this.#problem(offset, ranges.get(name), isAdded ? added + 1 : added);
      if (error !== undefined) {
        refused.push(refusal(offset, error));
        continue;
      }
      accepted.set(name, offset);
      if (isAdded) added += 1;
    }
    if (accepted.size > 0) refused.push(...(await this.#store([...accepted.values()])));
    for (const { error } of refused) {
      this.context.emit({ event: 'commit-refused', group: this.context.group, code: error.code });
    }
    return refused;
  }

  async #lookUp(topic: string, partition: number): Promise<LogRange | CommitError | undefined> {
    try {
      return await boundsIfThere(this.context.store, topic, partition);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return error;
    }
  }

  #isNew({ topic, partition }: MemberCommit): boolean {
    return this.context.groups.committed(this.context.group, topic, partition) === undefined;
  }

  #problem(
    commit: MemberCommit,
    range: LogRange | CommitError | undefined,
    added: number,
  ): CommitError | undefined {
    const { group, known, options } = this.context;
    const { topic, partition, generation } = commit;
    const ownership = this.member.owned(topic, partition);
    if (ownership === undefined || range === undefined) return notOwned(group, topic, partition);
    if (ownership.generation !== generation) return staleGeneration(group, commit, ownership.generation);
    if (isRefusal(range)) return range;
    return refusalOf(() => {
      checkCommit(commit, range, options.maxCommitMetadataBytes);
      known.checkOffsets(added);
    });
  }

  async #store(accepted: readonly MemberCommit[]): Promise<RefusedCommit[]> {
    const { group, groups, clock } = this.context;
    try {
      await groups.write(offsetChanges(group, accepted, clock.wallMs()));
      return [];
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return accepted.map((one) => refusal(one, error));
    }
  }
}

function isRefusal(error: unknown): error is CommitError {
  return error instanceof StoreError || error instanceof GroupError;
}

function refusalOf(check: () => void): CommitError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return error;
  }
}

function refusal({ topic, partition }: MemberCommit, error: CommitError): RefusedCommit {
  return { topic, partition, error };
}

function notOwned(group: string, topic: string, partition: number): GroupError {
  const message = `${partitionName(topic, partition)} is not the member's`;
  return new GroupError('PARTITION_NOT_OWNED', message, { group, topic, partition });
}

function staleGeneration(group: string, commit: MemberCommit, currentGeneration: number): GroupError {
  const { topic, partition, generation } = commit;
  const message = `The commit for ${partitionName(topic, partition)} has generation ${generation}; the member was given it in ${currentGeneration}`;
  const details = { group, topic, partition, generation, currentGeneration };
  return new GroupError('STALE_GENERATION', message, details);
}

/** Commits from outside of a group, for groups without members. */
import { type Clock, type LogStore, StoreError } from '../segment-store/index.js';
import type { ActiveGroups } from './active-groups.js';
import { checkCommit } from './commit-check.js';
import type { NewCommit } from './committed-offset.js';
import type { GroupStore } from './group-store.js';
import type { KnownGroups } from './known-groups.js';
import { offsetChanges } from './offset-change.js';
import type { GroupOptions } from './options.js';
import { partitionName } from './partition-name.js';

export class OutsideCommits {
  constructor(
    private readonly log: LogStore,
    private readonly store: GroupStore,
    private readonly active: ActiveGroups,
    private readonly known: KnownGroups,
    private readonly clock: Clock,
    private readonly options: Pick<GroupOptions, 'maxCommitMetadataBytes'>,
  ) {}

  /** See `Groups.commit`. */
  async commit(group: string, offsets: readonly NewCommit[]): Promise<void> {
    checkDistinct(offsets);
    this.known.checkMayBe([group]);
    await this.active.whileEmpty(group, async () => {
      for (const offset of offsets) await this.#check(offset);
      this.known.checkMayBe([group]);
      this.known.checkOffsets(offsets.filter((one) => this.#isNew(group, one)).length);
      await this.store.write(offsetChanges(group, offsets, this.clock.wallMs()));
    });
  }

  async #check(offset: NewCommit): Promise<void> {
    const bounds = await this.log.bounds(offset.topic, offset.partition);
    checkCommit(offset, bounds, this.options.maxCommitMetadataBytes);
  }

  #isNew(group: string, { topic, partition }: NewCommit): boolean {
    return this.store.committed(group, topic, partition) === undefined;
  }
}

function checkDistinct(offsets: readonly NewCommit[]): void {
  if (offsets.length === 0) {
    throw new StoreError('INVALID_ARGUMENT', 'At least one offset must be named', { field: 'offsets' });
  }
  const named = new Set<string>();
  for (const { topic, partition } of offsets) {
    const name = partitionName(topic, partition);
    if (named.has(name)) {
      throw new StoreError('INVALID_ARGUMENT', `${name} is named twice`, { field: 'offsets' });
    }
    named.add(name);
  }
}

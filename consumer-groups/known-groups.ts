/** Which groups there are: those of which anything is stored, and those that have members. */
import { StoreError } from '../segment-store/index.js';
import type { ActiveGroups } from './active-groups.js';
import { checkGroupName } from './group-name.js';
import type { GroupStore } from './group-store.js';
import type { GroupOptions } from './options.js';
import { groupNotFound } from './refusals.js';

export class KnownGroups {
  constructor(
    private readonly store: GroupStore,
    private readonly active: ActiveGroups,
    private readonly options: Pick<GroupOptions, 'maxGroups' | 'maxCommittedOffsets'>,
  ) {}

  /** All names, in order. */
  names(): string[] {
    return [...this.#all()].sort();
  }

  has(group: string): boolean {
    return this.store.has(group) || this.active.active(group) !== undefined;
  }

  /** Throws GROUP_NOT_FOUND. */
  check(group: string): void {
    if (!this.has(group)) throw groupNotFound(group);
  }

  /** Throws unless the groups are there or may come into being: INVALID_GROUP_NAME, TOO_MANY. */
  checkMayBe(groups: readonly string[]): void {
    const added = groups.filter((group) => !this.has(group));
    if (added.length === 0) return;
    for (const group of added) checkGroupName(group);
    const { maxGroups: limit } = this.options;
    const { size } = this.#all();
    if (size + added.length <= limit) return;
    const message = `There are ${size} groups; ${added.length} more would go past the limit (maxGroups) of ${limit}`;
    throw new StoreError('TOO_MANY', message, { what: 'groups', limit });
  }

  /** Throws TOO_MANY unless so many committed offsets more may be kept. */
  checkOffsets(added: number): void {
    const { maxCommittedOffsets: limit } = this.options;
    if (added === 0 || this.store.totalOffsets + added <= limit) return;
    const message = `There are ${this.store.totalOffsets} committed offsets; ${added} more would go past the limit (maxCommittedOffsets) of ${limit}`;
    throw new StoreError('TOO_MANY', message, { what: 'committed offsets', limit });
  }

  #all(): Set<string> {
    return new Set([...this.store.groups(), ...this.active.groups()]);
  }
}

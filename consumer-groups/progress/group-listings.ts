/** All groups in a line each. */
import { setImmediate } from 'node:timers/promises';
import type { LogStore } from '../../segment-store/index.js';
import type { ActiveGroups } from '../active-groups.js';
import type { GroupStore } from '../group-store.js';
import type { GroupListing } from '../groups.js';
import type { KnownGroups } from '../known-groups.js';
import { lagOf } from './lag.js';
import { BoundsLookup } from './partition-bounds.js';

export class GroupListings {
  constructor(
    private readonly log: LogStore,
    private readonly store: GroupStore,
    private readonly active: ActiveGroups,
    private readonly known: KnownGroups,
  ) {}

  /** See `Groups.list`. Each group is seen at one moment, not all at the same. */
  async list(): Promise<GroupListing[]> {
    const bounds = new BoundsLookup(this.log);
    const listings: GroupListing[] = [];
    for (const group of this.known.names()) {
      if (!this.known.has(group)) continue;
      listings.push(await this.#listing(group, bounds));
      // Others get their turn: there may be a million offsets.
      await setImmediate();
    }
    return listings;
  }

  async #listing(group: string, bounds: BoundsLookup): Promise<GroupListing> {
    const active = this.active.active(group);
    const offsets = [...this.store.offsets(group)];
    let lag = 0;
    for (const { topic, partition, committed } of offsets) {
      const found = await bounds.of(topic, partition);
      if (found !== undefined) lag += lagOf(committed.offset, found);
    }
    return {
      group,
      state: active?.state ?? 'empty',
      members: active?.members.length ?? 0,
      generation: active?.generation ?? this.store.state(group)?.generation ?? 0,
      partitions: offsets.length,
      lag,
    };
  }
}

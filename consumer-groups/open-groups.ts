/** Opens the groups of a broker. */
import type { Clock, LogStore } from '../segment-store/index.js';
import type { GroupEventListener } from './group-event.js';
import type { Groups } from './groups.js';
import { JournaledGroups } from './journaled-groups.js';
import { Coordinator } from './membership/coordinator.js';
import { openGroupStore } from './open-group-store.js';
import type { GroupOptions } from './options.js';

export interface GroupsEnvironment {
  /** The log that groups read, and that their journal lies in. It must stay open until the groups are closed. */
  store: LogStore;
  options: GroupOptions;
  clock: Clock;
  emit: GroupEventListener;
  /** The groups cannot go on. Called at most once; whoever is told must end the process, whose next start recovers. */
  onFatal: (error: Error) => void;
}

/**
 * Opens what is stored, places the pins of snapshots, and begins to look after the groups. The log may delete records again once this has resolved, not before: see
 * `StoreEnvironment.beforeCleanup`. Rejects as {@link openGroupStore}, and then nothing is left open.
 */
export async function openGroups(environment: GroupsEnvironment): Promise<Groups> {
  const { store: log, options, clock, emit } = environment;
  const store = await openGroupStore(environment);
  const active = new Coordinator({ store: log, groups: store, options, clock, emit });
  const groups = new JournaledGroups({ log, store, active, options, clock, emit });
  try {
    await groups.open();
    return groups;
  } catch (error) {
    await groups.close();
    throw error;
  }
}

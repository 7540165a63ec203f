/** Group stores on a folder of the test's own, with the log beneath them; all closed after it. */
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { GroupStore } from '../../../consumer-groups/group-store.js';
import { DEFAULT_GROUP_OPTIONS, type GroupEvent, type GroupOptions } from '../../../consumer-groups/index.js';
import { openGroupStore } from '../../../consumer-groups/open-group-store.js';
import { type LogStoreOptions, type StoreEnvironment, systemClock } from '../../../segment-store/index.js';
import { type OpenStore, storeFolder } from '../../segment-store/fixtures/opened-store.js';

export interface OpenGroups {
  groups: GroupStore;
  log: OpenStore;
  /** What was told since this was opened. */
  events: GroupEvent[];
  /** What was told as fatal. */
  fatal: Error[];
  /** Closes the groups, then the log. */
  close(): Promise<void>;
}

export interface GroupStoreFolder {
  readonly path: string;
  readonly viewDir: string;
  /** The view is written at closing only, unless the options say otherwise. */
  open(
    options?: Partial<GroupOptions>,
    log?: Partial<LogStoreOptions>,
    environment?: Pick<StoreEnvironment, 'fs' | 'clock'>,
  ): Promise<OpenGroups>;
}

/** Call at the top of a test file. */
export function groupStoreFolder(): GroupStoreFolder {
  const folder = storeFolder();
  const opened: OpenGroups[] = [];
  // Registered after that of the log, so run before it.
  afterEach(async () => {
    for (const { groups } of opened.splice(0)) await groups.close();
  });
  return {
    get path() {
      return folder.path;
    },
    get viewDir() {
      return join(folder.path, 'group-view');
    },
    async open(options = {}, log = {}, environment = {}) {
      const store = await folder.open(log, environment);
      const events: GroupEvent[] = [];
      const fatal: Error[] = [];
      const groups = await openGroupStore({
        store,
        options: {
          ...DEFAULT_GROUP_OPTIONS,
          viewDir: join(folder.path, 'group-view'),
          viewFlushIntervalMs: 1e9,
          ...options,
        },
        clock: environment.clock ?? systemClock,
        emit: (event) => events.push(event),
        onFatal: (error) => fatal.push(error),
      });
      const all: OpenGroups = {
        groups,
        log: store,
        events,
        fatal,
        async close() {
          await groups.close();
          await store.close();
        },
      };
      opened.push(all);
      return all;
    },
  };
}

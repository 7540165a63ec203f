/** Groups on a folder of the test's own, over a log of their own; both closed after it. Opened as a broker does: nothing is deleted before the groups are there. */
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import {
  DEFAULT_GROUP_OPTIONS,
  type GroupEvent,
  type GroupOptions,
  type Groups,
  openGroups,
} from '../../consumer-groups/index.js';
import {
  type Clock,
  type LogStoreOptions,
  type StoreEnvironment,
  systemClock,
} from '../../segment-store/index.js';
import { type OpenStore, storeFolder } from '../segment-store/fixtures/opened-store.js';

export interface OpenGroups {
  groups: Groups;
  log: OpenStore;
  /** What was told since this was opened. */
  events: GroupEvent[];
  /** Resolves when the next event of this kind is told. */
  told(event: GroupEvent['event']): Promise<void>;
  /** Closes the groups, then the log. */
  close(): Promise<void>;
}

export interface GroupsFolder {
  /** `clock` is that of the groups; the log's is the system's unless `environment` says otherwise. */
  open(setting?: {
    options?: Partial<GroupOptions>;
    clock?: Clock;
    log?: Partial<LogStoreOptions>;
    environment?: StoreEnvironment;
  }): Promise<OpenGroups>;
}

/** Call at the top of a test file. */
export function groupsFolder(): GroupsFolder {
  const folder = storeFolder();
  const opened: Groups[] = [];
  // Registered after that of the log, so run before it.
  afterEach(async () => {
    for (const groups of opened.splice(0)) await groups.close();
  });
  return {
    async open({ options = {}, clock = systemClock, log: logOptions = {}, environment = {} } = {}) {
      let allowCleanup = () => {};
      const beforeCleanup = new Promise<void>((resolve) => {
        allowCleanup = resolve;
      });
      const log = await folder.open(logOptions, { ...environment, beforeCleanup });
      const events: GroupEvent[] = [];
      const listeners = new EventEmitter();
      const groups = await openGroups({
        store: log,
        options: Object.freeze({
          ...DEFAULT_GROUP_OPTIONS,
          viewDir: join(folder.path, 'group-view'),
          ...options,
        }),
        clock,
        emit: (event) => {
          events.push(event);
          listeners.emit(event.event);
        },
        onFatal: (error) => {
          throw error;
        },
      });
      allowCleanup();
      opened.push(groups);
      return {
        groups,
        log,
        events,
        async told(event) {
          await once(listeners, event);
        },
        async close() {
          await groups.close();
          await log.close();
        },
      };
    },
  };
}

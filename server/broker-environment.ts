/** What a broker stands on. */
import type { Logger } from 'pino';
import type { openLogStore } from '../segment-store/index.js';
import type { OnFatal } from './rpc/fault-reporter.js';

type StoreEnvironment = NonNullable<Parameters<typeof openLogStore>[1]>;

/** What a broker is given beside its configuration. */
export interface BrokerEnvironment {
  /** Where log lines go. Default: standard output, from `logLevel` on. */
  log?: Logger;
  /**
   * Called when an assertion of the broker's own code failed, or the view of the groups did. What it has in memory can no longer be trusted: end the
   * process and start again. Default: thrown where nobody catches it.
   */
  onFatal?: OnFatal;
  /** The store's file system and clock; for tests of what happens when they fail. */
  store?: Pick<StoreEnvironment, 'fs' | 'clock'>;
}

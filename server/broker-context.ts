/** What the handlers of calls work with. */
import type { Logger } from 'pino';
import type { Groups } from '../consumer-groups/index.js';
import type { LogStore } from '../segment-store/index.js';
import type { BrokerConfig } from './config/broker-config.js';
import type { CommitMeter } from './groups/commit-meter.js';
import type { BrokerMetrics } from './observe/metrics.js';
import type { FaultReporter } from './rpc/fault-reporter.js';
import type { FetchBuffers } from './rpc/fetch-buffers.js';

export interface BrokerContext {
  readonly config: Readonly<BrokerConfig>;
  readonly store: LogStore;
  readonly groups: Groups;
  readonly log: Logger;
  readonly metrics: BrokerMetrics;
  readonly faults: FaultReporter;
  readonly fetchBuffers: FetchBuffers;
  readonly commitMeter: CommitMeter;
  /** Aborted, with SHUTTING_DOWN as its reason, when the broker begins to end: streams finish what they have and end. */
  readonly draining: AbortSignal;
}

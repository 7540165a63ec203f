/** What all parts of one open store share. */
import type { Clock } from './clock.js';
import type { DiskSpace } from './disk-space.js';
import type { FilePool } from './file-pool.js';
import type { FileSystem } from './file-system.js';
import type { IndexCache } from './index-cache.js';
import type { LogStoreOptions } from './options.js';
import type { StoreEventListener } from './store-event.js';

export interface StoreContext {
  readonly options: Readonly<LogStoreOptions>;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly files: FilePool;
  readonly indexes: IndexCache;
  readonly disk: DiskSpace;
  readonly emit: StoreEventListener;
  /** See `StoreEnvironment`; never rejects. */
  readonly beforeCleanup: Promise<void>;
}

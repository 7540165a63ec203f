/** Opens the log on one machine. */
import { resolve } from 'node:path';
import { type Clock, systemClock } from './clock.js';
import { lockDataDirectory } from './data-directory-lock.js';
import { checkFormat, writeFormat } from './data-format.js';
import { DiskSpace } from './disk-space.js';
import { makeDurableFolder } from './durable-folder.js';
import { FileLogStore } from './file-log-store.js';
import { FilePool } from './file-pool.js';
import type { FileLock, FileSystem } from './file-system.js';
import { IndexCache } from './index-cache.js';
import { nodeFileSystem } from './node-file-system.js';
import { DEFAULT_LOG_STORE_OPTIONS, type LogStoreOptions } from './options.js';
import type { StoreContext } from './store-context.js';
import type { StoreEventListener } from './store-event.js';

/** What the store stands on; the real ones by default. */
export interface StoreEnvironment {
  fs?: FileSystem;
  clock?: Clock;
  onEvent?: StoreEventListener;
  /**
   * Retention and compaction do nothing before this resolves, whoever asks for them, so that the layers above can place their holds. They never begin if it rejects,
   * which is told as a `background-error`. Truncation by hand does not wait for it, nor does `close`. Default: resolved.
   */
  beforeCleanup?: Promise<void>;
}

/**
 * Opens the data directory, making it if need be, and recovers what a crash left.
 *
 * DATA_DIRECTORY_LOCKED if another process has it; UNSUPPORTED_FORMAT if a newer release wrote it, and then nothing was changed. Whatever else is wrong
 * with the files is repaired or reported as damage, by partition; only a disk that fails keeps the store shut.
 */
export async function openLogStore(
  options: Partial<LogStoreOptions> & { dataDir: string },
  environment: StoreEnvironment = {},
): Promise<FileLogStore> {
  const { fs = nodeFileSystem, clock = systemClock, onEvent = () => {}, beforeCleanup } = environment;
  const resolved: Readonly<LogStoreOptions> = Object.freeze({
    ...DEFAULT_LOG_STORE_OPTIONS,
    ...options,
    dataDir: resolve(options.dataDir),
  });
  const { dataDir } = resolved;
  await checkFormat(fs, dataDir);
  await makeDurableFolder(fs, dataDir);
  const lock = await lockDataDirectory(fs, dataDir);
  try {
    if (!(await checkFormat(fs, dataDir))) await writeFormat(fs, dataDir);
    return await open(
      {
        options: resolved,
        fs,
        clock,
        files: new FilePool(fs, resolved.maxOpenFiles),
        indexes: new IndexCache(resolved.indexCacheBytes),
        disk: new DiskSpace(fs, clock, dataDir, resolved.freeSpaceReserveBytes, onEvent),
        emit: onEvent,
        beforeCleanup: beforeCleanup?.catch(neverBegin(onEvent)) ?? Promise.resolve(),
      },
      lock,
    );
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** What makes of a rejection, which is told, a promise that stays open. */
function neverBegin(emit: StoreEventListener): (error: Error) => Promise<never> {
  return (error) => {
    emit({ event: 'background-error', doing: 'waiting until cleaning may begin', error });
    return new Promise(() => {});
  };
}

async function open(context: StoreContext, lock: FileLock): Promise<FileLogStore> {
  const store = new FileLogStore(context, lock);
  try {
    await store.open();
    return store;
  } catch (error) {
    context.disk.stop();
    await context.files.close();
    throw error;
  }
}

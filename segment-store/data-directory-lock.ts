/** One data directory, one process. The lock is the kernel's and ends with the process, however that ends. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { LOCK_FILE } from './data-directory.js';
import { StoreError } from './errors.js';
import type { FileLock, FileSystem } from './file-system.js';

/** Throws DATA_DIRECTORY_LOCKED, naming the holder, if another process has it. */
export async function lockDataDirectory(fs: FileSystem, dataDir: string): Promise<FileLock> {
  const taken = await fs.lock(join(dataDir, LOCK_FILE), `process ${process.pid} on ${hostname()}`);
  if ('release' in taken) return taken;
  const holder = taken.holder.trim() || 'another process';
  throw new StoreError('DATA_DIRECTORY_LOCKED', `${dataDir} is in use by ${holder}`, { dataDir, holder });
}

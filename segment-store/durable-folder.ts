/** Folders that are still there after a power loss. */
import { dirname, resolve } from 'node:path';
import type { FileSystem } from './file-system.js';

/**
 * Makes a folder and those above it, durably. The folder's own name is synced even if it is there: whoever made it may have died before its
 * own sync.
 */
export async function makeDurableFolder(fs: FileSystem, path: string): Promise<void> {
  const parents = [dirname(resolve(path))];
  for (let parent = parents[0]!; (await fs.stat(parent)) === undefined; parent = dirname(parent)) {
    parents.push(dirname(parent));
  }
  await fs.makeDirectory(path);
  for (const parent of parents) await syncIfAllowed(fs, parent);
}

/** A folder that we may pass through but not read cannot be synced by us; then we did not put anything into it either. */
async function syncIfAllowed(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.syncDirectory(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
  }
}

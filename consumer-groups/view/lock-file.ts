/** LMDB's lock file: of no meaning to us, as the data directory is locked already, but LMDB insists on one. */
import type { FileSystem } from '../../segment-store/index.js';
import { writeZeros } from './zero-fill.js';

const SUFFIX = '-lock';
/** Room for LMDB's head and its 126 readers of 64 bytes. */
const LOCK_BYTES = 16 * 1024;

/** The lock file of an environment. */
export function lockFile(file: string): string {
  return `${file}${SUFFIX}`;
}

/**
 * Makes the lock file of an environment that is about to be opened, in whichever process, and wipes what is in it. LMDB would make one with a hole in it, map it and
 * write to it: on a full disk that ends the process with SIGBUS. ENOSPC if there is no room.
 */
export function prepareLock(fs: FileSystem, file: string): Promise<void> {
  return writeZeros(fs, lockFile(file), LOCK_BYTES);
}

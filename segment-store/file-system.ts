/**
 * The file system as the store needs it: handed in, so that tests can put a simulated disk behind it that knows which bytes are durable,
 * fails on request and can be replayed from a seed. `node-file-system.ts` is the real one.
 *
 * Durability is never implied. File contents survive power loss after {@link File.sync}; the existence, absence and name of a
 * file after {@link FileSystem.syncDirectory} of its folder. Errors are Node's (`ENOSPC`, `EIO`, `EMFILE`, …), as they come.
 */
export interface FileSystem {
  /**
   * Opens a file. `read`: it must exist. `write`: reads and writes, made if it does not exist.
   */
  open(path: string, mode: 'read' | 'write'): Promise<File>;
  /** Makes a folder and those above it; one that exists is fine. */
  makeDirectory(path: string): Promise<void>;
  /** The names in a folder, in no order. */
  list(path: string): Promise<string[]>;
  /** What is there, or undefined. */
  stat(path: string): Promise<FileStat | undefined>;
  /** Renames atomically, replacing a file at the target. */
  rename(from: string, to: string): Promise<void>;
  /** Deletes a file; one that does not exist is fine. */
  remove(path: string): Promise<void>;
  /** Deletes a folder with all that is in it; one that does not exist is fine. */
  removeDirectory(path: string): Promise<void>;
  /** Makes what happened to the names in this folder durable. */
  syncDirectory(path: string): Promise<void>;
  /** Bytes that an ordinary process may still write to the disk of this folder. */
  freeBytes(path: string): Promise<number>;
  /**
   * Takes the lock that goes with a file (made if it does not exist) without waiting, and writes `holder` into it. If another process has it:
   * what that one wrote. A lock ends with its process.
   */
  lock(path: string, holder: string): Promise<FileLock | { holder: string }>;
}

export interface FileLock {
  release(): Promise<void>;
}

export interface FileStat {
  sizeBytes: number;
  isDirectory: boolean;
}

/** An open file. Positions are explicit; there is no cursor. */
export interface File {
  /** Fills `buffer` from `position`; resolves with the bytes read, fewer only at the end of the file. */
  read(buffer: Buffer, position: number): Promise<number>;
  /** Writes the buffers one behind the other. Resolves with the bytes written: fewer than asked for on a full disk, without an error. */
  write(buffers: readonly Buffer[], position: number): Promise<number>;
  /** fdatasync. After it failed once, what was not durable before must be taken for lost. */
  sync(): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Brokers that break a promise, made from the real one by lying to it about its disk. Each must be found out by the simulation, or the simulation proves
 * nothing.
 */
import type { File, FileSystem } from '../../segment-store/file-system.js';

export interface Mutant {
  /** What the broker now does. */
  does: string;
  /** Whether it takes a failing disk to see it; else crashes are enough. */
  diskFaults: boolean;
  mutate: (fs: FileSystem) => FileSystem;
}

export const MUTANTS: readonly Mutant[] = [
  {
    does: 'acknowledges before the sync',
    diskFaults: false,
    mutate: withFiles((file) => ({ ...file, sync: async () => {} })),
  },
  {
    does: 'acknowledges while the sync is under way',
    diskFaults: false,
    mutate: withFiles((file) => ({
      ...file,
      sync: async () => {
        void file.sync().catch(() => {});
      },
    })),
  },
  {
    does: 'never syncs a directory',
    diskFaults: false,
    mutate: (fs) => ({ ...bound(fs), syncDirectory: async () => {} }),
  },
  {
    does: 'tries a failed sync again',
    diskFaults: true,
    mutate: withFiles((file) => ({ ...file, sync: () => file.sync().catch(() => file.sync()) })),
  },
  {
    does: 'ignores a failed sync',
    diskFaults: true,
    mutate: withFiles((file) => ({ ...file, sync: () => file.sync().catch(() => {}) })),
  },
  {
    does: 'takes a short write for a whole one',
    diskFaults: true,
    mutate: withFiles((file) => ({
      ...file,
      write: async (buffers, position) => {
        const asked = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
        return Math.max(asked, await file.write(buffers, position));
      },
    })),
  },
  {
    does: 'loses the last bytes of every write',
    diskFaults: false,
    mutate: withFiles((file) => ({
      ...file,
      write: async (buffers, position) => {
        const bytes = Buffer.concat(buffers);
        if (bytes.length > 100) bytes.fill(0, bytes.length - 2);
        return file.write([bytes], position);
      },
    })),
  },
];

/** The same file system, whose open files are changed. */
function withFiles(change: (file: File) => File): (fs: FileSystem) => FileSystem {
  return (fs) => ({ ...bound(fs), open: async (path, mode) => change(boundFile(await fs.open(path, mode))) });
}

/** As a plain object, so that single methods can be replaced. */
function bound(fs: FileSystem): FileSystem {
  return {
    open: (path, mode) => fs.open(path, mode),
    makeDirectory: (path) => fs.makeDirectory(path),
    list: (path) => fs.list(path),
    stat: (path) => fs.stat(path),
    rename: (from, to) => fs.rename(from, to),
    remove: (path) => fs.remove(path),
    removeDirectory: (path) => fs.removeDirectory(path),
    syncDirectory: (path) => fs.syncDirectory(path),
    freeBytes: (path) => fs.freeBytes(path),
    lock: (path, holder) => fs.lock(path, holder),
  };
}

function boundFile(file: File): File {
  return {
    read: (buffer, position) => file.read(buffer, position),
    write: (buffers, position) => file.write(buffers, position),
    sync: () => file.sync(),
    truncate: (sizeBytes) => file.truncate(sizeBytes),
    size: () => file.size(),
    close: () => file.close(),
  };
}

/** The real file system with faults that a test switches on and off. */
import { type File, type FileSystem, nodeFileSystem } from '../../segment-store/index.js';

export class FaultyFileSystem {
  /** What every sync of a log file does first. */
  beforeSync: () => Promise<void> = async () => {};
  /** What every read of a log file does first. */
  beforeRead: () => Promise<void> = async () => {};
  /** What making a folder does first. */
  beforeMakeDirectory: () => void = () => {};
  /** What every look at the free space does first. */
  beforeFreeBytes: () => Promise<void> = async () => {};
  /** How much room the disk claims to have; undefined: as much as it has. */
  freeBytes: number | undefined;

  readonly fileSystem: FileSystem = {
    ...nodeFileSystem,
    open: async (path, mode) => {
      const file = await nodeFileSystem.open(path, mode);
      return path.endsWith('.log') ? this.#faulty(file) : file;
    },
    makeDirectory: async (path) => {
      this.beforeMakeDirectory();
      await nodeFileSystem.makeDirectory(path);
    },
    freeBytes: async (path) => {
      await this.beforeFreeBytes();
      return this.freeBytes ?? nodeFileSystem.freeBytes(path);
    },
  };

  #faulty(file: File): File {
    return {
      read: async (buffer, position) => {
        await this.beforeRead();
        return file.read(buffer, position);
      },
      write: (buffers, position) => file.write(buffers, position),
      sync: async () => {
        await this.beforeSync();
        await file.sync();
      },
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      size: () => file.size(),
      close: () => file.close(),
    };
  }
}

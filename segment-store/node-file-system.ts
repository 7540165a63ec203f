/**
 * The real file system. Node's callback functions on plain descriptors: on the append path they cost half of what FileHandle costs.
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { tryLock } from 'fs-native-extensions';
import type { File, FileLock, FileStat, FileSystem } from './file-system.js';

const open = promisify(fs.open);
const close = promisify(fs.close);

export const nodeFileSystem: FileSystem = {
  async open(path, mode) {
    const flags = mode === 'read' ? fs.constants.O_RDONLY : fs.constants.O_RDWR | fs.constants.O_CREAT;
    return new NodeFile(await open(path, flags, 0o640));
  },
  makeDirectory,
  list: (path) => fs.promises.readdir(path),
  async stat(path): Promise<FileStat | undefined> {
    try {
      const stat = await fs.promises.stat(path);
      return { sizeBytes: stat.size, isDirectory: stat.isDirectory() };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
  rename: (from, to) => fs.promises.rename(from, to),
  remove: (path) => fs.promises.rm(path, { force: true }),
  removeDirectory: (path) => fs.promises.rm(path, { force: true, recursive: true }),
  async syncDirectory(path) {
    const descriptor = await open(path, fs.constants.O_RDONLY);
    try {
      await promisify(fs.fsync)(descriptor);
    } finally {
      await close(descriptor);
    }
  },
  async freeBytes(path) {
    const { bavail, bsize } = await fs.promises.statfs(path);
    return bavail * bsize;
  },
  async lock(path, holder) {
    const descriptor = await open(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o640);
    if (!tryLock(descriptor)) {
      await close(descriptor);
      return { holder: await fs.promises.readFile(path, 'utf8') };
    }
    fs.ftruncateSync(descriptor, 0);
    fs.writeSync(descriptor, holder, 0);
    return { release: () => close(descriptor) } satisfies FileLock;
  },
};

/** By hand, because the `recursive` of Node's mkdir says ENOENT where the disk has no room. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await makeOneDirectory(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await makeDirectory(dirname(path));
    await makeOneDirectory(path);
  }
}

async function makeOneDirectory(path: string): Promise<void> {
  try {
    await fs.promises.mkdir(path, { mode: 0o750 });
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    if (!isThere || !(await fs.promises.stat(path)).isDirectory()) throw error;
  }
}

class NodeFile implements File {
  constructor(private readonly descriptor: number) {}

  async read(buffer: Buffer, position: number): Promise<number> {
    let filled = await this.readOnce(buffer, 0, position);
    // One call is nearly always enough; a signal or a network disk may return less than there is.
    for (let more = filled; more > 0 && filled < buffer.length; filled += more) {
      more = await this.readOnce(buffer, filled, position + filled);
    }
    return filled;
  }

  private readOnce(buffer: Buffer, from: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.read(this.descriptor, buffer, from, buffer.length - from, position, (error, bytesRead) =>
        error ? reject(error) : resolve(bytesRead),
      );
    });
  }

  write(buffers: readonly Buffer[], position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.writev(this.descriptor, buffers, position, (error, bytesWritten) =>
        error ? reject(error) : resolve(bytesWritten),
      );
    });
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.descriptor, (error) => (error ? reject(error) : resolve()));
    });
  }

  truncate(sizeBytes: number): Promise<void> {
    return promisify(fs.ftruncate)(this.descriptor, sizeBytes);
  }

  async size(): Promise<number> {
    return (await promisify(fs.fstat)(this.descriptor)).size;
  }

  close(): Promise<void> {
    return close(this.descriptor);
  }
}

/** The simulated disk as one process sees it: the {@link FileSystem} that is handed to the store. */
import type { File, FileLock, FileStat, FileSystem } from '../../segment-store/file-system.js';
import { DiskFile, SECTOR_BYTES } from './disk-file.js';
import { DiskFolder, partsOf, type SimulatedDisk, systemError } from './simulated-disk.js';
import type { SimulatedProcess } from './simulated-world.js';

/** Where the locks are: they end with their process, so the disk does not hold them. */
export type LockTable = Map<string, { process: SimulatedProcess; holder: string }>;

export class ProcessFileSystem implements FileSystem {
  #openFiles = 0;

  constructor(
    private readonly process: SimulatedProcess,
    private readonly disk: SimulatedDisk,
    private readonly locks: LockTable,
  ) {}

  open(path: string, mode: 'read' | 'write'): Promise<File> {
    return this.process.operation(() => {
      if (this.#openFiles >= this.disk.faults.maxOpenFiles) throw systemError('EMFILE', path);
      const exists = mode === 'read' || this.disk.find(path) !== undefined;
      const file = exists ? this.disk.file(path) : this.disk.createFile(path);
      this.#openFiles += 1;
      return new OpenFile(path, mode, file, this.process, this.disk, () => {
        this.#openFiles -= 1;
      });
    });
  }

  async makeDirectory(path: string): Promise<void> {
    const parts = partsOf(path);
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const part = parts.slice(0, depth).join('/');
      if (!(this.disk.find(part) instanceof DiskFolder))
        await this.process.operation(() => this.disk.createFolder(part));
    }
  }

  list(path: string): Promise<string[]> {
    return this.process.operation(() => [...this.disk.folder(path).cached.keys()]);
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.process.operation(() => {
      const node = this.disk.find(path);
      if (!node) return undefined;
      return node instanceof DiskFile
        ? { sizeBytes: node.sizeBytes, isDirectory: false }
        : { sizeBytes: 0, isDirectory: true };
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.process.operation(() => this.disk.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.process.operation(() => {
      if (this.disk.find(path) instanceof DiskFolder) throw systemError('EISDIR', path);
      this.disk.unlink(path);
    });
  }

  /** File by file, as a real one: a process that dies on the way leaves the rest. */
  async removeDirectory(path: string): Promise<void> {
    const node = await this.process.operation(() => this.disk.find(path));
    if (node instanceof DiskFolder) {
      for (const name of [...node.cached.keys()]) await this.removeDirectory(`${path}/${name}`);
    }
    if (node) await this.process.operation(() => this.disk.unlink(path));
  }

  syncDirectory(path: string): Promise<void> {
    return this.process.operation(() => this.disk.syncFolder(path), {
      ready: () => !this.disk.faults.syncsHang,
    });
  }

  freeBytes(_path: string): Promise<number> {
    return this.process.operation(() =>
      Math.max(0, Math.min(this.disk.freeBytes(), Number.MAX_SAFE_INTEGER)),
    );
  }

  lock(path: string, holder: string): Promise<FileLock | { holder: string }> {
    return this.process.operation(() => {
      const held = this.locks.get(path);
      if (held?.process.alive) return { holder: held.holder };
      if (!this.disk.find(path)) this.disk.createFile(path);
      const mine = { process: this.process, holder };
      this.locks.set(path, mine);
      return { release: () => this.process.operation(() => void this.locks.delete(path)) };
    });
  }
}

class OpenFile implements File {
  #closed = false;

  constructor(
    private readonly path: string,
    private readonly mode: 'read' | 'write',
    private readonly file: DiskFile,
    private readonly process: SimulatedProcess,
    private readonly disk: SimulatedDisk,
    private readonly onClose: () => void,
  ) {}

  read(buffer: Buffer, position: number): Promise<number> {
    return this.#operation(() => this.file.read(buffer, position));
  }

  /** The buffers are read when the write happens: whoever changes them before is found out. */
  write(buffers: readonly Buffer[], position: number): Promise<number> {
    this.#mustBeWritable();
    return this.#operation(
      () => {
        if (this.disk.faults.writeErrorRate > 0 && this.#chance(this.disk.faults.writeErrorRate))
          throw systemError('EIO', this.path);
        const bytes = Buffer.concat(buffers);
        const room = this.#room(position, bytes.length);
        if (room === 0 && bytes.length > 0) throw systemError('ENOSPC', this.path);
        this.file.write(position, bytes.subarray(0, room));
        return room;
      },
      () => this.#writePart(buffers, position),
    );
  }

  sync(): Promise<void> {
    const upTo = this.file.order;
    return this.process.operation(
      () => {
        this.#mustBeOpen();
        if (this.disk.faults.syncErrorRate > 0 && this.#chance(this.disk.faults.syncErrorRate)) {
          this.file.giveUp(upTo);
          // A sync that finds no room has failed like any other: file systems that allocate late answer so.
          throw systemError(this.process.world.random.pick(['EIO', 'ENOSPC']), this.path);
        }
        this.file.sync(upTo);
      },
      { ready: () => !this.disk.faults.syncsHang },
    );
  }

  truncate(sizeBytes: number): Promise<void> {
    this.#mustBeWritable();
    return this.#operation(() => this.file.truncate(sizeBytes));
  }

  size(): Promise<number> {
    return this.#operation(() => this.file.sizeBytes);
  }

  close(): Promise<void> {
    return this.#operation(() => {
      this.#closed = true;
      this.onClose();
    });
  }

  #operation<T>(effect: () => T, killed: () => void = () => {}): Promise<T> {
    return this.process.operation(
      () => {
        this.#mustBeOpen();
        return effect();
      },
      { killed },
    );
  }

  /** A kill stops a large write between two pages; what is in the page cache by then stays there. */
  #writePart(buffers: readonly Buffer[], position: number): void {
    const bytes = Buffer.concat(buffers);
    const upTo = this.#room(position, this.process.world.random.between(0, bytes.length + 1));
    this.file.write(position, bytes.subarray(0, upTo));
  }

  /** How many of `length` bytes from `position` on there is room for. A full disk takes what still fits, in sectors. */
  #room(position: number, length: number): number {
    const growth = Math.max(0, position + length - this.file.sizeBytes);
    const free = this.disk.faults.capacityBytes === Number.POSITIVE_INFINITY ? growth : this.disk.freeBytes();
    if (growth <= free) return length;
    const fits = length - growth + Math.max(0, free);
    return fits - (fits % SECTOR_BYTES);
  }

  #chance(rate: number): boolean {
    return this.process.world.random.chance(rate);
  }

  #mustBeOpen(): void {
    if (this.#closed) throw systemError('EBADF', this.path);
  }

  #mustBeWritable(): void {
    if (this.mode === 'read') throw systemError('EBADF', this.path);
  }
}

/**
 * Keeps the number of open files below a limit: files are opened at their first use, and the ones unused longest are closed when
 * there are too many. A file with unsynced writes is never closed: a later descriptor would not hear of their failure.
 */
import { StoreError } from './errors.js';
import type { File, FileSystem } from './file-system.js';

/** `read` never makes a file; `write` does. */
export type FileMode = 'read' | 'write';

interface Entry {
  mode: FileMode;
  opening: Promise<File>;
  users: number;
  /** Held open: writes that are not synced, or an owner that wants it so. */
  pinned: boolean;
  /** Close as soon as nobody uses it. */
  retired: boolean;
  /** Called when it is closed, or could not be opened. */
  ended: () => void;
}

export class FilePool {
  /** In the order of use, the one unused longest first. */
  readonly #entries = new Map<string, Entry>();
  /** One for each file that is not closed yet. */
  readonly #ends = new Set<Promise<void>>();
  #closed = false;

  constructor(
    private readonly fs: FileSystem,
    private readonly maxOpenFiles: number,
  ) {}

  get openFiles(): number {
    return this.#entries.size;
  }

  /** Lends the file to `use`, opening it if need be. The file must not be kept beyond that. */
  async use<T>(path: string, mode: FileMode, use: (file: File) => Promise<T>): Promise<T> {
    if (this.#closed) throw new StoreError('SHUTTING_DOWN', 'The store is closing', {});
    const entry = this.#acquire(path, mode);
    try {
      return await use(await entry.opening);
    } finally {
      entry.users -= 1;
      if (entry.retired) this.#closeIfIdle(entry);
    }
  }

  /** Keeps the file open, if it is, until {@link unpin}. */
  pin(path: string): void {
    const entry = this.#entries.get(path);
    if (entry) entry.pinned = true;
  }

  unpin(path: string): void {
    const entry = this.#entries.get(path);
    if (entry) entry.pinned = false;
  }

  /** Closes the file once its users are done; call it before the path is deleted or gets another file. */
  retire(path: string): void {
    const entry = this.#entries.get(path);
    if (!entry) return;
    this.#entries.delete(path);
    entry.retired = true;
    this.#closeIfIdle(entry);
  }

  /** Lends no file any more, with SHUTTING_DOWN, and closes all of them: those in use when their users are done. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const path of [...this.#entries.keys()]) this.retire(path);
    await Promise.all(this.#ends);
  }

  #acquire(path: string, mode: FileMode): Entry {
    const entry = this.#entry(path, mode);
    this.#entries.delete(path);
    this.#entries.set(path, entry);
    entry.users += 1;
    return entry;
  }

  #entry(path: string, mode: FileMode): Entry {
    const known = this.#entries.get(path);
    if (known && (known.mode === mode || known.mode === 'write')) return known;
    if (known) this.retire(path);
    this.#makeRoom();
    const opening = this.fs.open(path, mode);
    const entry: Entry = { mode, opening, users: 0, pinned: false, retired: false, ended: () => {} };
    const end = new Promise<void>((resolve) => {
      entry.ended = resolve;
    });
    this.#ends.add(end);
    void end.then(() => this.#ends.delete(end));
    this.#entries.set(path, entry);
    // A file that could not be opened must not stay: the next use tries again. The user of this one gets the error.
    entry.opening.catch(() => {
      if (this.#entries.get(path) === entry) this.#entries.delete(path);
      entry.ended();
    });
    return entry;
  }

  #makeRoom(): void {
    if (this.#entries.size < this.maxOpenFiles) return;
    for (const [path, entry] of this.#entries) {
      if (entry.users > 0 || entry.pinned) continue;
      this.retire(path);
      if (this.#entries.size < this.maxOpenFiles) return;
    }
  }

  #closeIfIdle(entry: Entry): void {
    if (entry.users > 0) return;
    const closing = entry.opening.then((file) => file.close()).catch(() => {});
    void closing.then(entry.ended);
  }
}

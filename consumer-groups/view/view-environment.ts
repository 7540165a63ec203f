/**
 * An LMDB environment that this process made itself, and only writes. What lmdb-js does where it fails decided how it is used:
 *
 * - Where the file must grow on a full disk it hangs or corrupts the heap, and it grows its map without asking. So the file is made of written zeros, and no
 *   transaction begins that might need more pages than are left in it; `grow` makes more. The same with its lock file: see `prepareLock`.
 * - `overlappingSync` acknowledges what a failing disk then loses: off. Then the commit is synced before its promise resolves, and neither the boot id nor
 *   `safeRestore` has a say when it is opened: LMDB looks at them only where that option is on (`mdb_pick_meta`).
 * - After a failed commit it goes on as if nothing had been, and an error carries one more promise that rejects: whoever gets an error from here must end.
 * - On a page that is damaged it ends the process. So a file of an earlier life is never opened here: see `view-reading.ts`.
 */
import { open, type RootDatabase } from 'lmdb';
import type { Clock, FileSystem } from '../../segment-store/index.js';
import { watchForHang } from './hang-watch.js';
import { prepareLock } from './lock-file.js';
import { sealEntry } from './view-entry.js';
import { encodeHead, HEAD_KEY, type ViewHead } from './view-head.js';
import { checkRoom, fillWithZeros } from './zero-fill.js';

/** A change of one key; undefined deletes. */
export interface EntryChange {
  key: Buffer;
  recordValue: Buffer | undefined;
}

/** LMDB or its disk failed or hangs. The process must end. */
export class ViewFailure extends Error {
  override readonly name = 'ViewFailure';
}

export interface ViewEnvironmentContext {
  fs: FileSystem;
  clock: Clock;
  /** How long a commit may take. */
  timeoutMs: number;
}

/** Pages that a transaction may need for its own book-keeping: the head, the list of free pages, roots that split. */
const SPARE_PAGES = 64;
/** What LMDB and the checksum add to an entry. */
const ENTRY_OVERHEAD_BYTES = 16;

export class ViewEnvironment {
  #database: RootDatabase<Buffer, Buffer>;
  #sizeBytes: number;
  #pageBytes = 0;
  #usedPages = 0;
  #treeDepth = 0;
  #treePages = 0;

  private constructor(
    private readonly context: ViewEnvironmentContext,
    readonly file: string,
    sizeBytes: number,
  ) {
    this.#sizeBytes = sizeBytes;
    this.#database = this.#open();
    this.#look();
  }

  /** Makes a new one, empty, of so many bytes. Rejects with what the file system says, or {@link ViewFailure}. */
  static async create(
    context: ViewEnvironmentContext,
    file: string,
    sizeBytes: number,
  ): Promise<ViewEnvironment> {
    // LMDB takes a file of zeros for one that is not its own, so it begins the file and the zeros come behind.
    await checkRoom(context.fs, file, sizeBytes);
    const begun = await ViewEnvironment.open(context, file, sizeBytes);
    await begun.close();
    await fillWithZeros(context.fs, file, sizeBytes);
    return ViewEnvironment.open(context, file, sizeBytes);
  }

  /** Opens one that this process has made, and closed. Rejects with what the file system says, or {@link ViewFailure}. */
  static async open(
    context: ViewEnvironmentContext,
    file: string,
    sizeBytes: number,
  ): Promise<ViewEnvironment> {
    await prepareLock(context.fs, file);
    return new ViewEnvironment(context, file, sizeBytes);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** How many bytes the file must have for a transaction of these changes, whatever pages they fall on and whatever is free. */
  sizeFor(changes: readonly EntryChange[]): number {
    let bytes = 0;
    for (const { key, recordValue } of changes)
      bytes += key.length + (recordValue?.length ?? 0) + ENTRY_OVERHEAD_BYTES;
    // Every page on the way to a change is written elsewhere, and may split; new entries fill pages by half at least.
    const touched = Math.min(changes.length * this.#treeDepth, this.#treePages);
    const pages = this.#usedPages + 2 * touched + 3 * Math.ceil(bytes / this.#pageBytes) + SPARE_PAGES;
    return pages * this.#pageBytes;
  }

  /** Makes the file larger. Rejects with what the file system says, and then this is closed; or {@link ViewFailure}. */
  async grow(sizeBytes: number): Promise<void> {
    await this.close();
    await fillWithZeros(this.context.fs, this.file, sizeBytes);
    await prepareLock(this.context.fs, this.file);
    this.#sizeBytes = sizeBytes;
    this.#database = this.#open();
  }

  /** One transaction, durable when this resolves. There must be room: see {@link sizeFor}. {@link ViewFailure}. */
  async write(changes: readonly EntryChange[], head: ViewHead | undefined): Promise<void> {
    const database = this.#database;
    await this.#watch('a write', () =>
      database.batch(() => {
        for (const { key, recordValue } of changes) {
          if (recordValue === undefined) void database.remove(key);
          else void database.put(key, sealEntry(key, recordValue));
        }
        if (head) void database.put(HEAD_KEY, sealEntry(HEAD_KEY, encodeHead(head)));
      }),
    );
    this.#look();
  }

  /** {@link ViewFailure}. */
  async close(): Promise<void> {
    await this.#watch('closing', () => this.#database.close());
  }

  #open(): RootDatabase<Buffer, Buffer> {
    try {
      return open<Buffer, Buffer>({
        path: this.file,
        noSubdir: true,
        overlappingSync: false,
        mapSize: this.#sizeBytes,
        remapChunks: false,
        keyEncoding: 'binary',
        encoding: 'binary',
        maxDbs: 1,
        // A batch is one transaction anyway; without it nothing else joins one.
        eventTurnBatching: false,
      });
    } catch (error) {
      throw failure('opening', error);
    }
  }

  #look(): void {
    const stats = this.#database.getStats() as {
      pageSize: number;
      lastPageNumber: number;
      treeDepth: number;
      treeBranchPageCount: number;
      treeLeafPageCount: number;
    };
    // A read transaction left open would keep pages from being used again.
    this.#database.resetReadTxn();
    this.#pageBytes = stats.pageSize;
    this.#usedPages = stats.lastPageNumber + 1;
    this.#treeDepth = stats.treeDepth;
    this.#treePages = stats.treeBranchPageCount + stats.treeLeafPageCount;
  }

  async #watch(doing: string, act: () => Promise<unknown>): Promise<void> {
    let cancelTimer = (): void => {};
    const hangs = new Promise<never>((_, reject) => {
      const { clock, timeoutMs } = this.context;
      cancelTimer = watchForHang(clock, timeoutMs, () =>
        reject(failure(doing, new Error(`it has not ended within ${timeoutMs} ms`))),
      );
    });
    try {
      await Promise.race([act(), hangs]);
    } catch (error) {
      throw error instanceof ViewFailure ? error : failure(doing, await causeOf(error));
    } finally {
      cancelTimer();
    }
  }
}

function failure(doing: string, cause: unknown): ViewFailure {
  return new ViewFailure(`LMDB failed at ${doing}: ${(cause as Error).message}`, { cause });
}

/** lmdb-js rejects with an error that only points to another promise, which rejects with what happened; left alone, that ends the process. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> };
  if (commitError === undefined) return error;
  return commitError.then(
    () => error,
    (cause: unknown) => cause,
  );
}

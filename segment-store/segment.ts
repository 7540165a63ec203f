/**
 * One segment of a partition: a .log with its two indexes.
 *
 * The last segment of a partition is *active*: it is appended to, and its index is in memory, written out at checkpoints. The others are *sealed*:
 * their index is loaded when it is needed, and rebuilt from the .log unless its seal vouches for it.
 *
 * Invariants: `committedBytes ≤ logBytes`; both lie between batches; `nextOffset` is the end of what lies below `logBytes`.
 */
import { join } from 'node:path';
import type { BatchHeader } from '../proto/record-batch/index.js';
import type { Expectation } from './batch-walk.js';
import type { FileSystem } from './file-system.js';
import { Mutex } from './mutex.js';
import { decodeSeal, encodeSeal, fits, type Seal, sealOf } from './seal.js';
import { filesOfSegment, logFile, offsetIndexFile, sealFile, timeIndexFile } from './segment-files.js';
import { SegmentIndex } from './segment-index.js';
import { type Scanned, type ScanRange, scanSegment } from './segment-scan.js';
import { readSmallFile, replaceFile, writeFully } from './small-file.js';
import type { StoreContext } from './store-context.js';
import type { TimeEntry } from './time-index.js';
import { markUnsynced } from './unsynced-mark.js';

/** A batch on its way to the disk, with its offset stamped. */
export interface StampedBatch {
  header: BatchHeader;
  bytes: Buffer;
}

/** A sync failed: nobody knows what of the segment is on the disk. Never mistaken for a full disk, even if that was the cause. */
export class FailedSyncError extends Error {
  constructor(path: string, cause: Error) {
    super(`${path} could not be synced: ${cause.message}`, { cause });
  }
}

/** A write failed and what it left behind could not be removed: nothing more may be appended here. */
export class TornSegmentError extends Error {
  constructor(path: string, position: number, cause: unknown) {
    super(`${path} could not be cut back to ${position} bytes after a failed write`, { cause });
  }
}

/** What a partition's segments have in common: one object, which follows the topic's settings. */
export interface SegmentLayout {
  indexIntervalBytes: number;
  /** True once the topic was compacted: offsets may be missing. */
  gaps: boolean;
}

export interface SegmentState {
  /** Where the .log is for now, if not where it belongs. */
  logPath?: string;
  logBytes: number;
  nextOffset: number;
  /** Given for the active segment only. */
  index?: SegmentIndex;
  /** Time of the first record; undefined while it is unknown or there is none. */
  firstTimestampMs?: number | undefined;
  /** The seal from which `index` was read. */
  seal?: Seal | undefined;
}

export class Segment {
  #logPath: string;
  logBytes: number;
  /** Bytes that readers may have. */
  committedBytes: number;
  nextOffset: number;
  firstTimestampMs: number | undefined;
  #index: SegmentIndex | undefined;
  #largestTime: TimeEntry | undefined;
  #syncFailure: FailedSyncError | undefined;
  /** Bytes of the log that are durable for sure. */
  #syncedBytes: number;
  /** Bytes of the log for which a seal was written. */
  #sealedBytes: number;
  readonly #saving = new Mutex();
  /** Bytes of the index files that are on disk as they are in memory. */
  #savedIndexBytes: { offsets: number; times: number };

  constructor(
    private readonly context: StoreContext,
    readonly folder: string,
    readonly baseOffset: number,
    readonly layout: SegmentLayout,
    state: SegmentState,
  ) {
    this.#logPath = state.logPath ?? join(folder, logFile(baseOffset));
    this.logBytes = state.logBytes;
    this.committedBytes = state.logBytes;
    this.nextOffset = state.nextOffset;
    this.firstTimestampMs = state.firstTimestampMs;
    this.#index = state.index;
    this.#syncedBytes = state.logBytes;
    this.#sealedBytes = state.seal?.logBytes ?? 0;
    this.#savedIndexBytes = {
      offsets: state.seal?.offsetIndex.sizeBytes ?? 0,
      times: state.seal?.timeIndex.sizeBytes ?? 0,
    };
  }

  get logPath(): string {
    return this.#logPath;
  }

  /** Bytes appended since the last seal: what a start after a crash must scan. */
  get unsealedBytes(): number {
    return this.logBytes - this.#sealedBytes;
  }

  /** The index; loaded, and if need be rebuilt, first. */
  index(): Promise<SegmentIndex> {
    if (this.#index) return Promise.resolve(this.#index);
    return this.context.indexes.get(this, () => this.#loadIndex());
  }

  /** True if the active segment's index has no room for another entry. */
  indexIsFull(segmentIndexBytes: number): boolean {
    return this.#index?.isFull(segmentIndexBytes) ?? true;
  }

  /** The largest timestamp in here; undefined if there are no records. */
  async largestTime(): Promise<TimeEntry | undefined> {
    if (this.#index) return this.#index.largestTime;
    this.#largestTime ??= (await this.index()).largestTime;
    return this.#largestTime;
  }

  /**
   * Appends to the active segment; afterwards the operating system has it. Throws what the disk says, and the segment is then as
   * it was before; or {@link TornSegmentError} if not even that could be done.
   */
  async append(batches: readonly StampedBatch[]): Promise<void> {
    const buffers = batches.map((batch) => batch.bytes);
    const position = this.logBytes;
    this.#markUnsynced(buffers);
    try {
      await this.context.files.use(this.logPath, 'write', async (file) => {
        await writeFully(file, buffers, position);
        this.context.files.pin(this.logPath);
      });
    } catch (error) {
      await this.#cutBack(position, error);
      throw error;
    }
    for (const { header } of batches) this.#noteAppended(header);
  }

  #markUnsynced(batches: readonly Buffer[]): void {
    let bytesBefore = this.logBytes - this.#syncedBytes;
    for (const batch of batches) {
      markUnsynced(batch, bytesBefore);
      bytesBefore += batch.length;
    }
  }

  /** Durably: else a power loss could bring back, whole, what its sender was told is not stored. */
  async #cutBack(position: number, cause: unknown): Promise<void> {
    try {
      await this.context.files.use(this.logPath, 'write', async (file) => {
        await file.truncate(position);
        await file.sync();
      });
    } catch {
      throw new TornSegmentError(this.logPath, position, cause);
    }
  }

  #noteAppended(header: BatchHeader): void {
    this.recovered(header, this.logBytes);
  }

  /** Notes a batch that lies at `position` of the active segment. */
  recovered(header: BatchHeader, position: number): void {
    this.firstTimestampMs ??= header.baseTimestamp;
    this.#index!.add(header, position);
    this.logBytes = position + header.sizeBytes;
    this.nextOffset = header.baseOffset + header.lastOffsetDelta + 1;
  }

  /**
   * fdatasync of the .log. {@link FailedSyncError} if it fails, and from then on always: the next fdatasync may report success although the bytes
   * are lost. Of two that run beside each other only one is told, so one that succeeds believes it only if the other has not failed.
   */
  async sync(): Promise<void> {
    const upTo = this.logBytes;
    try {
      await this.context.files.use(this.logPath, 'write', (file) => file.sync());
    } catch (cause) {
      this.#syncFailure ??= new FailedSyncError(this.logPath, cause as Error);
    }
    if (this.#syncFailure) throw this.#syncFailure;
    this.#syncedBytes = Math.max(this.#syncedBytes, upTo);
    if (this.logBytes === upTo) this.context.files.unpin(this.logPath);
  }

  /** Writes bytes over what is there. */
  rewrite(bytes: Buffer, position: number): Promise<void> {
    return this.context.files.use(this.logPath, 'write', (file) => writeFully(file, [bytes], position));
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.context.files.use(this.logPath, 'write', (file) => file.truncate(sizeBytes));
  }

  /** Reads into `buffer` from `position` of the .log. */
  read(buffer: Buffer, position: number): Promise<number> {
    return this.context.files.use(this.logPath, 'read', (file) => file.read(buffer, position));
  }

  /** Scans the .log, past damage; see {@link scanSegment}. */
  async *scan(range: ScanRange): AsyncGenerator<Scanned, void> {
    yield* scanSegment({ read: (buffer, position) => this.read(buffer, position) }, range);
  }

  /** Scans all of the .log. */
  scanAll(): AsyncGenerator<Scanned, void> {
    return this.scan({ position: 0, endPosition: this.logBytes, expected: this.expect(this.baseOffset) });
  }

  /** What must come at the place where `nextOffset` is due. */
  expect(nextOffset: number): Expectation {
    return { nextOffset, offsetLimit: this.nextOffset, gaps: this.layout.gaps };
  }

  /**
   * Writes indexes and seal of the active segment as they are at the call. All of the .log must be durable already.
   */
  writeSeal(): Promise<void> {
    return this.#saveIndex(this.#index!);
  }

  /** Turns the active segment into a sealed one; its .log must be durable. That its files could not be written is told, not thrown: they can be made anew. */
  async seal(): Promise<void> {
    const index = this.#index!;
    index.seal();
    this.#largestTime = index.largestTime;
    // Whoever reads while it is being saved must not find it half saved and make it anew.
    void this.context.indexes.get(this, () => Promise.resolve(index));
    this.#index = undefined;
    this.context.files.unpin(this.logPath);
    await this.#saveRebuilt(index);
  }

  /** The .log is where it belongs now. */
  renamed(): void {
    this.context.files.retire(this.#logPath);
    this.#logPath = join(this.folder, logFile(this.baseOffset));
  }

  /** Takes over the index of a log that was just written, and saves it. */
  async adoptIndex(index: SegmentIndex): Promise<void> {
    index.seal();
    this.context.indexes.drop(this);
    await this.context.indexes.get(this, () => Promise.resolve(index));
    await this.#saveRebuilt(index);
  }

  /** Deletes all files of the segment. Readers that are in the middle of it finish. */
  async delete(): Promise<void> {
    this.forget();
    // The log goes last: as long as it is there the segment is, and its other files can be made anew.
    for (const name of filesOfSegment(this.baseOffset).reverse())
      await this.context.fs.remove(join(this.folder, name));
  }

  /** Lets go of what is held in memory and of the open file. */
  forget(): void {
    this.context.indexes.drop(this);
    this.context.files.retire(this.logPath);
  }

  async #loadIndex(): Promise<SegmentIndex> {
    const trusted = await readTrustedIndex(
      this.context,
      this.folder,
      this.baseOffset,
      this.layout.indexIntervalBytes,
    );
    if (trusted && trusted.seal.logBytes === this.logBytes) return trusted.index;
    const index = await this.#rebuildIndex();
    this.context.emit({
      event: 'rebuilt',
      file: join(this.folder, offsetIndexFile(this.baseOffset)),
      reason: trusted ? 'its seal is of another length of the log' : 'no seal vouches for it',
    });
    await this.#saveRebuilt(index);
    return index;
  }

  async #rebuildIndex(): Promise<SegmentIndex> {
    const index = new SegmentIndex(this.baseOffset, this.layout.indexIntervalBytes);
    const range = {
      position: 0,
      endPosition: this.logBytes,
      expected: this.expect(this.baseOffset),
    };
    for await (const found of this.scan(range)) {
      if (found.kind === 'batch') index.add(found.header, found.position);
    }
    index.seal();
    return index;
  }

  /** Takes what it writes at once; writes it when earlier savings are done. */
  #saveIndex(index: SegmentIndex): Promise<void> {
    const { nextOffset, logBytes } = this;
    const seal = encodeSeal(sealOf(index, nextOffset, logBytes, this.firstTimestampMs));
    const offsets = Buffer.from(index.offsets.content);
    const times = Buffer.from(index.times.content);
    return this.#saving.run(async () => {
      const saved = this.#savedIndexBytes;
      this.#savedIndexBytes = { offsets: 0, times: 0 };
      const { fs } = this.context;
      await writeTail(fs, join(this.folder, offsetIndexFile(this.baseOffset)), offsets, saved.offsets);
      await writeTail(fs, join(this.folder, timeIndexFile(this.baseOffset)), times, saved.times);
      await replaceFile(fs, join(this.folder, sealFile(this.baseOffset)), seal, { durable: false });
      this.#savedIndexBytes = { offsets: offsets.length, times: times.length };
      this.#sealedBytes = logBytes;
    });
  }

  /** Best effort: what is not saved is rebuilt again the next time. */
  async #saveRebuilt(index: SegmentIndex): Promise<void> {
    try {
      await this.#saveIndex(index);
    } catch (error) {
      this.context.emit({
        event: 'background-error',
        doing: 'saving a rebuilt index',
        error: error as Error,
      });
    }
  }
}

/** The index files of a segment, if its seal vouches for them. The seal may be of a prefix of the log. */
export async function readTrustedIndex(
  context: Pick<StoreContext, 'fs'>,
  folder: string,
  baseOffset: number,
  indexIntervalBytes: number,
): Promise<{ index: SegmentIndex; seal: Seal } | undefined> {
  const seal = decodeSeal(
    (await readSmallFile(context.fs, join(folder, sealFile(baseOffset))))?.toString('utf8') ?? '',
  );
  if (seal === undefined || seal.baseOffset !== baseOffset) return undefined;
  const offsets = await readSmallFile(context.fs, join(folder, offsetIndexFile(baseOffset)));
  const times = await readSmallFile(context.fs, join(folder, timeIndexFile(baseOffset)));
  if (!fits(seal.offsetIndex, offsets) || !fits(seal.timeIndex, times)) return undefined;
  const index = new SegmentIndex(baseOffset, indexIntervalBytes, {
    offsets: offsets.subarray(0, seal.offsetIndex.sizeBytes),
    times: times.subarray(0, seal.timeIndex.sizeBytes),
    bytesSinceEntry: seal.bytesSinceIndexEntry,
    largestTime: seal.largestTime,
  });
  return { index, seal };
}

/** Makes the file hold `content`, of which it has the first `savedBytes` already. */
async function writeTail(fs: FileSystem, path: string, content: Buffer, savedBytes: number): Promise<void> {
  const file = await fs.open(path, 'write');
  try {
    await writeFully(file, [content.subarray(savedBytes)], savedBytes);
    await file.truncate(content.length);
  } finally {
    await file.close();
  }
}

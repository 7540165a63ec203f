/**
 * Lets the view follow the journal: every `viewFlushIntervalMs`, if there is anything new, one flush at a time.
 *
 * The first flush of a process writes the view anew, from memory, beside the old one, and puts it in its place when it is whole. So LMDB never runs here on a file
 * of an earlier life: what is damaged in it where nobody looks (its list of free pages) could end this process, and the next, and the one after that.
 *
 * The view may lag, and may be missing: a start reads more of the journal then. So a file system that refuses (no room, too many files) is tried again later, with
 * a new file. But an error of LMDB itself ends the process: nobody knows what it does next.
 */
import type { Clock, FileSystem } from '../../segment-store/index.js';
import type { GroupEventListener } from '../group-event.js';
import type { GroupChange } from '../group-store.js';
import type { FoldedGroups } from '../journal/folded-groups.js';
import { encodeFact, type JournalRecord } from '../journal/journal-record.js';
import type { GroupOptions } from '../options.js';
import { inTransactions, PendingEntries, type PendingEntry } from './pending-entries.js';
import { ViewDigest } from './view-entry.js';
import { type EntryChange, ViewEnvironment, ViewFailure } from './view-environment.js';
import type { ViewFolder } from './view-folder.js';

/** The least that a file has, and by how much it grows at a time, at least. */
const LEAST_BYTES = 1024 ** 2;
/** For the size of the first file: what an offset takes in it. Too little costs growing. */
const ENTRY_BYTES = 256;
const MAX_RETRY_MS = 60_000;

export interface ViewWriterContext {
  folder: ViewFolder;
  fs: FileSystem;
  clock: Clock;
  emit: GroupEventListener;
  onFatal: (error: Error) => void;
  options: Pick<GroupOptions, 'viewFlushIntervalMs' | 'viewTimeoutMs'>;
  folded: FoldedGroups;
  journalId: string;
}

export class ViewWriter {
  /** Undefined: the next flush writes the view anew. */
  #environment: ViewEnvironment | undefined;
  #digest = new ViewDigest();
  #pending = new PendingEntries();
  /** What lies below is in the view. */
  #replayFrom = 0;
  /** What lies below is in memory. */
  #foldedTo: number;
  #behind = false;
  #flushing: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #failures = 0;
  /** The last flush is begun by {@link close} alone. */
  #closing = false;
  /** Nothing is done any more. */
  #stopped = false;

  /** `foldedTo`: up to where the journal is in memory; `behind`: whether the view that is on disk lacks something of that. */
  constructor(
    private readonly context: ViewWriterContext,
    { foldedTo, behind }: { foldedTo: number; behind: boolean },
  ) {
    this.#foldedTo = foldedTo;
    if (behind) this.#fallBehind();
  }

  /** Notes what was folded into memory. `undo` would take it back. */
  note(record: JournalRecord, undo: GroupChange, foldedTo: number): void {
    this.#foldedTo = foldedTo;
    // What the view is written anew from has it already.
    if (this.#environment !== undefined || this.#flushing !== undefined) this.#pending.note(record, undo);
    this.#fallBehind();
  }

  /** Writes what is missing, and closes the view. Never rejects: what fails is told as when it fails at any other time. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#cancelTimer?.();
    await this.#flushing;
    if (this.#behind && !this.#stopped) await this.#flush();
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#environment?.close().catch((error: Error) => this.context.onFatal(error));
  }

  #fallBehind(): void {
    this.#behind = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#stopped || this.#closing || this.#flushing || this.#cancelTimer) return;
    this.#cancelTimer = this.context.clock.after(this.#delayMs, () => {
      this.#cancelTimer = undefined;
      this.#flushing = this.#flush().then(() => {
        this.#flushing = undefined;
        if (this.#behind) this.#schedule();
      });
    });
  }

  /** Longer and longer while it fails. */
  get #delayMs(): number {
    const { viewFlushIntervalMs } = this.context.options;
    if (this.#failures === 0) return viewFlushIntervalMs;
    return Math.max(viewFlushIntervalMs, Math.min(viewFlushIntervalMs * 2 ** this.#failures, MAX_RETRY_MS));
  }

  async #flush(): Promise<void> {
    this.#behind = false;
    try {
      if (this.#environment) await this.#follow(this.#environment);
      else await this.#writeAnew();
      this.#failures = 0;
    } catch (error) {
      this.#failed(error as Error);
    }
  }

  #failed(error: Error): void {
    // Whatever failed, the environment is closed, or must not be touched again.
    this.#environment = undefined;
    this.#pending = new PendingEntries();
    if (error instanceof ViewFailure) {
      this.#stopped = true;
      this.context.onFatal(error);
      return;
    }
    this.#behind = true;
    this.#failures += 1;
    this.context.emit({ event: 'background-error', doing: 'writing the view of the groups', error });
  }

  /** Brings the open view up to where memory is now. */
  async #follow(environment: ViewEnvironment): Promise<void> {
    const pieces = [...this.#pending.transactions()];
    this.#pending = new PendingEntries();
    const foldedTo = this.#foldedTo;
    for (const [number, piece] of pieces.entries()) {
      await makeRoom(environment, piece);
      this.#count(piece);
      if (number === pieces.length - 1) this.#replayFrom = foldedTo;
      await environment.write(piece, this.#head(foldedTo));
    }
  }

  async #writeAnew(): Promise<void> {
    const { folder, folded } = this.context;
    // All at once: while the file is being written, memory goes on.
    const changes = folded.all();
    const foldedTo = this.#foldedTo;
    this.#pending = new PendingEntries();
    this.#digest = new ViewDigest();
    this.#replayFrom = foldedTo;
    try {
      const sizeBytes = await this.#writeNext(changes);
      await folder.replace();
      this.#environment = await ViewEnvironment.open(this.#environmentContext, folder.file, sizeBytes);
    } catch (error) {
      if (!(error instanceof ViewFailure)) await folder.removeNext();
      throw error;
    }
  }

  /** Writes the file that is to take the place of the view. Resolves with its size. */
  async #writeNext(changes: readonly GroupChange[]): Promise<number> {
    const { folder } = this.context;
    await folder.beginNext();
    const next = await ViewEnvironment.create(
      this.#environmentContext,
      folder.nextFile,
      wholeSize(changes.length * ENTRY_BYTES),
    );
    for (const piece of inTransactions(entriesOf(changes))) {
      await makeRoom(next, piece);
      this.#count(piece);
      await next.write(piece, undefined);
    }
    await next.write([], this.#head(this.#replayFrom));
    await next.close();
    return next.sizeBytes;
  }

  #count(piece: readonly PendingEntry[]): void {
    for (const { key, before, recordValue } of piece) {
      if (before) this.#digest.remove(key, before);
      if (recordValue) this.#digest.add(key, recordValue);
    }
  }

  #head(reflectsTo: number) {
    const { entries, low, high } = this.#digest;
    const { journalId, clock } = this.context;
    return {
      journalId,
      replayFrom: this.#replayFrom,
      reflectsTo,
      entries,
      low,
      high,
      writtenMs: clock.wallMs(),
    };
  }

  get #environmentContext() {
    const { fs, clock, options } = this.context;
    return { fs, clock, timeoutMs: options.viewTimeoutMs };
  }
}

async function makeRoom(environment: ViewEnvironment, piece: readonly EntryChange[]): Promise<void> {
  const needed = environment.sizeFor(piece);
  if (needed <= environment.sizeBytes) return;
  await environment.grow(wholeSize(Math.max(needed, environment.sizeBytes * 1.5)));
}

function wholeSize(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / LEAST_BYTES)) * LEAST_BYTES;
}

/** Encoded as they are asked for. */
function* entriesOf(changes: readonly GroupChange[]): Generator<PendingEntry> {
  for (const change of changes) {
    const { key, value } = encodeFact(change);
    yield { key, recordValue: value, before: undefined };
  }
}

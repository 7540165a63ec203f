/**
 * Knows whether there is room to append. A full disk is a state, not an accident: appends are refused while it lasts and go on by
 * themselves when it is over; readers never notice.
 */
import type { CancelTimer, Clock } from './clock.js';
import { StoreError } from './errors.js';
import type { FileSystem } from './file-system.js';
import type { StoreEventListener } from './store-event.js';

/** Milliseconds between looks at a disk with room, and at a full one. */
const CHECK_MS = 5000;
const FULL_CHECK_MS = 500;

export class DiskSpace {
  #full = false;
  #stopTimer: CancelTimer = () => {};
  #closed = false;

  constructor(
    private readonly fs: FileSystem,
    private readonly clock: Clock,
    private readonly folder: string,
    private readonly reserveBytes: number,
    private readonly emit: StoreEventListener,
  ) {}

  /** Looks once, then again and again. */
  async start(): Promise<void> {
    await this.#look();
  }

  stop(): void {
    this.#closed = true;
    this.#stopTimer();
  }

  /** Throws DISK_FULL while there is no room. */
  check(): void {
    if (this.#full) throw diskFull();
  }

  /** A write found no room. */
  reportFull(): void {
    if (this.#full) return;
    this.#full = true;
    this.emit({ event: 'disk-full', freeBytes: undefined });
    this.#schedule(FULL_CHECK_MS);
  }

  async #look(): Promise<void> {
    try {
      this.#conclude(await this.fs.freeBytes(this.folder));
    } catch (error) {
      this.emit({ event: 'background-error', doing: 'looking at the free space', error: error as Error });
    }
    if (!this.#closed) this.#schedule(this.#full ? FULL_CHECK_MS : CHECK_MS);
  }

  #conclude(freeBytes: number): void {
    const enough = freeBytes >= this.reserveBytes && freeBytes > 0;
    if (this.#full && enough) this.emit({ event: 'disk-recovered', freeBytes });
    if (!this.#full && !enough) this.emit({ event: 'disk-full', freeBytes });
    this.#full = !enough;
  }

  #schedule(ms: number): void {
    this.#stopTimer();
    this.#stopTimer = this.clock.after(ms, () => void this.#look());
  }
}

export function diskFull(cause?: unknown): StoreError<'DISK_FULL'> {
  return new StoreError(
    'DISK_FULL',
    'There is no room on the disk; appends are taken again when there is',
    {},
    { cause },
  );
}

/** True for errors that say "no room", of blocks, inodes or quota. */
export function isNoRoom(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** A log with a journal, and views of it as files: to be spoilt, and opened with the log again and again. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GroupStore } from '../../../consumer-groups/group-store.js';
import type { GroupEvent } from '../../../consumer-groups/index.js';
import { openGroupStore } from '../../../consumer-groups/open-group-store.js';
import { openLogStore, systemClock } from '../../../segment-store/index.js';
import { ExpectedState, stateOf } from '../group-store/group-state.js';
import { RandomChanges } from '../group-store/random-changes.js';

const PAGE_BYTES = 4096;
const NEVER_MS = 1e9;

export interface Reopened {
  state: string[];
  events: GroupEvent[];
  /** Why the view was not used; undefined: it was. */
  problem: string | undefined;
  keptIn: string | undefined;
}

export class WrittenView implements AsyncDisposable {
  readonly expected = new ExpectedState();
  /** The view's file after the first half of the writes, and at the end. */
  older: Buffer = Buffer.alloc(0);
  newest: Buffer = Buffer.alloc(0);
  #copies = 0;

  private constructor(
    private readonly folder: string,
    private readonly log: Awaited<ReturnType<typeof openLogStore>>,
  ) {}

  static async make(seed: number, writes: number): Promise<WrittenView> {
    const folder = await mkdtemp(join(tmpdir(), 'respool-view-'));
    const log = await openLogStore({
      dataDir: join(folder, 'data'),
      freeSpaceReserveBytes: 0,
      cleanupIntervalMs: NEVER_MS,
    });
    const view = new WrittenView(folder, log);
    const changes = new RandomChanges(seed);
    view.older = await view.#write(changes, writes);
    view.newest = await view.#write(changes, writes);
    return view;
  }

  /** Pages that have anything in them. */
  get pages(): number[] {
    const count = this.newest.length / PAGE_BYTES;
    return Array.from({ length: count }, (_, page) => page).filter(
      (page) => !isZero(pageOf(this.newest, page)),
    );
  }

  /** A copy of the newest view, with something done to it. */
  spoilt(spoil: (view: Buffer) => void): Buffer {
    const copy = Buffer.from(this.newest);
    spoil(copy);
    return copy;
  }

  /** Opens the groups with this view, in a folder of its own; undefined: there is none. */
  async reopen(view: Buffer | undefined, { lock }: { lock?: Buffer } = {}): Promise<Reopened> {
    this.#copies += 1;
    const viewDir = join(this.folder, `view-${this.#copies}`);
    await mkdir(viewDir);
    if (view) await writeFile(join(viewDir, 'data.mdb'), view);
    if (lock) await writeFile(join(viewDir, 'data.mdb-lock'), lock);
    const events: GroupEvent[] = [];
    const groups = await this.#open(viewDir, events);
    const state = stateOf(groups);
    await groups.close();
    const rebuilt = events.find((event) => event.event === 'view-rebuilt');
    await rm(viewDir, { recursive: true });
    if (rebuilt?.keptIn) await rm(rebuilt.keptIn, { recursive: true });
    return { state, events, problem: rebuilt?.reason, keptIn: rebuilt?.keptIn };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Writes through many flushes, so that the file has free pages and old ones; resolves with the file as it is then. */
  async #write(changes: RandomChanges, writes: number): Promise<Buffer> {
    const viewDir = join(this.folder, 'view');
    const groups = await this.#open(viewDir, [], 1);
    for (let at = 0; at < writes; at += 1) {
      const write = changes.write(10);
      await groups.write(write);
      this.expected.apply(write);
    }
    await groups.close();
    const copy = join(this.folder, 'copy');
    await copyFile(join(viewDir, 'data.mdb'), copy);
    return readFile(copy);
  }

  #open(viewDir: string, events: GroupEvent[], viewFlushIntervalMs = NEVER_MS): Promise<GroupStore> {
    return openGroupStore({
      store: this.log,
      options: { viewDir, viewFlushIntervalMs, viewTimeoutMs: 30_000 },
      clock: systemClock,
      emit: (event) => events.push(event),
      onFatal: (error) => {
        throw error;
      },
    });
  }
}

/** A view of one page. */
export function pageOf(file: Buffer, page: number): Buffer {
  return file.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

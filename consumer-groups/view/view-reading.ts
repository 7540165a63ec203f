/**
 * Reads a view and judges it. LMDB has no checksums and ends the process on a damaged page, so it is read by another process, and what that one hands over is
 * believed only as a whole: every entry has its checksum, keys ascend, the head comes last, and the entries are as many as it says, with the digest that it says.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Clock, FileSystem } from '../../segment-store/index.js';
import type { GroupChange } from '../group-store.js';
import { decodeFact } from '../journal/journal-record.js';
import { MalformedRecordError } from '../journal/record-bytes.js';
import { prepareLock } from './lock-file.js';
import { openEntry, ViewDigest } from './view-entry.js';
import { decodeHead, HEAD_KEY, type ViewHead } from './view-head.js';

const READER = fileURLToPath(new URL('./view-reader.mjs', import.meta.url));
const FRAME_BYTES = 6;
/** What the reader says when it fails, for the event; LMDB may say a lot. */
const MAX_COMPLAINT_LENGTH = 300;

/** The head of a whole view, or why it is none. */
export type ViewVerdict = { head: ViewHead } | { damage: string };

export interface ViewReadingContext {
  fs: FileSystem;
  clock: Clock;
  /** How long the reader may say nothing. */
  timeoutMs: number;
}

/** Hands every entry to `take`, which must forget them all if the verdict is damage. */
export async function readView(
  file: string,
  context: ViewReadingContext,
  take: (change: GroupChange) => void,
): Promise<ViewVerdict> {
  try {
    await prepareLock(context.fs, file);
    return await readByProcess(file, context, new ViewJudge(take));
  } catch (error) {
    const isNoRoom = (error as NodeJS.ErrnoException).code === 'ENOSPC';
    if (!isNoRoom && !(error instanceof MalformedRecordError)) throw error;
    return { damage: (error as Error).message };
  }
}

async function readByProcess(
  file: string,
  { clock, timeoutMs }: ViewReadingContext,
  judge: ViewJudge,
): Promise<ViewVerdict> {
  const reader = new ReaderProcess(file, clock, timeoutMs);
  try {
    for await (const chunk of reader.output) {
      reader.heard();
      judge.read(chunk as Buffer);
    }
    const failure = await reader.ended();
    return failure === undefined ? judge.verdict() : { damage: failure };
  } finally {
    reader.kill();
  }
}

class ReaderProcess {
  readonly output: Readable;
  readonly #child: ReturnType<typeof spawn>;
  readonly #exited: Promise<unknown[]>;
  #complaint = '';
  #silent = false;
  #cancelTimer: () => void = () => {};

  constructor(
    file: string,
    private readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {
    // Options of Node that were meant for us might keep it from starting.
    const { NODE_OPTIONS: _, ...env } = process.env;
    this.#child = spawn(process.execPath, [READER, file], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      env,
    });
    this.output = this.#child.stdio[3] as Readable;
    this.#exited = once(this.#child, 'close');
    // It is awaited when the output has ended.
    this.#exited.catch(() => {});
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(0, MAX_COMPLAINT_LENGTH);
    });
    this.heard();
  }

  /** It is at work. */
  heard(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.clock.after(this.timeoutMs, () => {
      this.#silent = true;
      this.kill();
    });
  }

  /** Undefined: it ended well. */
  async ended(): Promise<string | undefined> {
    try {
      const [code, signal] = await this.#exited;
      if (code === 0) return undefined;
      if (this.#silent) return `reading it took longer than ${this.timeoutMs} ms`;
      return `reading it ended with ${signal ?? `exit code ${code}`}: ${this.#complaint.trim()}`;
    } catch (error) {
      return `it could not be read: ${(error as Error).message}`;
    }
  }

  kill(): void {
    this.#cancelTimer();
    this.#child.kill('SIGKILL');
  }
}

/** Takes what the reader says, in pieces of any size. {@link MalformedRecordError} at the first thing that is wrong. */
export class ViewJudge {
  readonly #digest = new ViewDigest();
  #rest: Buffer = Buffer.alloc(0);
  #lastKey: Buffer = Buffer.alloc(0);
  #head: ViewHead | undefined;
  #ended = false;

  constructor(private readonly take: (change: GroupChange) => void) {}

  read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (let end = frameEnd(bytes, at); end !== undefined; end = frameEnd(bytes, at)) {
      const keyLength = bytes.readUInt16BE(at);
      const keyEnd = at + FRAME_BYTES + keyLength;
      if (keyLength === 0) this.#ended = true;
      else this.#entry(bytes.subarray(at + FRAME_BYTES, keyEnd), bytes.subarray(keyEnd, end));
      at = end;
    }
    this.#rest = Buffer.from(bytes.subarray(at));
  }

  verdict(): ViewVerdict {
    if (!this.#ended) return { damage: 'it ends early' };
    if (this.#head === undefined) return { damage: 'it has no head' };
    if (!this.#digest.equals(this.#head)) {
      return {
        damage: `its ${this.#digest.entries} entries are not the ${this.#head.entries} that its head tells of`,
      };
    }
    return { head: this.#head };
  }

  #entry(key: Buffer, value: Buffer): void {
    if (this.#head !== undefined) throw new MalformedRecordError('there are entries behind its head');
    if (Buffer.compare(this.#lastKey, key) >= 0) throw new MalformedRecordError('its keys do not ascend');
    this.#lastKey = Buffer.from(key);
    const recordValue = openEntry(key, value);
    if (recordValue === undefined) throw new MalformedRecordError('the checksum of an entry does not match');
    if (key.equals(HEAD_KEY)) {
      this.#head = decodeHead(recordValue);
      return;
    }
    const fact = decodeFact(key, recordValue);
    if (fact === undefined || fact.kind === 'journal')
      throw new MalformedRecordError('it has an entry of no kind');
    this.#digest.add(key, recordValue);
    this.take(fact);
  }
}

/** Undefined: the frame at `at` is not all there. */
function frameEnd(bytes: Buffer, at: number): number | undefined {
  if (bytes.length - at < FRAME_BYTES) return undefined;
  const end = at + FRAME_BYTES + bytes.readUInt16BE(at) + bytes.readUInt32BE(at + 2);
  return end <= bytes.length ? end : undefined;
}

import * as fs from 'node:fs';
import { isatty } from 'node:tty';

/** Thrown by writes after the reader of standard output went away, as `head` does. Not an error: the command ends quietly. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

const BUFFER_BYTES = 256 * 1024;
/** How long to wait when a terminal or pipe that somebody made non-blocking is full. */
const FULL_PIPE_PAUSE_MS = 5;

/**
 * Standard output with backpressure. What is written is gathered and handed to the system in the background, one call at a time; a
 * writer that is ahead is given a Promise to wait for. Not `process.stdout`: that one blocks the process while a pipe is full, and with it
 * the connection to the broker.
 */
export class Output {
  readonly isTerminal: boolean;
  #gathering: Buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #gathered = 0;
  #spare: Buffer | undefined = Buffer.allocUnsafe(BUFFER_BYTES);
  #writing: Promise<void> | undefined;
  #scheduled = false;
  #failure: Error | undefined;

  constructor(private readonly descriptor: number) {
    this.isTerminal = isatty(descriptor);
  }

  /**
   * Takes the parts, one behind the other; they are copied. If a Promise comes back the caller must wait for it before the next call.
   * Throws {@link OutputClosed}.
   */
  write(...parts: readonly (Buffer | string)[]): Promise<void> | undefined {
    if (this.#failure) throw this.#failure;
    for (const [number, part] of parts.entries()) {
      const bytes = typeof part === 'string' ? Buffer.from(part) : part;
      if (bytes.length > this.#gathering.length - this.#gathered) {
        return this.#writeLarge(
          Buffer.concat([bytes, ...parts.slice(number + 1).map((rest) => Buffer.from(rest as Buffer))]),
        );
      }
      bytes.copy(this.#gathering, this.#gathered);
      this.#gathered += bytes.length;
    }
    this.#schedule();
    return undefined;
  }

  /** Resolves when everything is with the system. */
  async flush(): Promise<void> {
    while (this.#writing || this.#gathered > 0) {
      this.#start();
      await this.#writing;
      if (this.#failure) throw this.#failure;
    }
    if (this.#failure) throw this.#failure;
  }

  /** `bytes` are ours: nobody changes them while they wait. */
  async #writeLarge(bytes: Buffer): Promise<void> {
    await this.flush();
    if (bytes.length <= this.#gathering.length) {
      bytes.copy(this.#gathering, 0);
      this.#gathered = bytes.length;
      this.#schedule();
      return;
    }
    this.#track(this.#writeAll(bytes, bytes.length));
    await this.flush();
  }

  /** What a burst of writes leaves behind goes out when the burst is over, so that a follower sees it at once. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#start();
    });
  }

  #start(): void {
    if (this.#writing || this.#gathered === 0 || this.#failure || !this.#spare) return;
    const full = this.#gathering;
    const length = this.#gathered;
    this.#gathering = this.#spare;
    this.#gathered = 0;
    this.#spare = undefined;
    this.#track(
      this.#writeAll(full, length).finally(() => {
        this.#spare = full;
      }),
    );
  }

  #track(writing: Promise<void>): void {
    this.#writing = writing
      .catch((error: NodeJS.ErrnoException) => {
        this.#failure = error.code === 'EPIPE' ? new OutputClosed('the output was closed') : error;
      })
      .finally(() => {
        this.#writing = undefined;
        this.#start();
      });
  }

  async #writeAll(bytes: Buffer, length: number): Promise<void> {
    for (let at = 0; at < length; ) at += await this.#writeSome(bytes, at, length - at);
  }

  #writeSome(bytes: Buffer, at: number, length: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.write(this.descriptor, bytes, at, length, null, (error, written) => {
        if (error === null) resolve(written);
        else if (error.code === 'EAGAIN') setTimeout(resolve, FULL_PIPE_PAUSE_MS, 0);
        else reject(error);
      });
    });
  }
}

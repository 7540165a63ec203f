import { closeSync, fdatasync, fdatasyncSync, openSync, rmSync, writev } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LatencyRecorder, type LatencySummary } from '../harness/latency.js';
import { wallMs } from '../harness/wall-clock.js';

export interface DiskParameters {
  dir: string;
}

export interface DiskAppends {
  groups: number;
  startMs: number;
  endMs: number;
  /** Write and sync of a group together. */
  groupMs: LatencySummary;
}

/** As the broker's default: a new file after so much, so that no file is larger than its segments are. */
const FILE_BYTES = 1024 ** 3;

const writeBuffers = promisify(writev);
const sync = promisify(fdatasync);

/** Appends and syncs, and nothing else, with the calls that the broker makes. */
export class DiskRole implements AsyncDisposable {
  readonly #path: string;
  #descriptor: number;
  #position = 0;

  constructor({ dir }: DiskParameters) {
    this.#path = join(dir, 'ceiling.log');
    this.#descriptor = openSync(this.#path, 'w');
  }

  /** Groups of `batches` buffers of `batchBytes` each, one group at a time. */
  async append(batchBytes: number, batches: number, seconds: number): Promise<DiskAppends> {
    const buffers = Array.from({ length: batches }, () => Buffer.alloc(batchBytes, 'respool '));
    const durations = new LatencyRecorder();
    const startMs = wallMs();
    const untilMs = performance.now() + seconds * 1000;
    let groups = 0;
    for (let beganMs = performance.now(); beganMs < untilMs; groups++) {
      await this.#appendGroup(buffers, batchBytes * batches);
      const nowMs = performance.now();
      durations.record(nowMs - beganMs);
      beganMs = nowMs;
    }
    return { groups, startMs, endMs: wallMs(), groupMs: durations.summary() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    closeSync(this.#descriptor);
    rmSync(this.#path, { force: true });
  }

  async #appendGroup(buffers: Buffer[], bytes: number): Promise<void> {
    if (this.#position >= FILE_BYTES) this.#startOver();
    const { bytesWritten } = await writeBuffers(this.#descriptor, buffers, this.#position);
    if (bytesWritten !== bytes) throw new Error(`${bytesWritten} of ${bytes} bytes were written`);
    await sync(this.#descriptor);
    this.#position += bytes;
  }

  #startOver(): void {
    closeSync(this.#descriptor);
    this.#descriptor = openSync(this.#path, 'w');
    fdatasyncSync(this.#descriptor);
    this.#position = 0;
  }
}

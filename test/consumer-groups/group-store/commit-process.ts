/** A process that commits without end, to be killed or to be failed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./commit-program.mjs', import.meta.url));

/** Processes that are still there when this one ends are ended with it, whatever happened. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class CommitProcess implements AsyncDisposable {
  /** Resolves when the process is gone, with its exit code or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** What it said went wrong. */
  complaint = '';
  readonly #child: ChildProcess;
  #said = '';
  #listeners: (() => void)[] = [];

  constructor(
    dataDir: string,
    private readonly partitions: number,
    flushMs = 1,
  ) {
    const args = [PROGRAM, dataDir, String(partitions), String(flushMs)];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.#child);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
      for (const listener of this.#listeners.splice(0)) listener();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.complaint += text;
    });
    this.ended = once(this.#child, 'close').then(([code, signal]) => {
      running.delete(this.#child);
      for (const listener of this.#listeners.splice(0)) listener();
      return signal ?? code;
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The numbers acknowledged, in order. */
  get acknowledged(): number[] {
    const lines = this.#said.split('\n').slice(0, -1);
    return lines.filter((line) => line !== 'ready').map(Number);
  }

  /** The largest number acknowledged for each partition. */
  get lastAcknowledged(): Map<number, number> {
    const last = new Map<number, number>();
    for (const number of this.acknowledged) {
      const partition = number % this.partitions;
      last.set(partition, Math.max(last.get(partition) ?? 0, number));
    }
    return last;
  }

  /** Resolves when so many commits are acknowledged; rejects if the process ends before. */
  async committed(count: number): Promise<void> {
    while (this.acknowledged.length < count) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`the process ended after ${this.acknowledged.length} commits: ${this.complaint}`);
      }
      await new Promise<void>((resolve) => this.#listeners.push(resolve));
    }
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MemberOrder, MemberReport, MemberSettings } from './member-order.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** As `npm run build:members` has compiled it, beside the broker. */
const PROGRAM = join(
  ROOT,
  'dist',
  relative(ROOT, fileURLToPath(new URL('./member-program.js', import.meta.url))),
);

/** Processes that are still there when this one ends are ended with it, whatever happened. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Some members in a process of their own, which can be stopped and killed. */
export class MemberProcess implements AsyncDisposable {
  /** The consumers that it was told to be, and not to be no more. */
  readonly consumers = new Set<string>();
  /** Loops that ended with an error. */
  readonly failures: string[] = [];
  readonly ended: Promise<unknown>;
  readonly #child: ChildProcess;

  /** `onCommitted`: told now and then that a commit was acknowledged. */
  constructor(server: string, eventPath: string, { onCommitted }: { onCommitted?: () => void } = {}) {
    // It may be killed before it has written anything.
    closeSync(openSync(eventPath, 'a'));
    this.#child = fork(PROGRAM, [server, eventPath], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    running.add(this.#child);
    this.ended = once(this.#child, 'exit').finally(() => running.delete(this.#child));
    this.#child.on('message', (said: MemberReport) => {
      if (said.report === 'committed') onCommitted?.();
      if (said.report === 'failed') this.failures.push(`${said.consumer}: ${said.error}`);
    });
  }

  join(settings: MemberSettings): void {
    this.consumers.add(settings.consumer);
    this.#tell({ order: 'join', settings });
  }

  leave(consumer: string): void {
    this.consumers.delete(consumer);
    this.#tell({ order: 'leave', consumer });
  }

  /** It does nothing any more, until {@link goOn}. */
  stop(): void {
    this.#child.kill('SIGSTOP');
  }

  goOn(): void {
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** All leave, then the process ends. */
  async end(): Promise<void> {
    this.#tell({ order: 'end' });
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #tell(order: MemberOrder): void {
    // Whoever was killed meanwhile is told nothing.
    if (this.#child.connected) this.#child.send(order);
  }
}

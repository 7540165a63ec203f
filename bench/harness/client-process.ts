/** A client in a process of its own, which carries out one of the roles of `bench/client.ts`. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type ProcessUsage, usageOf } from './process-usage.js';
import type { AnswerMessage, AnswerOf, ArgumentOf, CommandMessage, CommandOf, Role } from './role-message.js';

const PROGRAM = fileURLToPath(new URL('../client.js', import.meta.url));

/** Ended with this process, whatever happens to it. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class ClientProcess<R extends Role> implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #asked = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  #nextId = 1;
  #closed = false;

  /** Starts a process that makes the role with `parameters`. `nodeFlags` are for profiling. */
  constructor(role: string, parameters: unknown, nodeFlags: readonly string[] = []) {
    this.name = role;
    this.#child = fork(PROGRAM, [role, JSON.stringify(parameters)], { execArgv: [...nodeFlags] });
    running.add(this.#child);
    this.#ended = once(this.#child, 'exit').then(() => {
      running.delete(this.#child);
      for (const { reject } of this.#asked.values()) reject(new Error(`the ${role} process has ended`));
      this.#asked.clear();
    });
    this.#child.on('message', (message: AnswerMessage) => this.#answered(message));
  }

  /** Has a command of the role carried out. Rejects with what it threw, or if the process ends. */
  call<Name extends CommandOf<R>>(command: Name, ...args: ArgumentOf<R, Name>): Promise<AnswerOf<R, Name>> {
    const id = this.#nextId++;
    const message: CommandMessage = { id, command, arguments: args };
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.#child.send(message, (error) => {
        if (error) reject(error);
      });
    });
  }

  /** Undefined where there is no /proc. */
  usage(): ProcessUsage | undefined {
    return usageOf(this.#child.pid!);
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.#closed = true;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Lets it end by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }

  #answered(message: AnswerMessage): void {
    const asked = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    if ('failure' in message) asked?.reject(new Error(`${this.name}: ${message.failure}`));
    else asked?.resolve(message.answer);
  }
}

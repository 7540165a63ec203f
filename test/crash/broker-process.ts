/** A real `respool serve` in a process of its own, to be killed. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const COMMAND = fileURLToPath(new URL('../../dist/cli/respool.cjs', import.meta.url));

export interface BrokerSettings {
  dataDir: string;
  /** `host:port`. */
  listen: string;
  http: string;
  /** More flags of `respool serve`. */
  flags?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** Processes that are still there when this one ends are ended with it, whatever happened. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class BrokerProcess implements AsyncDisposable {
  /** Resolves when it serves; rejects if it ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone, with its exit code or the signal that ended it. */
  readonly ended: Promise<number | string>;
  readonly #child: ChildProcess;
  #log = '';

  constructor({ dataDir, listen, http, flags = [], env = {} }: BrokerSettings) {
    const args = ['serve', '--data-dir', dataDir, '--listen', listen, '--http', http, ...flags];
    this.#child = spawn(process.execPath, [COMMAND, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    running.add(this.#child);
    this.ended = once(this.#child, 'close').then(([code, signal]) => {
      running.delete(this.#child);
      return signal ?? code;
    });
    this.ready = this.#readyOrEnded();
    // Whoever kills it before it was up does not wait for it.
    this.ready.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** What it has logged so far. */
  get log(): string {
    return this.#log;
  }

  /** Resolves when a line of the log contains `text`; also one that is there already. Rejects if the process ends without it. */
  async logged(text: string): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      const look = () => {
        if (!this.#log.includes(text)) return;
        this.#child.stdout?.off('data', look);
        this.#child.stderr?.off('data', look);
        resolve();
      };
      this.#child.stdout?.on('data', look);
      this.#child.stderr?.on('data', look);
      look();
    });
    const ended = this.ended.then((how) => {
      throw new Error(`the broker ended (${how}) without logging ${JSON.stringify(text)}:\n${this.#log}`);
    });
    await Promise.race([seen, ended]);
  }

  /** Stops it where it is. When this resolves it does nothing any more, and answers nobody, until it is killed. */
  async freeze(): Promise<void> {
    this.#child.kill('SIGSTOP');
    // All that others hear of it comes from the main thread.
    while (!(await this.#mainThreadIsStopped())) await new Promise((resolve) => setImmediate(resolve));
  }

  async #mainThreadIsStopped(): Promise<boolean> {
    const stat = await readFile(`/proc/${this.pid}/task/${this.pid}/stat`, 'utf8');
    // `pid (name) state …`
    return stat.slice(stat.lastIndexOf(')')).startsWith(') T');
  }

  /** Sends the signal and waits until the process is gone. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<number | string> {
    this.#child.kill(signal);
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #readyOrEnded(): Promise<void> {
    const take = (chunk: Buffer) => {
      this.#log += chunk.toString('utf8');
    };
    this.#child.stdout?.on('data', take);
    this.#child.stderr?.on('data', take);
    await this.logged(READY_TEXT);
  }
}

const READY_TEXT = '"msg":"serving"';

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** What `respool verify` calls damage; what a start repairs by itself is none. No broker may be running. */
export async function damageIn(dataDir: string): Promise<string[]> {
  const args = [COMMAND, 'verify', '--json', '--data-dir', dataDir];
  const { stdout } = await promisify(execFile)(process.execPath, args).catch(
    (error: { stdout: string }) => error,
  );
  const findings = stdout.split('\n').filter((line) => line !== '');
  if (findings.length === 0) throw new Error('respool verify said nothing');
  return findings.filter((line) => JSON.parse(line).severity === 'damage');
}

/** `respool serve` in a process of its own, as a user starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ProcessUsage, usageOf } from './process-usage.js';
import type { Durability } from './result.js';

const COMMAND = fileURLToPath(new URL('../../cli/respool.cjs', import.meta.url));

export interface BrokerSettings {
  dataDir: string;
  durability: Durability;
  /** More flags of `respool serve`. */
  flags?: readonly string[];
  /** Flags of Node, for profiling. */
  nodeFlags?: readonly string[];
}

interface Address {
  host: string;
  port: number;
}

/** Ended with this process, whatever happens to it. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class BrokerProcess implements AsyncDisposable {
  /** How long the process took from its start until it said that it serves, in milliseconds. */
  readonly startMs: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(
    child: ChildProcess,
    ended: Promise<unknown>,
    /** `host:port` of gRPC. */
    readonly server: string,
    /** `host:port` of HTTP. */
    readonly http: string,
    startMs: number,
  ) {
    this.#child = child;
    this.#ended = ended;
    this.startMs = startMs;
  }

  /** Resolves when it says that it serves; rejects with what it said if it ends before. */
  static async start({
    dataDir,
    durability,
    flags = [],
    nodeFlags = [],
  }: BrokerSettings): Promise<BrokerProcess> {
    const addresses = ['--listen', '127.0.0.1:0', '--http', '127.0.0.1:0'];
    const args = [
      COMMAND,
      'serve',
      '--data-dir',
      dataDir,
      '--durability',
      durability,
      ...addresses,
      ...flags,
    ];
    const startedMs = performance.now();
    const child = spawn(process.execPath, [...nodeFlags, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.add(child);
    const ended = once(child, 'exit').finally(() => running.delete(child));
    const { address, httpAddress } = await serving(child);
    const startMs = performance.now() - startedMs;
    return new BrokerProcess(child, ended, textOf(address), textOf(httpAddress), startMs);
  }

  /** Undefined where there is no /proc. */
  usage(): ProcessUsage | undefined {
    return usageOf(this.#child.pid!);
  }

  /** The sums and counts that the broker's own metrics have under `names`, all labels together. */
  async metrics<Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> {
    const response = await fetch(`http://${this.http}/metrics`);
    const lines = (await response.text()).split('\n');
    const total = (name: string) =>
      lines
        .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    return Object.fromEntries(names.map((name) => [name, total(name)])) as Record<Name, number>;
  }

  /** Sends the signal and resolves when the process is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM');
  }
}

/** Follows the log to its end, so that the broker never waits for its reader; resolves with the line that tells the addresses. */
function serving(child: ChildProcess): Promise<{ address: Address; httpAddress: Address }> {
  const log: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! })
      .on('line', (line) => {
        if (log.length < 100) log.push(line);
        const event = parsed(line);
        if (event?.msg === 'serving') resolve(event);
      })
      .on('close', () => reject(new Error(`the broker ended before it served:\n${log.join('\n')}`)));
  });
}

interface LogLine {
  msg: string;
  address: Address;
  httpAddress: Address;
}

/** Undefined for what is no line of the log: some flags of Node print there as well. */
function parsed(line: string): LogLine | undefined {
  return line.startsWith('{') ? (JSON.parse(line) as LogLine) : undefined;
}

function textOf({ host, port }: Address): string {
  return `${host}:${port}`;
}

/** The real command as a child process, and brokers for it. Needs `npm run build`, which `npm test` does first. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Respool } from '../../sdk/index.js';
import { Broker, formatAddress } from '../../server/index.js';

export const COMMAND = fileURLToPath(new URL('../../dist/cli/respool.cjs', import.meta.url));

export interface Ended {
  /** The exit code, or the signal that ended it. */
  code: number | string;
  stdout: Buffer;
  stderr: string;
}

/** Processes that outlive a failed test are ended with this one. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts `respool`; nothing of this process's own environment reaches it but what finding programs needs. */
export function start(
  args: readonly string[],
  env: Record<string, string> = {},
): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { PATH: process.env['PATH'] ?? '', TZ: 'Europe/Berlin', ...env },
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  // A command that ends without reading its input closes the pipe.
  child.stdin.on('error', () => {});
  return child;
}

/** Resolves when the child has ended, with all that it wrote. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const [code, signal] = await once(child, 'close');
  return { code: signal ?? code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}

/** Runs `respool` to its end. */
export function run(
  args: readonly string[],
  { input = '', env = {} }: { input?: Buffer | string; env?: Record<string, string> } = {},
): Promise<Ended> {
  const child = start(args, env);
  child.stdin.end(input);
  return ended(child);
}

/** Resolves with the first line from now on that `matches`; rejects if the stream ends without one. The stream flows on afterwards. */
export function lineOf(stream: Readable, matches: (line: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let rest = '';
    const read = (chunk: Buffer) => {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop()!;
      const found = lines.find(matches);
      if (found === undefined) return;
      stream.off('data', read).off('end', fail);
      resolve(found);
    };
    const fail = () => reject(new Error(`the stream ended without the line; its last words: ${rest}`));
    stream.on('data', read).on('end', fail);
  });
}

/** A broker in this process, in a folder of its own, and commands that talk to it. */
export class TestBroker implements AsyncDisposable {
  /** For what a test needs beside the commands that it is about. */
  readonly client: Respool;

  private constructor(
    readonly dataDir: string,
    readonly server: string,
    private readonly broker: Broker,
  ) {
    this.client = new Respool(server);
  }

  static async start(): Promise<TestBroker> {
    const dataDir = await mkdtemp(join(tmpdir(), 'respool-cli-'));
    return TestBroker.open(dataDir);
  }

  static async open(dataDir: string): Promise<TestBroker> {
    const broker = await Broker.start({ dataDir, listen: '127.0.0.1:0', http: 'off', logLevel: 'silent' });
    return new TestBroker(dataDir, formatAddress(broker.address), broker);
  }

  /** Runs a command against this broker. */
  run(args: readonly string[], input?: Buffer | string): Promise<Ended> {
    return run(args, { env: { RESPOOL_SERVER: this.server }, ...(input !== undefined && { input }) });
  }

  /** As {@link run}; throws unless it ends with 0. Standard output as text. */
  async ok(args: readonly string[], input?: Buffer | string): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, input);
    if (code !== 0) throw new Error(`respool ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout.toString();
  }

  start(args: readonly string[]): ChildProcessWithoutNullStreams {
    return start(args, { RESPOOL_SERVER: this.server });
  }

  /** Ends the broker; its folder stays. */
  async stop(): Promise<void> {
    await this.client.close();
    await this.broker.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

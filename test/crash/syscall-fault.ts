/** Makes system calls of a running process fail, with strace. Needs root. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export class SyscallFault implements AsyncDisposable {
  private constructor(private readonly strace: ChildProcess) {}

  /** From when this resolves every `syscall` of all threads of the process fails with `error`, until disposed. `path`: only those on this file. */
  static async inject(pid: number, syscall: string, error: string, path?: string): Promise<SyscallFault> {
    const args = [
      ...(path === undefined ? [] : ['-P', path]),
      '-f',
      '-p',
      String(pid),
      '-e',
      `trace=${syscall}`,
      '-e',
      `inject=${syscall}:error=${error}`,
    ];
    const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    await attached(strace);
    return new SyscallFault(strace);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.strace.exitCode !== null || this.strace.signalCode !== null) return;
    const ended = once(this.strace, 'exit');
    this.strace.kill('SIGINT');
    await ended;
  }
}

/** strace says so when it has all threads, in one line. */
function attached(strace: ChildProcess): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    strace.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (said.includes('attached')) resolve();
    });
    strace.once('exit', () => reject(new Error(`strace ended: ${said}`)));
  });
}

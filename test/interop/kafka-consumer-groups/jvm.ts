/** Processes of Java that end with this one at the latest. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';

const running = new Set<ChildProcessWithoutNullStreams>();
process.on('exit', () => {
  for (const jvm of running) jvm.kill('SIGKILL');
});

/** Starts `java`; `options` and `program` as on its command line. */
export function startJvm(
  classPath: string,
  options: readonly string[],
  program: readonly string[],
  env: Record<string, string> = {},
): ChildProcessWithoutNullStreams {
  const args = ['-Xmx256m', ...options, '-cp', classPath, ...program];
  const jvm = spawn('java', args, { env: { ...process.env, ...env } });
  running.add(jvm);
  jvm.once('close', () => running.delete(jvm));
  return jvm;
}

/** Ends it at once; resolves when it has ended. */
export async function endJvm(jvm: ChildProcessWithoutNullStreams): Promise<void> {
  if (!running.has(jvm)) return;
  const closed = once(jvm, 'close');
  jvm.kill('SIGKILL');
  await closed;
}

/** The option of slf4j-simple for how much is said, on standard error, by all loggers or by one. */
export function logLevel(level: 'error' | 'warn' | 'info', logger?: string): string {
  return `-Dorg.slf4j.simpleLogger.${logger === undefined ? 'defaultLogLevel' : `log.${logger}`}=${level}`;
}

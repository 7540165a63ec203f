#!/usr/bin/env node
/**
 * The `respool` command: what npm puts on the path. CommonJS, because all of this must happen before any module is loaded that touches
 * a file asynchronously: the thread pool gets its size at the first such call, and a Node that is too old must hear why, not fail on syntax.
 */
const OLDEST_NODE = [20, 19] as const;

/** Four hung syncs would freeze every other file call with the default of 4 threads. */
const THREADS = '16';

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

if (isTooOld(process.versions.node)) {
  process.stderr.write(
    `respool: Node.js ${process.versions.node} is too old; install ${OLDEST_NODE.join('.')} or later\n`,
  );
  process.exitCode = 1;
} else {
  process.env['UV_THREADPOOL_SIZE'] ??= THREADS;
  // Warnings for developers of libraries; who types a command can do nothing about them.
  process.noDeprecation = true;
  void import('./index.js').then((program) => program.main(process.argv.slice(2)));
}

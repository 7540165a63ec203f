#!/usr/bin/env node
/**
 * The `respool` command: what npm puts on the path. CommonJS, because all of this must happen before any module is loaded that touches
 * a file asynchronously: the thread pool gets its size at the first such call, and a Node that is too old must hear why, not fail on syntax.
 */
import v8 = require('node:v8');

const OLDEST_NODE = [20, 19] as const;

/** Four hung syncs would freeze every other file call with the default of 4 threads. */
const THREADS = '16';

/**
 * How far the heap may grow before all of it is collected, beyond what lived through the last time. Passing buffers through makes garbage outside of the
 * heap, which V8 counts as if it were inside: with its own factor a broker with 20 MB of objects collects all of them 20 times a second. See docs/adr/0007.
 */
const HEAP_GROWTH_PERCENT = 400;

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
  v8.setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
  // Warnings for developers of libraries; who types a command can do nothing about them.
  process.noDeprecation = true;
  void import('./index.js').then((program) => program.main(process.argv.slice(2)));
}

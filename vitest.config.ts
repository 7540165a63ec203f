import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** What needs more than Node, or minutes. */
const EXTRA_SUITES = ['interop', 'crash', 'simulation', 'storm'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);
const ALL_SUITES = ['test/**/*.test.ts'];

/** `quick`: all but the extra suites; `extra`: only those; else all. CI runs the two one after the other. */
const suites = process.env['RESPOOL_SUITES'];
/** Where to write a report for programs as well, besides the one for people. */
const reportFile = process.env['RESPOOL_TEST_REPORT'];

export default defineConfig({
  // The examples import the package as its users do; here they get the sources, not what was built last.
  resolve: {
    alias: [
      { find: /^respool$/, replacement: fileURLToPath(new URL('sdk/index.ts', import.meta.url)) },
      { find: /^respool\/server$/, replacement: fileURLToPath(new URL('server/index.ts', import.meta.url)) },
    ],
  },
  test: {
    include: suites === 'extra' ? EXTRA_SUITES : ALL_SUITES,
    exclude: suites === 'quick' ? EXTRA_SUITES : [],
    reporters: reportFile === undefined ? ['default'] : ['default', ['json', { outputFile: reportFile }]],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});

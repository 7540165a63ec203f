import { defineConfig } from 'vitest/config';

/** What needs more than Node, or minutes. `npm run verify` runs it all, `RESPOOL_SUITES=quick npm test` leaves it out. */
const EXTRA_SUITES = ['test/interop/**', 'test/faults/**'];

const quick = process.env['RESPOOL_SUITES'] === 'quick';
/** Where to write a report for programs as well, besides the one for people. */
const reportFile = process.env['RESPOOL_TEST_REPORT'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: quick ? EXTRA_SUITES : [],
    reporters: reportFile === undefined ? ['default'] : ['default', ['json', { outputFile: reportFile }]],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});

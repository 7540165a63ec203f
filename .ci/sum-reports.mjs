/**
 * Adds up vitest's JSON reports and prints `N passed, N failed, N skipped` as its last line.
 * Ends with 1 if a report is missing, a test failed, or one was skipped: CI has everything that a suite may need.
 *
 *   node .ci/sum-reports.mjs REPORT...
 */
import { existsSync, readFileSync } from 'node:fs';

const sum = { passed: 0, failed: 0, skipped: 0 };

for (const file of process.argv.slice(2)) {
  if (!existsSync(file)) {
    console.log(`${file} is missing: its suites did not run to their end`);
    sum.failed += 1;
    continue;
  }
  const report = JSON.parse(readFileSync(file, 'utf8'));
  sum.passed += report.numPassedTests;
  sum.failed += report.numFailedTests + filesThatDidNotLoad(report).length;
  sum.skipped += report.numPendingTests + report.numTodoTests;
  for (const name of filesThatDidNotLoad(report)) console.log(`did not load: ${name}`);
}

console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed > 0 || sum.skipped > 0 || sum.passed === 0 ? 1 : 0;

/** A file that fails as a whole has no failed test in it. */
function filesThatDidNotLoad({ testResults }) {
  return testResults
    .filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some(isFailed))
    .map(({ name }) => name);
}

function isFailed({ status }) {
  return status === 'failed';
}

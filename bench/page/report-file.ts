import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchReport } from '../harness/result.js';

/** The reports of a folder, by their names. Throws, naming the file, for one that is of another format. */
export function readReports(folder: string): BenchReport[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => readReport(join(folder, name)));
}

function readReport(path: string): BenchReport {
  const report = JSON.parse(readFileSync(path, 'utf8')) as Partial<BenchReport>;
  if (report.format === 1 && report.cases !== undefined) return report as BenchReport;
  throw new Error(`${path} is no report of npm run bench in format 1 (its format is ${report.format})`);
}

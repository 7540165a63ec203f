/**
 * Makes the page of results:
 *
 *     npm run bench:report                       # docs/benchmarks.md from bench/baseline
 *     npm run bench:report -- FOLDER PAGE.md
 */
import { writeFileSync } from 'node:fs';
import { benchmarksPage } from './page/benchmarks-page.js';
import { readReports } from './page/report-file.js';

const [folder = 'bench/baseline', page = 'docs/benchmarks.md'] = process.argv.slice(2);

const reports = readReports(folder);
if (reports.length === 0) throw new Error(`there are no result files in ${folder}`);
writeFileSync(page, benchmarksPage(reports));
console.log(`${page}: ${reports.map(({ scenario }) => scenario).join(', ')}`);

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { BenchReport, CaseResult } from '../../bench/harness/result.js';
import { benchmarksPage } from '../../bench/page/benchmarks-page.js';
import { readReports } from '../../bench/page/report-file.js';

const BASELINE = fileURLToPath(new URL('../../bench/baseline', import.meta.url));

const CASE: CaseResult = {
  name: 'one',
  unit: 'records/s',
  durability: 'fsync',
  parameters: { valueBytes: 100 },
  samples: [1e6, 2e6],
  median: 1.5e6,
  spread: 0.67,
  details: { commits: 7 },
  processes: [{ name: 'broker', cpuSeconds: 1.5, rssBytes: 1e6, peakRssBytes: 2e6 }],
  checked: 'it was',
  errors: 0,
  loadAverage: 0.1,
};

function report(scenario: string, cases: CaseResult[], loadAverage = 0.1): BenchReport {
  const environment = {
    commit: 'abc',
    cpu: 'some',
    cores: 2,
    memoryBytes: 4e9,
    kernel: 'Linux 6',
    fileSystem: 'ext4',
    node: 'v20',
    loadAverage,
  };
  const options = { seconds: 1, runs: 2, logGb: 1, fetchMb: 1, manyPartitions: 1 };
  return { format: 1, scenario, startedAt: '2026-01-02T03:04:05Z', environment, options, cases };
}

test('docs/benchmarks.md says what the results say; `npm run bench:report` writes it', async () => {
  await expect(benchmarksPage(readReports(BASELINE))).toMatchFileSnapshot('../../docs/benchmarks.md');
});

test('a case is a row with its durability and what it took', () => {
  expect(benchmarksPage([report('produce', [CASE])])).toContain(
    '| one | fsync | 1.50 M records/s | 67 % |  | broker 1.5 s | broker 2 MB | commits 7 |',
  );
});

test('a produce case is compared with a ceiling of its own size and durability', () => {
  const produced = { ...CASE, parameters: { valueBytes: 100, producers: 1 } };
  const ceilings = [
    { ...CASE, name: 'the same', median: 2e6 },
    { ...CASE, name: 'another size', median: 9e6, parameters: { valueBytes: 1024 } },
    { ...CASE, name: 'without a disk', median: 9e6, durability: 'none' as const },
  ];
  expect(benchmarksPage([report('ceiling', ceilings), report('produce', [produced])])).toContain(
    '75 % of ceiling',
  );
});

test('a run on a busy machine says so', () => {
  expect(benchmarksPage([report('produce', [CASE], 3)])).toContain('The machine was not quiet');
  expect(benchmarksPage([report('produce', [CASE], 0.4)])).not.toContain('The machine was not quiet');
});

test('a file that is no report is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'respool-bench-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'odd.json'), '{"format": 2}');
  expect(() => readReports(folder)).toThrow(/odd\.json is no report .*its format is 2/);
});

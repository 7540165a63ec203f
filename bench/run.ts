/**
 * Measures, checks what it did, and writes down what it found:
 *
 *     npm run bench -- produce --seconds 5 --runs 5 --json produce.json
 *     npm run bench -- --help
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { describeCase } from './harness/console-table.js';
import { checkIsDisk, DataFolder } from './harness/data-folder.js';
import { watchTheEnd } from './harness/ending.js';
import { loadAverage } from './harness/environment.js';
import { runScenario } from './harness/run-scenario.js';
import type { BenchContext, Scenario } from './harness/scenario.js';
import { SCENARIOS } from './scenario/scenarios.js';

interface Flags {
  json?: string;
  jsonDir?: string;
  dir: string;
  seconds: number;
  runs: number;
  logGb: number;
  fetchMb: number;
  manyPartitions: number;
  only?: string;
  cpuProf?: string;
  nodeFlag: string[];
}

const ALL = 'all';

const command = new Command('bench')
  .addArgument(
    new Argument('<scenario>', 'what to measure').choices([...SCENARIOS.map(({ name }) => name), ALL]),
  )
  .option('--json <file>', 'write the result there; with several scenarios see --json-dir')
  .option('--json-dir <folder>', 'write <scenario>.json there for each scenario')
  .option('--dir <folder>', 'where the data goes: on a disk, not in memory', os.tmpdir())
  .option('--seconds <number>', 'how long a sample takes', positive, 5)
  .option('--runs <number>', 'samples of each case', positiveInteger, 5)
  .option('--log-gb <number>', 'recovery: size of the log', positive, 5)
  .option('--fetch-mb <number>', 'fetch: size of the log', positive, 500)
  .option('--many-partitions <number>', 'recovery: partitions of the topic with many', positiveInteger, 1000)
  .option('--only <text>', 'only the cases whose names contain this')
  .addOption(
    new Option(
      '--cpu-prof <folder>',
      'write CPU profiles of broker and clients there; see npm run bench:profile',
    ),
  )
  .option(
    '--node-flag <flag>',
    'run broker and clients with this flag of Node, as --node-flag=--trace-gc; repeatable',
    collect,
    [],
  )
  .addHelpText(
    'after',
    `\nScenarios:\n${SCENARIOS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}`,
  )
  .action(run);

watchTheEnd();
await command.parseAsync();

async function run(name: string, flags: Flags): Promise<void> {
  const scenarios = SCENARIOS.filter((scenario) => name === ALL || scenario.name === name);
  if (flags.json !== undefined && scenarios.length > 1)
    throw new Error('--json takes one scenario; use --json-dir');
  checkIsDisk(flags.dir);
  using folder = new DataFolder(flags.dir);
  warnOfLoad();
  for (const scenario of scenarios) await measure(scenario, flags, folder.path);
}

async function measure(scenario: Scenario, flags: Flags, dir: string): Promise<void> {
  const { seconds, runs, logGb, fetchMb, manyPartitions, only } = flags;
  const context: BenchContext = {
    options: { seconds, runs, logGb, fetchMb, manyPartitions },
    dir,
    nodeFlags: nodeFlagsOf(flags),
    isWanted: ({ name }) => only === undefined || name.includes(only),
  };
  console.log(`${scenario.name}: ${scenario.summary}`);
  const report = await runScenario(scenario, context, (result) => console.log(describeCase(result)));
  const file =
    flags.json ?? (flags.jsonDir === undefined ? undefined : join(flags.jsonDir, `${scenario.name}.json`));
  if (file === undefined) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
}

function nodeFlagsOf({ cpuProf, nodeFlag }: Flags): string[] {
  return cpuProf === undefined ? nodeFlag : [...nodeFlag, '--cpu-prof', `--cpu-prof-dir=${cpuProf}`];
}

function warnOfLoad(): void {
  const load = loadAverage();
  const cores = os.availableParallelism();
  if (load < cores / 4) return;
  console.log(
    `The load average is ${load} on ${cores} cores: others are at work, and every figure is too low.`,
  );
}

function collect(flag: string, before: readonly string[]): string[] {
  return [...before, flag];
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function positiveInteger(text: string): number {
  const value = positive(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It must be a whole number of 1 or more.');
  return value;
}

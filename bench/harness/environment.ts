/** Where and on what a measurement was made: what somebody needs to judge a figure, and nothing that names a machine. */
import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';

export interface Environment {
  /** The commit of the sources, with `+` behind it if they were changed since; `unknown` outside of a checkout. */
  commit: string;
  cpu: string;
  cores: number;
  memoryBytes: number;
  kernel: string;
  /** Of the folder in which the data lies. */
  fileSystem: string;
  node: string;
  /** Processes that wanted to run in the last minute, when the measurement began. */
  loadAverage: number;
}

/** Within the checkout, if it is one. */
const HERE = fileURLToPath(new URL('.', import.meta.url));

/** From Linux's `magic.h`. */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  801189825: 'zfs',
  16914836: 'tmpfs',
  2035054128: 'overlayfs',
  26985: 'nfs',
};

export function readEnvironment(dir: string): Environment {
  const cpus = os.cpus();
  return {
    commit: commit(),
    cpu: cpus[0]?.model ?? 'unknown',
    cores: cpus.length,
    memoryBytes: os.totalmem(),
    kernel: `${os.type()} ${os.release()}`,
    fileSystem: fileSystemOf(dir),
    node: process.version,
    loadAverage: loadAverage(),
  };
}

/** Processes that want to run, over the last minute. */
export function loadAverage(): number {
  return Number((os.loadavg()[0] ?? 0).toFixed(2));
}

/** The name of the file system that a folder lies on, or its number. */
export function fileSystemOf(dir: string): string {
  const { type } = statfsSync(dir);
  return FILE_SYSTEMS[type] ?? `0x${type.toString(16)}`;
}

function commit(): string {
  try {
    const hash = git('rev-parse', '--short=12', 'HEAD');
    return git('status', '--porcelain', '--untracked-files=no') === '' ? hash : `${hash}+`;
  } catch {
    return 'unknown';
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, {
    cwd: HERE,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

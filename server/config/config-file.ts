/** The configuration file: a JSON or YAML mapping of option names to values. */
import { readFileSync, statSync } from 'node:fs';
import { parse } from 'yaml';
import { ConfigError } from './config-error.js';

const MAX_FILE_BYTES = 1024 ** 2;

/** The file's values by option name. Throws {@link ConfigError} if it cannot be read, is no mapping, or is larger than 1 MiB. JSON is YAML too. */
export function readConfigFile(path: string): Record<string, unknown> {
  let value: unknown;
  try {
    if (statSync(path).size > MAX_FILE_BYTES) throw new Error(`it is larger than ${MAX_FILE_BYTES} bytes`);
    value = parse(readFileSync(path, 'utf8'), { maxAliasCount: 0 }) ?? {};
  } catch (cause) {
    throw new ConfigError('config', path, `cannot be read: ${firstLine(cause)}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigError('config', path, 'it must hold a mapping of option names to values');
  }
  return value as Record<string, unknown>;
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0]!;
}

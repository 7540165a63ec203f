/** From flags, environment, file and defaults to one frozen configuration. */
import {
  type BrokerConfig,
  brokerSchema,
  envOf,
  flagOf,
  OPTIONS,
  type OptionName,
  textOf,
} from './broker-config.js';
import { ConfigError, type Origin } from './config-error.js';
import { readConfigFile } from './config-file.js';

/** Where values may come from; of two that set an option, the one further up wins. */
export interface ConfigSources {
  /** Values set in code. */
  options?: Partial<BrokerConfig>;
  /** The command line: option name → text. `config` names the file. */
  flags?: Readonly<Record<string, string | boolean | undefined>>;
  /** The environment; `RESPOOL_CONFIG` names the file. Other variables than those of options are ignored. */
  env?: Readonly<Record<string, string | undefined>>;
}

export interface ResolvedConfig {
  readonly config: Readonly<BrokerConfig>;
  /** For each option where its value came from. */
  readonly origins: Readonly<Record<OptionName, Origin>>;
}

/** The configuration, frozen. Throws {@link ConfigError}, naming the option, where it was set, its value and what it may be. */
export function resolveConfig(sources: ConfigSources): Readonly<BrokerConfig> {
  return resolveConfigWithOrigins(sources).config;
}

/** As {@link resolveConfig}, with the origin of every value. */
export function resolveConfigWithOrigins(sources: ConfigSources): ResolvedConfig {
  const given = new Map<string, GivenValue>();
  for (const value of givenValues(sources)) if (!given.has(value.name)) given.set(value.name, value);
  for (const { name, origin } of given.values()) {
    if (!Object.hasOwn(OPTIONS, name)) throw new ConfigError(name, origin, 'there is no such option');
  }
  const names = Object.keys(OPTIONS) as OptionName[];
  const values = Object.fromEntries(
    names.map((name) => [name, given.has(name) ? given.get(name)?.value : OPTIONS[name].default]),
  );
  const origins = Object.fromEntries(names.map((name) => [name, given.get(name)?.origin ?? 'default']));
  return Object.freeze({
    config: Object.freeze(check(values, origins)),
    origins: Object.freeze(origins) as Record<OptionName, Origin>,
  });
}

interface GivenValue {
  name: string;
  value: unknown;
  origin: Origin;
}

/** All values that are set, strongest first. */
function* givenValues({ options = {}, flags = {}, env = {} }: ConfigSources): Generator<GivenValue> {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined || mayBeNone(name)) yield { name, value, origin: `option ${name}` };
  }
  for (const [name, value] of Object.entries(flags)) {
    if (value !== undefined && name !== 'config') yield { name, value, origin: flagOf(name) };
  }
  for (const name of Object.keys(OPTIONS)) {
    const value = env[envOf(name)];
    if (value !== undefined) yield { name, value, origin: envOf(name) };
  }
  const file = flags['config'] ?? env['RESPOOL_CONFIG'];
  if (typeof file !== 'string') return;
  for (const [name, value] of Object.entries(readConfigFile(file))) {
    yield { name, value: value ?? 'none', origin: `${file}: ${name}` };
  }
}

function mayBeNone(name: string): boolean {
  return Object.hasOwn(OPTIONS, name) && OPTIONS[name as OptionName].schema.safeParse(undefined).success;
}

function check(values: Record<string, unknown>, origins: Record<string, Origin>): BrokerConfig {
  const result = brokerSchema.safeParse(values);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0]) as OptionName;
  const problem = issue?.code === 'custom' && issue.path.length === 1 && isConflict(name, values[name]);
  const must = problem ? issue.message : `it must be ${OPTIONS[name].expected}`;
  throw new ConfigError(name, shownOrigin(name, origins[name]), `it is ${quoted(values[name])}; ${must}`);
}

/** Where the value was set; a default that goes badly with what was set was set nowhere, and is named itself. */
function shownOrigin(name: OptionName, origin: Origin | undefined): Origin {
  return origin === undefined || origin === 'default' ? `default of ${name}` : origin;
}

/** True if the value alone would do, so that the issue is about how it goes with others. */
function isConflict(name: OptionName, value: unknown): boolean {
  return OPTIONS[name].schema.safeParse(value).success;
}

const MAX_QUOTED_CHARACTERS = 100;

function quoted(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : textOf(value);
  return text.length > MAX_QUOTED_CHARACTERS ? `${text.slice(0, MAX_QUOTED_CHARACTERS)}…` : text;
}

import { Command, Option } from 'commander';
import { pino } from 'pino';
import {
  Broker,
  ConfigError,
  describeOptions,
  formatAddress,
  type OptionDescription,
  printConfig,
  type ResolvedConfig,
  resolveConfigWithOrigins,
} from '../../server/index.js';
import { formatExactSize } from '../byte-size.js';
import { formatDuration } from '../duration.js';
import { EXIT } from '../exit-code.js';
import { CommandError } from '../failure.js';
import { addJsonFlag } from '../json-flag.js';
import { storeFailure } from '../store-failure.js';
import type { Terminal } from '../terminal.js';

type Flags = Record<string, string | boolean | undefined>;

import type { CommandContext } from '../command-context.js';

/** `respool serve`: a broker in this process, until a signal ends it. Its flags are the broker's options. */
export function serveCommand({ terminal }: CommandContext): Command {
  const command = new Command('serve')
    .summary('run a broker')
    .description(
      'Runs a broker. An option comes from its flag, else from the environment (RESPOOL_…), else from a file; docs/options.md ' +
        'explains each. SIGTERM or Ctrl-C lets calls end first; a second one ends at once.',
    )
    .option('--print-config', 'print the configuration that would be used, and where it comes from, and end');
  addJsonFlag(command).optionsGroup('Broker options:');
  for (const option of describeOptions()) command.addOption(brokerFlag(option));
  return command.action(async ({ printConfig: print, json, ...flags }: Flags) => {
    try {
      const resolved = resolveConfigWithOrigins({ flags, env: terminal.env });
      if (print) await printResolved(terminal, resolved, json === true);
      else await serve(terminal, resolved);
    } catch (error) {
      throw storeFailure(configFailure(error));
    }
  });
}

function configFailure(error: unknown): unknown {
  if (!(error instanceof ConfigError)) return error;
  const { option, origin, message } = error;
  return new CommandError('CONFIG', message, EXIT.usage, { option, origin }, { cause: error });
}

const PLACEHOLDERS: Readonly<Record<OptionDescription['kind'], string>> = Object.freeze({
  count: '<number>',
  bytes: '<size>',
  ms: '<duration>',
  ratio: '<share>',
  choice: '<choice>',
  switch: '[boolean]',
  address: '<address>',
  path: '<path>',
});

function brokerFlag({ flag, kind, doc, default: fallback, expected }: OptionDescription): Option {
  const option = new Option(
    `${flag} ${PLACEHOLDERS[kind]}`,
    `${firstSentence(doc)} (default: ${readable(kind, fallback)})`,
  );
  const choices = kind === 'choice' ? expected.replace(/^one of /, '').split(' | ') : [];
  // Refused by the broker's own check: it says where a value came from. Here they are for completions.
  if (choices.length > 0) option.argChoices = choices;
  return kind === 'switch' ? option.preset('true') : option;
}

/** `67108864` → `64MiB`, `604800000` → `7d` */
function readable(kind: OptionDescription['kind'], value: string): string {
  if (!/^\d+$/.test(value)) return value;
  if (kind === 'bytes') return formatExactSize(Number(value));
  return kind === 'ms' ? formatDuration(Number(value)) : value;
}

function firstSentence(doc: string): string {
  return /^(?:Topic default\. )?[^.]*(?:\.(?! |$)[^.]*)*/.exec(doc)?.[0] ?? doc;
}

async function printResolved(terminal: Terminal, resolved: ResolvedConfig, json: boolean): Promise<void> {
  if (json) await terminal.printJson({ config: resolved.config, origins: resolved.origins });
  else await terminal.out.write(printConfig(resolved));
}

async function serve(terminal: Terminal, { config, origins }: ResolvedConfig): Promise<void> {
  const stopped = firstSignal();
  const person = terminal.out.isTerminal;
  // A person is told by a line of their own; the log of every event would bury it.
  const level = person && origins.logLevel === 'default' ? 'warn' : config.logLevel;
  const log = pino({ name: 'respool', level });
  const broker = await Broker.start(config, { log, onFatal: () => process.exit(EXIT.failed) });
  if (person) await terminal.print(greeting(broker));
  const signal = await stopped;
  log.info({ signal }, 'draining');
  if (person) await terminal.print(`\nletting calls end; once more to end at once`);
  await broker.close();
}

function greeting({ address, config }: Broker): string {
  const server = formatAddress(address);
  const named = server === '127.0.0.1:7654' ? '' : ` --server ${server}`;
  return `respool is listening on ${server}, data in ${config.dataDir} — try: respool topic create hello${named}`;
}

/** The first SIGTERM or SIGINT. From then on they do what they do by default: end the process, whatever it is doing. */
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals) => {
      process.off('SIGTERM', stop).off('SIGINT', stop);
      resolve(signal);
    };
    process.on('SIGTERM', stop).on('SIGINT', stop);
  });
}

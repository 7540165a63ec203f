/** `docs/options.md`, from the one table of options. */
import { describeOptions, type OptionDescription } from '../../server/config/broker-config.js';

const HEAD = `# Options

This page is written by \`npm run docs\` from \`server/config/\`.

Every option can be given as a flag (\`--max-topics 100\`), in the environment (\`RESPOOL_MAX_TOPICS=100\`), in a JSON or YAML file
that \`--config\` names (\`maxTopics: 100\`), and in code (\`Broker.start({ maxTopics: 100 })\`). Flags win over the environment, the
environment over the file, the file over the defaults. \`respool serve --print-config\` prints the outcome and where each
value came from, and does not start anything. A value that cannot be ends the start with one line that says where it was set and
what it may be.

Sizes are in bytes, or with a unit: \`64KiB\`, \`64MiB\`, \`1GiB\`. Times are in milliseconds, or with a unit: \`500ms\`, \`10s\`, \`7d\`. Options
that begin with \`topic\` are what topics get that do not say otherwise; each can be set per topic.
`;

export function optionsPage(): string {
  const options = describeOptions();
  return [HEAD, ...options.map(section)].join('\n');
}

function section({ name, flag, env, kind, expected, default: fallback, doc }: OptionDescription): string {
  return [
    `## ${name}\n`,
    `${doc}\n`,
    `* Flag and variable: \`${flag}\`, \`${env}\``,
    `* It must be ${expected}`,
    `* Default: ${describeDefault(kind, fallback)}`,
    '',
  ].join('\n');
}

function describeDefault(kind: OptionDescription['kind'], fallback: string): string {
  const readable =
    kind === 'bytes' ? readableBytes(fallback) : kind === 'ms' ? readableMs(fallback) : undefined;
  return `\`${fallback}\`${readable === undefined ? '' : ` (${readable})`}`;
}

function readableBytes(text: string): string | undefined {
  return inLargestUnit(Number(text), [
    [1024 ** 3, 'GiB'],
    [1024 ** 2, 'MiB'],
    [1024, 'KiB'],
  ]);
}

function readableMs(text: string): string | undefined {
  return inLargestUnit(Number(text), [
    [24 * 60 * 60 * 1000, 'd'],
    [60 * 60 * 1000, 'h'],
    [60 * 1000, 'min'],
    [1000, 's'],
  ]);
}

/** Only where nothing is lost by it. */
function inLargestUnit(value: number, units: readonly [size: number, name: string][]): string | undefined {
  const unit = units.find(([size]) => value >= size && value % size === 0);
  return unit && `${value / unit[0]} ${unit[1]}`;
}

import { addAbortSignal } from 'node:stream';
import { Command, Option } from 'commander';
import type { ProducerOptions, Respool } from '../../sdk/index.js';
import { formatByteSize } from '../byte-size.js';
import { addClientFlags, type ClientFlags, withClient } from '../client-session.js';
import type { CommandContext } from '../command-context.js';
import { plural } from '../plural.js';
import { StatusLine } from '../status-line.js';
import { StopSignal } from '../stop-signal.js';
import type { Terminal } from '../terminal.js';
import { wholeNumber } from '../whole-number.js';
import { collectHeaders } from './header-flag.js';
import { type Input, openInput } from './input.js';
import { type LineFormat, lineToRecord } from './line-record.js';
import { ProduceRun } from './produce-run.js';

type Compression = NonNullable<ProducerOptions['compression']>;

interface Flags extends ClientFlags, LineFormat {
  partition?: number;
  compression: Compression;
  quiet?: boolean;
}

/** A rate of less says more about the start than about the work. */
const LEAST_RATED_MS = 500;

const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** With compression a line larger than the largest batch may still fit; beyond this it cannot. */
const MAX_COMPRESSED_LINE_BYTES = 64 * 1024 ** 2;

export function produceCommand({ terminal, setExitCode }: CommandContext): Command {
  const command = new Command('produce')
    .summary('append lines to a topic')
    .description(
      'Appends each line of a file, or of standard input, to a topic, and ends when all are stored. ' +
        'What goes in comes out: "respool consume TOPIC" of a topic with one partition gives the same bytes.',
    )
    .argument('<topic>', 'which topic')
    .argument('[file]', 'what to read; "-" or nothing: standard input')
    .addOption(
      new Option(
        '--format <format>',
        'lines: any bytes; json: the same, but each line must be JSON; records: as consume --format json writes them',
      )
        .choices(['lines', 'json', 'records'])
        .default('lines'),
    )
    .option('--key-by <field>', 'the key is this field of the line’s JSON, such as user.id')
    .option(
      '--key-separator <text>',
      'the key is what stands before the first of these; the value what stands behind',
    )
    .option('--header <name=value>', 'give every record this header; may be repeated', collectHeaders)
    .option(
      '--partition <number>',
      'append to this partition (default: by key, or where there is room)',
      wholeNumber('--partition', 0),
    )
    .addOption(new Option('--compression <codec>', 'compress batches').choices(COMPRESSIONS).default('none'))
    .option('-q, --quiet', 'no progress and no summary');
  return addClientFlags(command).action(async (topic: string, file: string | undefined, flags: Flags) => {
    const toRecord = lineToRecord(flags);
    const input = await openInput(file);
    if (input.isTerminal && !flags.quiet) terminal.note('reading lines from the terminal; Ctrl-D ends');
    const stop = new StopSignal();
    let startMs = performance.now();
    await withClient(terminal, flags, async (client) => {
      const target = {
        topic,
        partition: flags.partition,
        maxLineBytes: await maxLineBytes(client, topic, flags.compression),
      };
      startMs = performance.now();
      const producer = client.producer({ compression: flags.compression });
      const run = new ProduceRun(producer, target, toRecord);
      const status = new StatusLine(terminal, flags.quiet === true || input.isTerminal, () =>
        progressText(run, input, startMs),
      );
      try {
        await run.send(addAbortSignal(stop.signal, input.stream), stop.signal);
      } finally {
        status.end();
        await producer.close({ timeoutMs: 0 }).catch(() => {});
      }
      await summarize(terminal, flags, topic, run, startMs);
    });
    if (stop.exitCode !== undefined) setExitCode(stop.exitCode);
  });
}

async function maxLineBytes(client: Respool, topic: string, compression: Compression): Promise<number> {
  const [description] = await client.admin.describeTopics([topic]);
  return compression === 'none' ? description!.config.maxBatchBytes : MAX_COMPRESSED_LINE_BYTES;
}

async function summarize(
  terminal: Terminal,
  flags: Flags,
  topic: string,
  run: ProduceRun,
  startMs: number,
): Promise<void> {
  const durationMs = Math.round(performance.now() - startMs);
  const { lines: records, bytes } = run;
  if (flags.json) await terminal.printJson({ topic, records, bytes, durationMs });
  else if (!flags.quiet) {
    const rate = durationMs >= LEAST_RATED_MS ? `, ${rates(run, durationMs / 1000)}` : '';
    const size = `${plural(records, 'record')} (${formatByteSize(bytes)})`;
    terminal.note(`stored ${size} in ${topic} in ${formatSeconds(durationMs)}${rate}`);
  }
}

function formatSeconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function progressText(run: ProduceRun, { sizeBytes }: Input, startMs: number): string {
  const seconds = Math.max(1, performance.now() - startMs) / 1000;
  const share = sizeBytes
    ? `${Math.min(100, Math.floor(((run.bytes + run.lines) / sizeBytes) * 100))}%  `
    : '';
  return `${share}${plural(run.lines, 'record')}, ${formatByteSize(run.bytes)}, ${rates(run, seconds)}`;
}

function rates({ lines, bytes }: ProduceRun, seconds: number): string {
  return `${Math.round(lines / seconds).toLocaleString('en-US')} records/s, ${formatByteSize(Math.round(bytes / seconds))}/s`;
}

import { Command, Option } from 'commander';
import { type DataLoss, type RecordFilter, type Respool, RespoolError } from '../../sdk/index.js';
import { brokerFailure } from '../broker-failure.js';
import { formatByteSize } from '../byte-size.js';
import { addClientFlags, type ClientFlags, withClient } from '../client-session.js';
import { placeFlag, toPosition } from '../place-flag.js';
import { PLACE_SYNTAX, type PlaceInLog } from '../place-in-log.js';
import { plural } from '../plural.js';
import { StatusLine } from '../status-line.js';
import type { Terminal } from '../terminal.js';
import { wholeNumber } from '../whole-number.js';
import { collectFilterHeaders } from './filter-flag.js';
import { RECORD_FORMATS, type RecordFormat, recordWriter } from './record-format.js';
import { readRecords } from './record-source.js';

interface Flags extends ClientFlags {
  from: PlaceInLog;
  until?: PlaceInLog;
  follow?: boolean;
  max?: number;
  partition?: number;
  key?: string;
  header?: Record<string, string | undefined>;
  format?: RecordFormat;
  skipDamaged?: boolean;
}

import type { CommandContext } from '../command-context.js';

export function consumeCommand({ terminal }: CommandContext): Command {
  const command = new Command('consume')
    .summary('read a topic')
    .description(
      'Writes the records of a topic to standard output, and ends at the end of the log. ' +
        'Records of one partition come in order; those of several by time, or with --follow as they come.',
    )
    .argument('<topic>', 'which topic')
    .option('--from <place>', `where to begin: ${PLACE_SYNTAX}`, placeFlag('--from'), { at: 'earliest' })
    .option('--until <place>', 'where to end, exclusive; as --from', placeFlag('--until'))
    .option('-f, --follow', 'wait for more at the end of the log')
    .option('-n, --max <number>', 'end after so many records', wholeNumber('--max', 1))
    .option('--partition <number>', 'only this partition (default: all)', wholeNumber('--partition', 0))
    .option('--key <text>', 'only records with this key')
    .option('--header <name[=value]>', 'only records with this header; may be repeated', collectFilterHeaders)
    .addOption(new Option('--format <format>', formatHelp()).choices(Object.keys(RECORD_FORMATS)))
    .option('--skip-damaged', 'go past damaged records instead of ending with an error');
  // Or else help would print the default as the object that it is.
  const from = command.options.find((option) => option.attributeName() === 'from');
  from?.default({ at: 'earliest' } satisfies PlaceInLog, 'earliest');
  return addClientFlags(command).action((topic: string, flags: Flags) =>
    withClient(terminal, flags, (client) => consume(terminal, client, topic, flags)),
  );
}

function formatHelp(): string {
  const formats = Object.entries(RECORD_FORMATS).map(([name, meaning]) => `${name}: ${meaning}`);
  return `${formats.join('; ')} (default: value, with --json json)`;
}

async function consume(terminal: Terminal, client: Respool, topic: string, flags: Flags): Promise<void> {
  const { out } = terminal;
  const write = recordWriter(out, flags.format ?? (flags.json ? 'json' : 'value'));
  const max = flags.max ?? Number.POSITIVE_INFINITY;
  let records = 0;
  let bytes = 0;
  const status = new StatusLine(
    terminal,
    out.isTerminal,
    () => `${plural(records, 'record')}, ${formatByteSize(bytes)}`,
  );
  try {
    for await (const run of readRecords(client, reading(terminal, topic, flags))) {
      for (const record of run) {
        const pause = write(record);
        if (pause !== undefined) await pause;
        records++;
        bytes += record.value?.length ?? 0;
        if (records >= max) return;
      }
    }
  } catch (error) {
    const damaged = error instanceof RespoolError && error.code === 'CORRUPT_BATCH';
    throw damaged ? brokerFailure(error, (message) => `${message}; --skip-damaged goes past it`) : error;
  } finally {
    status.end();
  }
}

function reading(terminal: Terminal, topic: string, flags: Flags) {
  const { from, until, follow = false, partition, max, skipDamaged } = flags;
  return {
    topic,
    partition,
    from: toPosition(from),
    until: until && toPosition(until),
    follow,
    maxRecords: max,
    filter: filterOf(flags),
    onDataLoss: skipDamaged ? ('skip' as const) : ('fail' as const),
    onSkipped: (loss: DataLoss) => noteLoss(terminal, flags, loss),
  };
}

function filterOf({ key, header }: Flags): RecordFilter | undefined {
  if (key === undefined && header === undefined) return undefined;
  return { ...(key !== undefined && { key }), ...(header && { headers: header }) };
}

function noteLoss(terminal: Terminal, { json }: Flags, loss: DataLoss): void {
  if (json) terminal.noteJson({ skipped: loss });
  else
    terminal.note(
      `respool: went past damaged offsets ${loss.startOffset}..${loss.endOffset} of ${loss.topic}-${loss.partition}`,
    );
}

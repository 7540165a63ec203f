import { Command, Option } from 'commander';
import { type DataLoss, type RecordFilter, type Respool, RespoolError } from '../../sdk/index.js';
import { brokerFailure } from '../broker-failure.js';
import { formatByteSize } from '../byte-size.js';
import { addClientFlags, type ClientFlags, withClient } from '../client-session.js';
import type { CommandContext } from '../command-context.js';
import { placeFlag, toPosition } from '../place-flag.js';
import { PLACE_SYNTAX, type PlaceInLog } from '../place-in-log.js';
import { plural } from '../plural.js';
import { StatusLine } from '../status-line.js';
import { StopSignal } from '../stop-signal.js';
import type { Terminal } from '../terminal.js';
import { wholeNumber } from '../whole-number.js';
import { collectFilterHeaders } from './filter-flag.js';
import { checkMemberFlags, type GroupOrNot, offsetReset } from './member-flags.js';
import { type MemberOptions, MemberRun } from './member-run.js';
import { RECORD_FORMATS, type RecordFormat } from './record-format.js';
import { RecordSink } from './record-sink.js';
import { type Reading, readRecords } from './record-source.js';

interface Flags extends ClientFlags, GroupOrNot {
  follow?: boolean;
  max?: number;
  format?: RecordFormat;
  skipDamaged?: boolean;
}

export function consumeCommand({ terminal, setExitCode }: CommandContext): Command {
  const command = new Command('consume')
    .summary('read a topic, or topics as a member of a group')
    .description(
      'Writes the records of a topic to standard output, and ends at the end of the log. ' +
        'Records of one partition come in order; those of several by time, or with --follow as they come. ' +
        'With --group it is a member of that group: it reads its share from where the group has got to, and commits what it has written.',
    )
    .argument('<topics...>', 'which topic; with --group one or more, or patterns such as "orders.*"')
    .option('--from <place>', `where to begin: ${PLACE_SYNTAX}`, placeFlag('--from'), { at: 'earliest' })
    .option('--until <place>', 'where to end, exclusive; as --from', placeFlag('--until'))
    .option('-f, --follow', 'wait for more at the end of the log')
    .option('-n, --max <number>', 'end after so many records', wholeNumber('--max', 1))
    .option('--partition <number>', 'only this partition (default: all)', wholeNumber('--partition', 0))
    .option('--key <text>', 'only records with this key')
    .option('--header <name[=value]>', 'only records with this header; may be repeated', collectFilterHeaders)
    .addOption(new Option('--format <format>', formatHelp()).choices(Object.keys(RECORD_FORMATS)))
    .option('--skip-damaged', 'go past damaged records instead of ending with an error')
    .optionsGroup('As a member of a group:')
    .option(
      '--group <name>',
      'the group; --from, earliest or latest, is where it begins if it has no offset yet',
    )
    .option(
      '--instance-id <name>',
      'be a static member: who comes back under this name gets its partitions again',
    )
    .option('--client-id <name>', 'a name for people, shown by "respool group members"');
  // Or else help would print the default as the object that it is.
  const from = command.options.find((option) => option.attributeName() === 'from');
  from?.default({ at: 'earliest' } satisfies PlaceInLog, 'earliest');
  return addClientFlags(command).action(async (topics: string[], flags: Flags) => {
    checkMemberFlags(topics, flags);
    const stop = flags.group === undefined ? undefined : new StopSignal();
    await withClient(terminal, flags, (client) => consume(terminal, client, topics, flags, stop?.signal));
    if (stop?.exitCode !== undefined) setExitCode(stop.exitCode);
  });
}

function formatHelp(): string {
  const formats = Object.entries(RECORD_FORMATS).map(([name, meaning]) => `${name}: ${meaning}`);
  return `${formats.join('; ')} (default: value, with --json json)`;
}

/** @param stop is there for a member of a group, which leaves in its own way. */
async function consume(
  terminal: Terminal,
  client: Respool,
  topics: readonly string[],
  flags: Flags,
  stop: AbortSignal | undefined,
): Promise<void> {
  const { out } = terminal;
  const sink = new RecordSink(out, flags.format ?? (flags.json ? 'json' : 'value'), flags.max);
  const status = new StatusLine(
    terminal,
    out.isTerminal,
    () => `${plural(sink.records, 'record')}, ${formatByteSize(sink.bytes)}`,
  );
  try {
    if (stop === undefined) await copy(client, reading(terminal, topics[0]!, flags), sink);
    else await new MemberRun(client, membership(terminal, topics, flags), sink).read(stop);
  } catch (error) {
    const damaged = error instanceof RespoolError && error.code === 'CORRUPT_BATCH';
    throw damaged ? brokerFailure(error, (message) => `${message}; --skip-damaged goes past it`) : error;
  } finally {
    status.end();
  }
}

async function copy(client: Respool, what: Reading, sink: RecordSink): Promise<void> {
  for await (const run of readRecords(client, what)) {
    for (const record of run) {
      const pause = sink.write(record);
      if (pause !== undefined) await pause;
      if (sink.full) return;
    }
  }
}

function reading(terminal: Terminal, topic: string, flags: Flags): Reading {
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

function membership(terminal: Terminal, topics: readonly string[], flags: Flags): MemberOptions {
  const { group, instanceId, clientId, follow = false, skipDamaged } = flags;
  return {
    group: group!,
    topics,
    instanceId,
    clientId,
    follow,
    offsetReset: offsetReset(flags),
    onDataLoss: skipDamaged ? 'skip' : 'fail',
    onSkipped: ({ reason, ...loss }) => noteLoss(terminal, flags, loss, reason),
  };
}

function filterOf({ key, header }: Flags): RecordFilter | undefined {
  if (key === undefined && header === undefined) return undefined;
  return { ...(key !== undefined && { key }), ...(header && { headers: header }) };
}

function noteLoss(
  terminal: Terminal,
  { json }: Flags,
  loss: DataLoss,
  reason: 'damaged' | 'deleted' = 'damaged',
): void {
  const { topic, partition, startOffset, endOffset } = loss;
  if (json) terminal.noteJson({ skipped: reason === 'damaged' ? loss : { ...loss, reason } });
  else
    terminal.note(
      `respool: went past ${reason} offsets ${startOffset}..${endOffset} of ${topic}-${partition}`,
    );
}

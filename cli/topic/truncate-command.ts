import { Command } from 'commander';
import type { Respool } from '../../sdk/index.js';
import { addClientFlags, type ClientFlags, withClient } from '../client-session.js';
import { usageError } from '../failure.js';
import { placeFlag, toPosition } from '../place-flag.js';
import { PLACE_SYNTAX, type PlaceInLog } from '../place-in-log.js';
import { groupDigits } from '../plural.js';
import type { Terminal } from '../terminal.js';
import { wholeNumber } from '../whole-number.js';

interface Flags extends ClientFlags {
  partition?: number;
  before: PlaceInLog;
}

interface Truncated {
  partition: number;
  logStartOffset: number;
  removed: number;
}

export function truncateCommand(terminal: Terminal): Command {
  const command = new Command('truncate')
    .summary('delete the oldest records of a topic')
    .description('Deletes the records before a place, for good.')
    .argument('<topic>', 'which topic')
    .requiredOption('--before <place>', `the first to keep: ${PLACE_SYNTAX}`, placeFlag('--before'))
    .option('--partition <number>', 'only this partition (default: all)', wholeNumber('--partition', 0));
  return addClientFlags(command).action(async (topic: string, flags: Flags) => {
    const truncated = await withClient(terminal, flags, (client) => truncate(client, topic, flags));
    if (flags.json) {
      for (const one of truncated) await terminal.printJson({ topic, ...one });
    } else {
      const rows = truncated.map(({ partition, logStartOffset, removed }) => {
        return [String(partition), groupDigits(removed), String(logStartOffset)];
      });
      await terminal.printTable(COLUMNS, rows);
    }
  });
}

const COLUMNS = [
  { title: 'PARTITION', align: 'right' },
  { title: 'REMOVED', align: 'right' },
  { title: 'LOG START', align: 'right' },
] as const;

async function truncate(client: Respool, topic: string, { partition, before }: Flags): Promise<Truncated[]> {
  const [description] = await client.admin.describeTopics([topic]);
  const partitions =
    partition === undefined ? description!.partitions.map((one) => one.partition) : [partition];
  if (before.at === 'offset' && partitions.length > 1) {
    throw usageError(
      `offset ${before.offset} needs --partition: ${topic} has ${partitions.length} partitions`,
    );
  }
  const at = toPosition(before);
  const ends = await client.admin.listOffsets(partitions.map((number) => ({ topic, partition: number, at })));
  const truncated: Truncated[] = [];
  for (const { partition: number, offset, logStartOffset: from } of ends) {
    const logStartOffset = await client.admin.truncatePrefix(topic, number, offset);
    truncated.push({ partition: number, logStartOffset, removed: logStartOffset - from });
  }
  return truncated;
}

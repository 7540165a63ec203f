import { Command, Option } from 'commander';
import type { GroupDescription } from '../../sdk/index.js';
import { addClientFlags, type ClientFlags, withClient } from '../client-session.js';
import { usageError } from '../failure.js';
import type { Terminal } from '../terminal.js';
import { formatOffsetList, type ListedOffset, OFFSET_FORMATS, type OffsetFormat } from './offset-list.js';

interface Flags extends ClientFlags {
  format?: OffsetFormat;
}

/** `respool group offsets …` */
export function offsetsCommand(terminal: Terminal): Command {
  return new Command('offsets')
    .summary('export the committed offsets of groups')
    .description('Exports the committed offsets of groups.')
    .addCommand(exportCommand(terminal));
}

function exportCommand(terminal: Terminal): Command {
  const command = new Command('export')
    .summary('print the committed offsets of groups, for group reset --from-file')
    .description(
      'Prints the committed offsets of groups, as "respool group reset --from-file" and Kafka’s own tool read them: ' +
        'topic,partition,offset for one group, group,topic,partition,offset for several.',
    )
    .argument('<groups...>', 'which groups')
    .addOption(
      new Option(
        '--format <format>',
        'csv; or json: a line of JSON for each (default: csv, with --json json)',
      ).choices(OFFSET_FORMATS),
    );
  return addClientFlags(command).action(async (groups: string[], flags: Flags) => {
    if (flags.json && flags.format === 'csv')
      throw usageError('--json and --format csv contradict each other');
    const descriptions = await withClient(terminal, flags, (client) => client.groups.describe(groups));
    const offsets = descriptions.flatMap((description) => committedOf(description, groups.length > 1));
    await terminal.out.write(formatOffsetList(offsets, flags.format ?? (flags.json ? 'json' : 'csv')));
  });
}

function committedOf({ group, partitions }: GroupDescription, severalGroups: boolean): ListedOffset[] {
  return partitions.flatMap(({ topic, partition, committed }) =>
    committed === undefined
      ? []
      : [{ ...(severalGroups && { group }), topic, partition, offset: committed.offset }],
  );
}

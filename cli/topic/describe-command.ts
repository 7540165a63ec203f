import { Command } from 'commander';
import type { PartitionDescription, TopicDescription } from '../../sdk/index.js';
import { formatByteSize } from '../byte-size.js';
import { addClientFlags, type ClientFlags, withClient } from '../client-session.js';
import { plural } from '../plural.js';
import type { Terminal } from '../terminal.js';
import { formatSetting, SETTING_NAMES, settingFlag } from './settings.js';

interface Flags extends ClientFlags {
  internal?: true;
}

export function describeCommand(terminal: Terminal): Command {
  const command = new Command('describe')
    .summary('show settings and partitions of topics')
    .description('Shows the settings and partitions of topics; without a name, of all.')
    .argument('[topics...]', 'which topics')
    .option('--internal', 'without a name: the broker’s own topics as well');
  return addClientFlags(command).action(async (names: string[], flags: Flags) => {
    const wanted = names.length === 0 ? undefined : names;
    const topics = await withClient(terminal, flags, (client) =>
      client.admin.describeTopics(wanted, { includeInternal: flags.internal }),
    );
    for (const [number, topic] of topics.entries()) {
      if (flags.json) await terminal.printJson(topic);
      else await printTopic(terminal, topic, number > 0);
    }
  });
}

/** A heading, the settings, the partitions; an empty line before it unless it is the first. */
export async function printTopic(
  terminal: Terminal,
  topic: TopicDescription,
  further: boolean,
): Promise<void> {
  if (further) await terminal.print('');
  await terminal.print(`topic ${topic.topic}, ${plural(topic.partitions.length, 'partition')}\n`);
  await terminal.printTable(SETTING_COLUMNS, settingRows(topic));
  await terminal.print('');
  await terminal.printTable(PARTITION_COLUMNS, topic.partitions.map(partitionRow));
}

const SETTING_COLUMNS = [{ title: 'SETTING' }, { title: 'VALUE' }, { title: 'FROM' }];

function settingRows({ config, overrides }: TopicDescription): string[][] {
  return SETTING_NAMES.map((name) => [
    settingFlag(name),
    formatSetting(name, config[name]),
    overrides.includes(name) ? 'this topic' : 'broker',
  ]);
}

const PARTITION_COLUMNS = [
  { title: 'PARTITION', align: 'right' },
  { title: 'START', align: 'right' },
  { title: 'END', align: 'right' },
  { title: 'SEGMENTS', align: 'right' },
  { title: 'SIZE', align: 'right' },
  { title: 'STATE' },
] as const;

function partitionRow(partition: PartitionDescription): string[] {
  const { logStartOffset, highWatermark, segments, sizeBytes } = partition;
  const numbers = [partition.partition, logStartOffset, highWatermark, segments].map(String);
  return [...numbers, formatByteSize(sizeBytes), stateOf(partition)];
}

function stateOf({ offline, damaged }: PartitionDescription): string {
  const ranges = damaged.map(({ startOffset, endOffset }) => `${startOffset}..${endOffset}`);
  const states = [offline ? 'offline' : '', ranges.length > 0 ? `damaged at ${ranges.join(', ')}` : ''];
  return states.filter((state) => state !== '').join('; ') || 'online';
}

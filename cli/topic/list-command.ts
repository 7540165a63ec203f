import { Command } from 'commander';
import type { TopicDescription } from '../../sdk/index.js';
import { formatByteSize } from '../byte-size.js';
import { addClientFlags, type ClientFlags, withClient } from '../client-session.js';
import { groupDigits } from '../plural.js';
import type { Terminal } from '../terminal.js';

interface Flags extends ClientFlags {
  internal?: true;
}

export function listCommand(terminal: Terminal): Command {
  const command = new Command('list')
    .alias('ls')
    .summary('list all topics')
    .description('Lists all topics by name. With --json one topic a line.')
    .option('--internal', 'the broker’s own topics as well');
  return addClientFlags(command).action(async (flags: Flags) => {
    const topics = await withClient(terminal, flags, (client) =>
      client.admin.describeTopics(undefined, { includeInternal: flags.internal }),
    );
    if (flags.json) {
      for (const topic of topics) await terminal.printJson(topic);
    } else if (topics.length === 0) {
      terminal.note('there are no topics yet; try: respool topic create hello');
    } else {
      await terminal.printTable(COLUMNS, topics.map(row));
    }
  });
}

const COLUMNS = [
  { title: 'TOPIC' },
  { title: 'PARTITIONS', align: 'right' },
  { title: 'OFFSETS', align: 'right' },
  { title: 'SIZE', align: 'right' },
  { title: 'CLEANUP' },
] as const;

function row({ topic, partitions, config }: TopicDescription): string[] {
  const offsets = partitions.reduce((sum, one) => sum + one.highWatermark - one.logStartOffset, 0);
  const sizeBytes = partitions.reduce((sum, one) => sum + one.sizeBytes, 0);
  return [
    topic,
    String(partitions.length),
    groupDigits(offsets),
    formatByteSize(sizeBytes),
    config.cleanupPolicy,
  ];
}

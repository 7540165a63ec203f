import { Command } from 'commander';
import type { GroupListing } from '../../sdk/index.js';
import { addClientFlags, type ClientFlags, withClient } from '../client-session.js';
import { groupDigits } from '../plural.js';
import type { Column } from '../table.js';
import type { Terminal } from '../terminal.js';

export function listCommand(terminal: Terminal): Command {
  const command = new Command('list')
    .alias('ls')
    .summary('list all groups')
    .description('Lists all groups by name. With --json one group a line.');
  return addClientFlags(command).action(async (flags: ClientFlags) => {
    const groups = await withClient(terminal, flags, (client) => client.groups.list());
    if (flags.json) {
      for (const group of groups) await terminal.printJson(group);
    } else if (groups.length === 0) {
      terminal.note('there are no groups yet; try: respool consume TOPIC --group NAME');
    } else {
      await terminal.printTable(COLUMNS, groups.map(row));
    }
  });
}

const COLUMNS: readonly Column[] = [
  { title: 'GROUP', shrinks: true },
  { title: 'STATE' },
  { title: 'MEMBERS', align: 'right' },
  { title: 'GENERATION', align: 'right' },
  { title: 'PARTITIONS', align: 'right' },
  { title: 'LAG', align: 'right' },
];

function row({ group, state, members, generation, partitions, lag }: GroupListing): string[] {
  return [group, state, String(members), String(generation), groupDigits(partitions), groupDigits(lag)];
}

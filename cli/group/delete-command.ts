import { Command } from 'commander';
import { addClientFlags, type ClientFlags, withClient } from '../client-session.js';
import type { Terminal } from '../terminal.js';

export function deleteCommand(terminal: Terminal): Command {
  const command = new Command('delete')
    .summary('delete groups: their offsets and their snapshots')
    .description(
      'Deletes groups without members, with their committed offsets and snapshots. There is no way back.',
    )
    .argument('<groups...>', 'which groups');
  return addClientFlags(command).action((groups: string[], flags: ClientFlags) =>
    withClient(terminal, flags, async (client) => {
      for (const group of groups) {
        await client.groups.delete(group);
        if (flags.json) await terminal.printJson({ deleted: true, group });
        else await terminal.print(`deleted group ${group}`);
      }
    }),
  );
}

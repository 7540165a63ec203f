import { Command } from 'commander';
import { addClientFlags, type ClientFlags, withClient } from '../client-session.js';
import type { Terminal } from '../terminal.js';

export function deleteCommand(terminal: Terminal): Command {
  const command = new Command('delete')
    .summary('delete a topic and its records, for good')
    .description('Deletes a topic with all its records. There is no way back.')
    .argument('<topic>', 'which topic');
  return addClientFlags(command).action(async (topic: string, flags: ClientFlags) => {
    await withClient(terminal, flags, (client) => client.admin.deleteTopic(topic));
    if (flags.json) await terminal.printJson({ deleted: true, topic });
    else await terminal.print(`deleted topic ${topic}`);
  });
}

import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import type { GroupDescription, Respool } from '../../sdk/index.js';
import { addClientFlags, type ClientFlags, withClient } from '../client-session.js';
import { Screen } from '../screen.js';
import type { Terminal } from '../terminal.js';
import { progressText } from './progress-table.js';

interface Flags extends ClientFlags {
  watch?: boolean;
  age: boolean;
}

const WATCH_INTERVAL_MS = 1000;

export function describeCommand(terminal: Terminal): Command {
  const command = new Command('describe')
    .summary('show how far groups are, and who reads what')
    .description(
      'Shows the committed offsets of groups, the end of each partition, what lies between, and who owns it. ' +
        'LAG TIME is the age of the oldest unread record.',
    )
    .argument('<groups...>', 'which groups')
    .option(
      '-w, --watch',
      'again every second, in place, until Ctrl-C; elsewhere than on a terminal one behind the other',
    )
    .option('--no-age', 'without LAG TIME, which takes a look into the log for each partition');
  return addClientFlags(command).action((groups: string[], flags: Flags) =>
    withClient(terminal, flags, (client) => describe(terminal, client, groups, flags)),
  );
}

async function describe(
  terminal: Terminal,
  client: Respool,
  groups: readonly string[],
  flags: Flags,
): Promise<void> {
  const look = () => client.groups.describe(groups, { withAge: flags.age });
  if (!flags.watch) return show(terminal, await look(), flags);
  const screen = terminal.out.isTerminal && !flags.json ? new Screen() : undefined;
  for (let further = false; ; further = true) {
    const descriptions = await look();
    if (screen) await terminal.out.write(screen.frame(text(terminal, descriptions), terminal.height));
    else {
      if (further && !flags.json) await terminal.print('');
      await show(terminal, descriptions, flags);
    }
    await terminal.out.flush();
    await pause(WATCH_INTERVAL_MS);
  }
}

async function show(
  terminal: Terminal,
  descriptions: readonly GroupDescription[],
  { json }: Flags,
): Promise<void> {
  if (!json) await terminal.out.write(text(terminal, descriptions));
  else for (const description of descriptions) await terminal.printJson(description);
}

function text(terminal: Terminal, descriptions: readonly GroupDescription[]): string {
  const nowMs = Date.now();
  return descriptions.map((description) => progressText(terminal, description, nowMs)).join('\n');
}

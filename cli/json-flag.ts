import type { Command } from 'commander';

/** Adds `--json`. */
export function addJsonFlag(command: Command): Command {
  return command.optionsGroup('Output:').option('--json', 'print JSON, one document a line; errors too');
}

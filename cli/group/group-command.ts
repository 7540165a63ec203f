import { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { deleteCommand } from './delete-command.js';
import { describeCommand } from './describe-command.js';
import { listCommand } from './list-command.js';
import { membersCommand } from './members-command.js';
import { offsetsCommand } from './offsets-command.js';
import { resetCommand } from './reset/reset-command.js';
import { snapshotCommand } from './snapshot-command.js';

/** `respool group …` */
export function groupCommand({ terminal }: CommandContext): Command {
  return new Command('group')
    .summary('list, describe, reset, snapshot or delete consumer groups')
    .description('Shows how far consumer groups are, moves them, and keeps their position.')
    .addCommand(listCommand(terminal))
    .addCommand(describeCommand(terminal))
    .addCommand(membersCommand(terminal))
    .addCommand(resetCommand(terminal))
    .addCommand(snapshotCommand(terminal))
    .addCommand(offsetsCommand(terminal))
    .addCommand(deleteCommand(terminal));
}

import { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { alterCommand } from './alter-command.js';
import { createCommand } from './create-command.js';
import { deleteCommand } from './delete-command.js';
import { describeCommand } from './describe-command.js';
import { listCommand } from './list-command.js';
import { truncateCommand } from './truncate-command.js';

/** `respool topic …` */
export function topicCommand({ terminal }: CommandContext): Command {
  return new Command('topic')
    .summary('create, list, describe, alter, delete or truncate topics')
    .description('Creates, changes, shows and deletes topics.')
    .addCommand(createCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(describeCommand(terminal))
    .addCommand(alterCommand(terminal))
    .addCommand(deleteCommand(terminal))
    .addCommand(truncateCommand(terminal));
}

import { Command } from 'commander';
import { addClientFlags, withClient } from '../client-session.js';
import type { CommandContext } from '../command-context.js';
import { collectFilterHeaders } from '../consume/filter-flag.js';
import { placeFlag } from '../place-flag.js';
import { PLACE_SYNTAX, type PlaceInLog } from '../place-in-log.js';
import { StopSignal } from '../stop-signal.js';
import { wholeNumber } from '../whole-number.js';
import { positionGroup } from './group-position.js';
import { checkReplayFlags, type ReplayFlags, rateFlag, speedFlag } from './replay-flags.js';
import { ReplayRun } from './replay-run.js';

export function replayCommand({ terminal, setExitCode }: CommandContext): Command {
  const command = new Command('replay')
    .summary('copy a range of a topic again, or let a group read it again')
    .description(
      'Copies a range of a topic into another topic, at the pace that you like, or has a group read it again. Without --execute it only shows what it would do. ' +
        'Every copy says in its headers where it comes from. Ctrl-C stops, and says how to go on.',
    )
    .argument('<topic>', 'which topic')
    .option('--to <topic>', 'the topic to copy into')
    .option(
      '--to-group <group>',
      'instead of copying: place this group at --from, and make it if there is none',
    )
    .option('--from <place>', `where to begin: ${PLACE_SYNTAX}`, placeFlag('--from'), { at: 'earliest' })
    .option(
      '--until <place>',
      'where to end, exclusive; as --from (default: where the log ends now)',
      placeFlag('--until'),
    )
    .option('--partition <number>', 'only this partition (default: all)', wholeNumber('--partition', 0))
    .option('--key <text>', 'only records with this key')
    .option('--header <name[=value]>', 'only records with this header; may be repeated', collectFilterHeaders)
    .option('--skip-damaged', 'go past damaged records instead of ending with an error')
    .optionsGroup('How:')
    .option(
      '--speed <number>',
      'with the original pauses: 1 as they were, 10 ten times as fast (default: flat out)',
      speedFlag,
    )
    .option('--rate <number/s>', 'so many records a second: 1000/s', rateFlag)
    .option(
      '--name <name>',
      'keep the progress under this name; who gives it again goes on (default: a new one)',
    )
    .option('--execute', 'do it')
    .option('--dry-run', 'only show what would be done (default)');
  // Or else help would print the default as the object that it is.
  const from = command.options.find((option) => option.attributeName() === 'from');
  from?.default({ at: 'earliest' } satisfies PlaceInLog, 'earliest');
  return addClientFlags(command).action(async (topic: string, flags: ReplayFlags) => {
    checkReplayFlags(topic, flags);
    if (flags.toGroup !== undefined) {
      return withClient(terminal, flags, (client) => positionGroup(terminal, client, topic, flags));
    }
    const stop = new StopSignal();
    const done = await withClient(terminal, flags, (client) =>
      new ReplayRun(terminal, client, topic, flags).run(stop.signal),
    );
    if (!done && stop.exitCode !== undefined) setExitCode(stop.exitCode);
  });
}

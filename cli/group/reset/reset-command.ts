import { Command, Option } from 'commander';
import type { ResetOutcome, ResetRequest, Respool } from '../../../sdk/index.js';
import { addClientFlags, type ClientFlags, withClient } from '../../client-session.js';
import { usageError } from '../../failure.js';
import type { Terminal } from '../../terminal.js';
import { OFFSET_FORMATS, type OffsetFormat } from '../offset-list.js';
import { activeFailure } from './active-failure.js';
import { planForGroups, readPlanFile } from './plan-file.js';
import { printReset } from './reset-output.js';
import { addTargetFlags, type GivenTarget, givenTarget, type TargetFlags } from './target-flags.js';
import { collectTopics, type SelectedTopic } from './topic-flag.js';

interface Flags extends ClientFlags, TargetFlags {
  allGroups?: boolean;
  topic?: SelectedTopic[];
  allTopics?: boolean;
  execute?: boolean;
  dryRun?: boolean;
  live?: boolean;
  create?: boolean;
  export?: OffsetFormat;
}

export function resetCommand(terminal: Terminal): Command {
  const command = new Command('reset')
    .summary('move groups to another place in the log')
    .description(
      'Moves the committed offsets of groups, so that records are read again or skipped. Without --execute it only shows what it would do. ' +
        'Offsets outside of the log are moved to its nearer end, and marked.',
    )
    .argument('[groups...]', 'which groups')
    .option('--all-groups', 'all groups')
    .option(
      '--topic <topic>',
      'only this topic, or these partitions of it: orders:0,1,2; may be repeated',
      collectTopics,
    )
    .option('--all-topics', 'all topics for which the groups have committed offsets (default)');
  addTargetFlags(command)
    .optionsGroup('How:')
    .option('--execute', 'do it')
    .option('--dry-run', 'only show what would be done (default)')
    .option('--live', 'even a group with members: they are fenced, moved, and go on')
    .option('--create', 'make a group that does not exist; which topics it has, --topic says')
    .addOption(
      new Option('--export <format>', 'print the plan as --from-file reads it, instead of a table').choices(
        OFFSET_FORMATS,
      ),
    );
  return addClientFlags(command).action(async (groups: string[], flags: Flags) => {
    const target = givenTarget(flags);
    checkFlags(groups, flags);
    const request = await requestOf(terminal, groups, target, flags);
    const outcome = await withClient(terminal, flags, (client) => reset(client, request));
    await printReset(terminal, outcome, request, { ...flags, severalGroups: groups.length !== 1 });
  });
}

function checkFlags(groups: readonly string[], flags: Flags): void {
  const contradictions: readonly [string, unknown, string, unknown][] = [
    ['--all-groups', flags.allGroups, 'naming groups', groups.length > 0],
    ['--all-topics', flags.allTopics, '--topic', flags.topic],
    ['--from-file', flags.fromFile, '--topic', flags.topic],
    ['--execute', flags.execute, '--dry-run', flags.dryRun],
    ['--json', flags.json, '--export', flags.export],
  ];
  const found = contradictions.find(([, one, , other]) => one && other);
  if (found) throw usageError(`${found[0]} and ${found[2]} contradict each other`);
  if (groups.length === 0 && !flags.allGroups) throw usageError('name a group, or give --all-groups');
  if (
    flags.create &&
    [flags.topic, flags.fromFile, flags.snapshotGroup].every((given) => given === undefined)
  ) {
    throw usageError('--create needs --topic: a group that does not exist has no topics yet');
  }
}

async function requestOf(
  terminal: Terminal,
  groups: readonly string[],
  target: GivenTarget,
  { allGroups, topic: topics, execute, live, create, json }: Flags,
): Promise<ResetRequest> {
  const wanted = allGroups ? 'all' : groups;
  const how = { topics, execute, live, create };
  if (typeof target === 'string' || !('file' in target)) return { groups: wanted, to: target, ...how };
  const plan = planForGroups(await readPlanFile(target.file), wanted);
  if (plan.leftOut.length > 0 && !json) {
    terminal.note(`not asked for, and left out of the plan: ${plan.leftOut.join(', ')}`);
  }
  const offsets = plan.offsets.map(({ line: _, ...offset }) => offset);
  return { groups: plan.groups, to: { offsets }, ...how };
}

async function reset(client: Respool, request: ResetRequest): Promise<ResetOutcome> {
  try {
    return await client.groups.resetOffsets(request);
  } catch (error) {
    throw await activeFailure(client, error, ADVICE);
  }
}

const ADVICE = 'stop them first, or add --live, which fences and moves them, and lets them go on';

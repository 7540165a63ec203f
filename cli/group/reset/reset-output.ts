import type { ResetOutcome, ResetRequest, ResetTarget } from '../../../sdk/index.js';
import { plural } from '../../plural.js';
import type { Terminal } from '../../terminal.js';
import { formatOffsetList, type OffsetFormat } from '../offset-list.js';
import { PLAN_COLUMNS, planRow, planTotals, starNotes, totalsText } from './plan-table.js';

export interface ResetOutputOptions {
  json?: boolean;
  /** Instead of a table. */
  export?: OffsetFormat;
  /** True: what is exported names groups. */
  severalGroups: boolean;
}

/** The plan on standard output, and on standard error whether it was carried out, so that an exported plan stays one. */
export async function printReset(
  terminal: Terminal,
  outcome: ResetOutcome,
  request: ResetRequest,
  options: ResetOutputOptions,
): Promise<void> {
  const { resets, activeGroups } = outcome;
  const totals = planTotals(resets);
  if (options.json) {
    return terminal.printJson({ executed: request.execute === true, activeGroups, resets, totals });
  }
  if (options.export) await terminal.out.write(exported(outcome, options.export, options.severalGroups));
  else if (resets.length > 0) {
    await terminal.printTable(PLAN_COLUMNS, resets.map(planRow));
    for (const line of ['', ...starNotes(resets), totalsText(totals)]) await terminal.print(line);
  }
  // Behind it on a terminal, too.
  await terminal.out.flush();
  for (const line of notes(outcome, request)) terminal.note(line);
}

function exported({ resets }: ResetOutcome, format: OffsetFormat, severalGroups: boolean): string {
  const offsets = resets.map(({ group, topic, partition, after: offset }) => ({
    ...(severalGroups && { group }),
    topic,
    partition,
    offset,
  }));
  return formatOffsetList(offsets, format);
}

function notes({ resets, activeGroups }: ResetOutcome, { execute, live, to }: ResetRequest): string[] {
  if (resets.length === 0)
    return ['there is nothing to reset: no committed offsets; topics can be named with --topic'];
  const { partitions, groups } = planTotals(resets);
  if (execute) return [`reset ${plural(partitions, 'partition')} of ${plural(groups, 'group')}`];
  const inTheWay = activeGroups.length > 0 && !live;
  return [
    ...timeNote(to),
    ...(inTheWay ? [activeWarning(activeGroups)] : []),
    'dry run: nothing was changed; --execute does it',
  ];
}

/** How a time was understood: what was given may be local, or a duration. */
function timeNote(to: ResetTarget): string[] {
  if (typeof to === 'string' || !('timestampMs' in to)) return [];
  return [`to the first records at or after ${new Date(to.timestampMs).toISOString()}`];
}

function activeWarning(activeGroups: readonly string[]): string {
  const have =
    activeGroups.length === 1 ? `group ${activeGroups[0]} has` : `groups ${activeGroups.join(', ')} have`;
  return `warning: ${have} members, so that --execute will be refused; stop them first, or add --live`;
}

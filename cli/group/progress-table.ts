/** How far a group is, for people. */
import type { GroupDescription, MemberDescription, PartitionProgress } from '../../sdk/index.js';
import { formatSpan } from '../duration.js';
import { groupDigits, plural } from '../plural.js';
import type { Column } from '../table.js';
import type { Terminal } from '../terminal.js';
import { memberNames } from './member-name.js';

/** A heading, a row for each partition, the sum; lines with their ends. */
export function progressText(terminal: Terminal, description: GroupDescription, nowMs: number): string {
  const { partitions, members } = description;
  if (partitions.length === 0) return `${heading(description, nowMs)}\n\nno committed offsets\n`;
  const names = memberNames(members);
  const table = terminal.table(
    COLUMNS,
    partitions.map((partition) => row(partition, names)),
  );
  return `${heading(description, nowMs)}\n\n${table}\n${total(partitions)}\n`;
}

function heading(description: GroupDescription, nowMs: number): string {
  const { group, state, generation, assignor, emptySinceMs, members } = description;
  const since = emptySinceMs === undefined ? '' : ` for ${formatSpan(Math.max(0, nowMs - emptySinceMs))}`;
  const shared = assignor === undefined ? '' : `, ${assignor}`;
  const who = members.length === 0 ? '' : `, ${plural(members.length, 'member')}`;
  return `group ${group}, ${state}${since}, generation ${generation}${shared}${who}`;
}

const COLUMNS: readonly Column[] = [
  { title: 'TOPIC', shrinks: true },
  { title: 'PARTITION', align: 'right' },
  { title: 'COMMITTED', align: 'right' },
  { title: 'END', align: 'right' },
  { title: 'LAG', align: 'right' },
  { title: 'LAG TIME', align: 'right' },
  { title: 'OWNER', shrinks: true },
];

function row(
  progress: PartitionProgress,
  names: ReadonlyMap<MemberDescription['memberId'], string>,
): string[] {
  const { topic, partition, committed, highWatermark, lag, lagMs, memberId } = progress;
  return [
    topic,
    String(partition),
    committed === undefined ? '-' : String(committed.offset),
    String(highWatermark),
    groupDigits(lag),
    lagMs === undefined ? '-' : formatSpan(lagMs),
    memberId === undefined ? '-' : (names.get(memberId) ?? memberId),
  ];
}

function total(partitions: readonly PartitionProgress[]): string {
  const lag = partitions.reduce((sum, partition) => sum + partition.lag, 0);
  const ages = partitions.flatMap(({ lagMs }) => lagMs ?? []);
  const oldest = ages.length === 0 ? '' : `, the oldest ${formatSpan(Math.max(...ages))} old`;
  const where = plural(partitions.length, 'partition');
  return lag === 0 ? `nothing unread in ${where}` : `${plural(lag, 'record')} unread in ${where}${oldest}`;
}

/** What a reset comes to, for people. Pure. */
import type { PlannedReset } from '../../../sdk/index.js';
import { formatByteSize } from '../../byte-size.js';
import { groupDigits, plural } from '../../plural.js';
import type { Column } from '../../table.js';

export const PLAN_COLUMNS: readonly Column[] = [
  { title: 'GROUP', shrinks: true },
  { title: 'TOPIC', shrinks: true },
  { title: 'PARTITION', align: 'right' },
  { title: 'BEFORE', align: 'right' },
  { title: 'AFTER', align: 'right' },
  { title: 'DIFFERENCE', align: 'right' },
  { title: 'RECORDS', align: 'right' },
  { title: 'BYTES', align: 'right' },
];

/** A star behind an offset that was moved to an end of the log. */
export function planRow(reset: PlannedReset): string[] {
  const { group, topic, partition, before, after, asked, bytes } = reset;
  const moved = asked === undefined ? '' : '*';
  return [
    group,
    topic,
    String(partition),
    before === undefined ? '-' : String(before),
    `${after}${moved}`,
    before === undefined ? '-' : signed(after - before),
    recordsText(reset),
    formatByteSize(bytes),
  ];
}

/** Why there are stars: a line for each end of the log. */
export function starNotes(resets: readonly PlannedReset[]): string[] {
  const beyond = resets.filter(({ asked, highWatermark }) => asked !== undefined && asked > highWatermark);
  const before = resets.filter(({ asked, logStartOffset }) => asked !== undefined && asked < logStartOffset);
  const notes = [starNote(before, 'before the start'), starNote(beyond, 'beyond the end')];
  return notes.filter((note) => note !== undefined);
}

export interface PlanTotals {
  partitions: number;
  groups: number;
  recordsAgain: number;
  bytesAgain: number;
  recordsSkipped: number;
  bytesSkipped: number;
}

export function planTotals(resets: readonly PlannedReset[]): PlanTotals {
  const again = resets.filter(({ records }) => records < 0);
  const skipped = resets.filter(({ records }) => records > 0);
  return {
    partitions: resets.length,
    groups: new Set(resets.map(({ group }) => group)).size,
    recordsAgain: sum(again, ({ records }) => -records),
    bytesAgain: sum(again, ({ bytes }) => bytes),
    recordsSkipped: sum(skipped, ({ records }) => records),
    bytesSkipped: sum(skipped, ({ bytes }) => bytes),
  };
}

/** `1,234 records (1.2 MiB) will be read again, 10 (512 B) skipped` */
export function totalsText({ recordsAgain, bytesAgain, recordsSkipped, bytesSkipped }: PlanTotals): string {
  if (recordsAgain + recordsSkipped === 0) return 'no record will be read again, none skipped';
  const again = `${plural(recordsAgain, 'record')} (${formatByteSize(bytesAgain)}) will be read again`;
  if (recordsSkipped === 0) return `${again}, none skipped`;
  const skipped = `${groupDigits(recordsSkipped)} (${formatByteSize(bytesSkipped)}) skipped`;
  if (recordsAgain > 0) return `${again}, ${skipped}`;
  return `${plural(recordsSkipped, 'record')} (${formatByteSize(bytesSkipped)}) will be skipped, none read again`;
}

function recordsText({ records }: PlannedReset): string {
  if (records === 0) return '0';
  return `${groupDigits(Math.abs(records))} ${records < 0 ? 'again' : 'skipped'}`;
}

function signed(difference: number): string {
  return `${difference > 0 ? '+' : ''}${groupDigits(difference)}`;
}

function starNote(moved: readonly PlannedReset[], where: string): string | undefined {
  const [first, ...others] = moved;
  if (first === undefined) return undefined;
  const { topic, partition, asked, after } = first;
  const more = others.length === 0 ? '' : `, and so for ${plural(others.length, 'other')}`;
  return `* ${asked} lies ${where} of ${topic}-${partition}, so ${after} is taken${more}`;
}

function sum(resets: readonly PlannedReset[], amount: (reset: PlannedReset) => number): number {
  return resets.reduce((total, reset) => total + amount(reset), 0);
}

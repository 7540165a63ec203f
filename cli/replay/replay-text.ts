/** What a replay would do, does and did, for people. Pure. */
import type { PlannedPartition, ReplayPlan, ReplayProgress } from '../../sdk/index.js';
import { formatSpan } from '../duration.js';
import { groupDigits, plural } from '../plural.js';
import type { Column } from '../table.js';
import type { ReplayFlags } from './replay-flags.js';

export const PLAN_COLUMNS: readonly Column[] = [
  { title: 'PARTITION', align: 'right' },
  { title: 'FROM', align: 'right' },
  { title: 'UNTIL', align: 'right' },
  { title: 'RECORDS', align: 'right' },
  { title: 'FIRST' },
  { title: 'LAST' },
];

export function planRow({ partition, nextOffset, endOffset, records, ...times }: PlannedPartition): string[] {
  return [
    String(partition),
    String(nextOffset),
    String(endOffset),
    groupDigits(records),
    timeText(times.firstTimestampMs),
    timeText(times.lastTimestampMs),
  ];
}

/** `12,345 records of orders into copy, at 2 times the original pace: about 2h 30m` */
export function planText(
  { topic, to, records, estimatedMs, keepPartitions }: ReplayPlan,
  flags: ReplayFlags,
): string {
  const filtered = flags.key !== undefined || flags.header !== undefined;
  const count = `${filtered ? 'those that match of ' : ''}${plural(records, 'record')}`;
  const where = keepPartitions ? 'into the same partitions' : 'into partitions by key';
  const time = estimatedMs === undefined ? '' : `: about ${formatSpan(estimatedMs)}`;
  return `${count} of ${topic} into ${to}, ${where}, ${paceText(flags)}${time}`;
}

/** `45%  4,500 of 10,000 records, 1m 3s left` */
export function progressText({ copied, skipped, total, remainingMs }: ReplayProgress): string {
  const passed = copied + skipped;
  const share = total === 0 ? 100 : Math.min(100, Math.floor((passed / total) * 100));
  const left = remainingMs === undefined ? '' : `, ${formatSpan(Math.ceil(remainingMs / 1000) * 1000)} left`;
  return `${share}%  ${groupDigits(passed)} of ${plural(total, 'record')}${left}`;
}

function paceText({ speed, rate }: ReplayFlags): string {
  if (rate !== undefined) return `${groupDigits(rate)} a second`;
  if (speed === undefined) return 'flat out';
  return speed === 1 ? 'at the original pace' : `at ${speed} times the original pace`;
}

function timeText(timestampMs: number | undefined): string {
  return timestampMs === undefined ? '-' : new Date(timestampMs).toISOString();
}

/** What groups report, as log lines: one for each event, none for every write of the journal. */
import type { Logger } from 'pino';
import type { GroupEvent } from '../../consumer-groups/index.js';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** How much each event matters to whoever runs the broker. */
const LEVELS: Readonly<Record<GroupEvent['event'], Level>> = {
  'groups-opened': 'info',
  'view-rebuilt': 'warn',
  'journal-damaged': 'error',
  'journal-appended': 'debug',
  'member-joined': 'info',
  'member-left': 'info',
  rebalanced: 'info',
  'commit-refused': 'debug',
  'offsets-reset': 'info',
  'group-deleted': 'info',
  'offsets-expired': 'info',
  'deleted-topics-forgotten': 'info',
  'background-error': 'error',
};

export function logGroupEvent(log: Logger, event: GroupEvent): void {
  if (event.event === 'journal-appended') return;
  const { event: name, ...facts } = event;
  // pino writes an error whole, stack included, under `err`.
  const { error, ...rest } = facts as typeof facts & { error?: Error };
  log[LEVELS[name]](error ? { ...rest, err: error } : rest, name);
}

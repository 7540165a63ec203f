/** What the log reports, as log lines: one for each event, none for every commit. */
import type { Logger } from 'pino';
import type { StoreEvent } from '../../segment-store/index.js';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** How much each event matters to whoever runs the broker. */
const LEVELS: Readonly<Record<StoreEvent['event'], Level>> = {
  opened: 'info',
  'tail-cut': 'warn',
  'damage-found': 'error',
  rebuilt: 'warn',
  'partition-offline': 'error',
  'disk-full': 'error',
  'disk-recovered': 'info',
  'segment-rolled': 'debug',
  'segments-deleted': 'info',
  compacted: 'info',
  committed: 'debug',
  'background-error': 'error',
};

export function logStoreEvent(log: Logger, event: StoreEvent): void {
  if (event.event === 'committed') return;
  const { event: name, ...facts } = event;
  // pino writes an error whole, stack included, under `err`.
  const { error, ...rest } = facts as typeof facts & { error?: Error };
  log[LEVELS[name]](error ? { ...rest, err: error } : rest, name);
}

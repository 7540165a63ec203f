/** Opens the durable state of all groups. */
import { randomUUID } from 'node:crypto';
import type { Clock, LogStore } from '../segment-store/index.js';
import type { GroupEventListener } from './group-event.js';
import type { GroupStore } from './group-store.js';
import { FoldedGroups } from './journal/folded-groups.js';
import { readJournalId } from './journal/journal-id.js';
import { encodeFact } from './journal/journal-record.js';
import { replayJournal } from './journal/journal-replay.js';
import { JOURNAL_PARTITION, JOURNAL_TOPIC, openJournalTopic } from './journal/journal-topic.js';
import { JournalWriter } from './journal/journal-writer.js';
import { JournaledGroupStore } from './journal/journaled-group-store.js';
import type { GroupOptions } from './options.js';

export interface GroupStoreEnvironment {
  /** The log that the journal lies in. It must stay open until the group store is closed, and nobody else may write the journal. */
  store: LogStore;
  options: GroupOptions;
  clock: Clock;
  emit: GroupEventListener;
  /** The view failed or hangs. Called at most once; whoever is told must end the process, whose next start recovers. */
  onFatal: (error: Error) => void;
}

/**
 * Reads what was stored, repairing what is damaged, and resolves when everything acknowledged so far can be read. Rejects only if the disk fails or the
 * view's directory is not ours to use.
 */
export async function openGroupStore(environment: GroupStoreEnvironment): Promise<GroupStore> {
  const { store, clock, emit } = environment;
  const startedMs = clock.monotonicMs();
  await openJournalTopic(store);
  const { logStartOffset, highWatermark } = await store.bounds(JOURNAL_TOPIC, JOURNAL_PARTITION);
  const folded = new FoldedGroups();
  const id = (await readJournalId(store, logStartOffset)) ?? randomUUID();
  const replay = await replayJournal(store, logStartOffset, highWatermark, (fact) => {
    if (fact.kind !== 'journal') folded.fold(fact);
  });
  for (const range of replay.damaged) emit({ event: 'journal-damaged', ...range });
  const journal = new JournalWriter({
    store,
    clock,
    emit,
    first: highWatermark === 0 ? encodeFact({ kind: 'journal', id }) : undefined,
    durable: (changes) => {
      for (const change of changes) folded.fold(change);
    },
  });
  emit({
    event: 'groups-opened',
    groups: folded.totalGroups,
    offsets: folded.totalOffsets,
    snapshots: folded.totalSnapshots,
    replayed: replay.records,
    durationMs: clock.monotonicMs() - startedMs,
  });
  return new JournaledGroupStore(folded, journal, async () => {});
}

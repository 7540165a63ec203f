/** Opens the durable state of all groups. */
import { randomUUID } from 'node:crypto';
import { type Clock, type FileSystem, type LogStore, nodeFileSystem } from '../segment-store/index.js';
import type { GroupEventListener } from './group-event.js';
import type { GroupStore } from './group-store.js';
import { FoldedGroups } from './journal/folded-groups.js';
import { readJournalId } from './journal/journal-id.js';
import { encodeFact } from './journal/journal-record.js';
import { JOURNAL_PARTITION, JOURNAL_TOPIC, openJournalTopic } from './journal/journal-topic.js';
import { type JournalWrite, JournalWriter } from './journal/journal-writer.js';
import { JournaledGroupStore } from './journal/journaled-group-store.js';
import type { GroupOptions } from './options.js';
import { recoverGroups } from './view/group-recovery.js';
import { ViewFolder } from './view/view-folder.js';
import { ViewWriter } from './view/view-writer.js';

export interface GroupStoreEnvironment {
  /** The log that the journal lies in. It must stay open until the group store is closed, and nobody else may write the journal. */
  store: LogStore;
  options: Pick<GroupOptions, 'viewDir' | 'viewFlushIntervalMs' | 'viewTimeoutMs'>;
  clock: Clock;
  emit: GroupEventListener;
  /** The view failed or hangs. Called at most once; whoever is told must end the process, whose next start recovers. */
  onFatal: (error: Error) => void;
  /** For the view's folder; LMDB itself knows only the real one. @default the real one */
  fs?: FileSystem;
}

/**
 * Reads what was stored, repairing what is damaged, and resolves when everything acknowledged so far can be read. Rejects only if the disk fails or the
 * view's folder cannot be used.
 */
export async function openGroupStore(environment: GroupStoreEnvironment): Promise<GroupStore> {
  const { store, options, clock, emit, onFatal, fs = nodeFileSystem } = environment;
  const startedMs = clock.monotonicMs();
  const folder = new ViewFolder(options.viewDir, fs);
  await folder.open();
  await openJournalTopic(store);
  const { logStartOffset, highWatermark } = await store.bounds(JOURNAL_TOPIC, JOURNAL_PARTITION);
  const id = await readJournalId(store, logStartOffset);
  const folded = new FoldedGroups();
  const recovered = await recoverGroups(
    { store, fs, clock, emit, folder, viewTimeoutMs: options.viewTimeoutMs },
    { id, logStartOffset, highWatermark },
    folded,
  );
  const journalId = recovered.journalId ?? randomUUID();
  const view = new ViewWriter(
    { folder, fs, clock, emit, onFatal, options, folded, journalId },
    { foldedTo: highWatermark, behind: recovered.behind },
  );
  const durable = ({ changes, records }: JournalWrite, nextOffset: number): void => {
    for (const [at, change] of changes.entries()) view.note(records[at]!, folded.fold(change), nextOffset);
  };
  const first = highWatermark === 0 ? encodeFact({ kind: 'journal', id: journalId }) : undefined;
  const journal = new JournalWriter({ store, clock, emit, first, durable });
  emit({
    event: 'groups-opened',
    groups: folded.totalGroups,
    offsets: folded.totalOffsets,
    snapshots: folded.totalSnapshots,
    replayed: recovered.replayed,
    durationMs: clock.monotonicMs() - startedMs,
  });
  return new JournaledGroupStore(folded, journal, () => view.close());
}

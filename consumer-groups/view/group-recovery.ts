/**
 * Brings memory to where the journal ends: from the view, if there is one that is whole and of this journal, and from the journal behind it; from the whole journal
 * otherwise.
 */
import type { Clock, FileSystem, LogStore } from '../../segment-store/index.js';
import type { GroupEventListener } from '../group-event.js';
import type { FoldedGroups } from '../journal/folded-groups.js';
import { type JournalReplay, replayJournal } from '../journal/journal-replay.js';
import type { ViewFolder } from './view-folder.js';
import type { ViewHead } from './view-head.js';
import { readView } from './view-reading.js';

export interface RecoveryContext {
  store: LogStore;
  fs: FileSystem;
  clock: Clock;
  emit: GroupEventListener;
  folder: ViewFolder;
  /** How long the reading of the view may stand still. */
  viewTimeoutMs: number;
}

/** Where the journal stands. */
export interface JournalState {
  /** Undefined: it is empty, or its beginning is damaged. */
  id: string | undefined;
  logStartOffset: number;
  highWatermark: number;
}

export interface Recovered {
  /** The journal's, as far as anything tells. */
  journalId: string | undefined;
  /** Records that were read from the journal. */
  replayed: number;
  /** True if the view that is on disk, or the lack of one, is not what memory is. */
  behind: boolean;
}

/** Fills `folded`, which is empty. Sets aside a view that is not to be used, and tells so; tells what of the journal is damaged. */
export async function recoverGroups(
  context: RecoveryContext,
  journal: JournalState,
  folded: FoldedGroups,
): Promise<Recovered> {
  const found = await readSoundView(context, journal, folded);
  if ('problem' in found) return rebuild(context, journal, folded, found.problem);
  const { head } = found;
  const replay = await replayInto(folded, context.store, head.replayFrom, journal);
  if (replay.compacted) {
    return rebuild(
      context,
      journal,
      folded,
      `the journal was compacted behind ${head.replayFrom}, where it ends`,
    );
  }
  tellDamage(context, replay);
  const behind = head.replayFrom < replay.nextOffset;
  return { journalId: journal.id ?? head.journalId, replayed: replay.records, behind };
}

/** Puts what the view holds into memory. What is there when it is not to be used means nothing. */
async function readSoundView(
  { folder, fs, clock, viewTimeoutMs }: RecoveryContext,
  journal: JournalState,
  folded: FoldedGroups,
): Promise<{ head: ViewHead } | { problem: string }> {
  if (!(await folder.hasView())) return { problem: 'it is missing' };
  const verdict = await readView(folder.file, { fs, clock, timeoutMs: viewTimeoutMs }, (change) => {
    folded.fold(change);
  });
  if ('damage' in verdict) return { problem: verdict.damage };
  const problem = mismatch(verdict.head, journal);
  return problem === undefined ? verdict : { problem };
}

/** Why a whole view does not go with the journal; undefined: it does. */
export function mismatch(head: ViewHead, journal: JournalState): string | undefined {
  if (journal.id !== undefined && head.journalId !== journal.id) return 'it belongs to another journal';
  if (head.reflectsTo > journal.highWatermark) {
    return `it reflects the journal up to ${head.reflectsTo}, which ends at ${journal.highWatermark}`;
  }
  if (head.replayFrom < journal.logStartOffset) {
    return `it ends at ${head.replayFrom}, before the journal begins at ${journal.logStartOffset}`;
  }
  return undefined;
}

async function rebuild(
  context: RecoveryContext,
  journal: JournalState,
  folded: FoldedGroups,
  problem: string,
): Promise<Recovered> {
  folded.clear();
  const { folder, clock, emit, store } = context;
  const keptIn = (await folder.hasView()) ? await folder.setAside(clock.wallMs()) : undefined;
  const replay = await replayInto(folded, store, journal.logStartOffset, journal);
  tellDamage(context, replay);
  const isNew = journal.highWatermark === 0 && keptIn === undefined;
  if (!isNew) emit({ event: 'view-rebuilt', reason: problem, keptIn });
  return { journalId: journal.id, replayed: replay.records, behind: !isNew };
}

function replayInto(
  folded: FoldedGroups,
  store: LogStore,
  fromOffset: number,
  { highWatermark }: JournalState,
): Promise<JournalReplay> {
  return replayJournal(store, fromOffset, highWatermark, (fact) => {
    if (fact.kind !== 'journal') folded.fold(fact);
  });
}

function tellDamage({ emit }: RecoveryContext, { damaged }: JournalReplay): void {
  for (const range of damaged) emit({ event: 'journal-damaged', ...range });
}

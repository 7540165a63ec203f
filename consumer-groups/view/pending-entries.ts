/** What the view does not have yet: for each key what it holds and what it is to hold. Many changes of one key come to one. */
import type { GroupChange } from '../group-store.js';
import { encodeFact, type JournalRecord } from '../journal/journal-record.js';
import type { EntryChange } from './view-environment.js';

export interface PendingEntry extends EntryChange {
  /** The record value that the view holds now; undefined: it has no such entry. */
  before: Buffer | undefined;
}

export class PendingEntries {
  readonly #entries = new Map<string, PendingEntry>();

  /** Notes that `record` holds from now on; `undo` is the change that would take it back. */
  note(record: JournalRecord, undo: GroupChange): void {
    const name = record.key.toString('latin1');
    const known = this.#entries.get(name);
    if (known) known.recordValue = record.value;
    else
      this.#entries.set(name, { key: record.key, recordValue: record.value, before: encodeFact(undo).value });
  }

  /** All of them, in pieces that a transaction can take: bounded in number and in bytes, but for an entry that is larger by itself. */
  *transactions(): Generator<PendingEntry[]> {
    yield* inTransactions(this.#changed());
  }

  /** Without what came and went in between. */
  *#changed(): Generator<PendingEntry> {
    for (const entry of this.#entries.values()) if (entry.before || entry.recordValue) yield entry;
  }
}

/** More in one transaction would hold up the event loop, and need more room at a time. */
const MAX_ENTRIES = 1000;
const MAX_BYTES = 512 * 1024;

/** Cuts entries into pieces for a transaction each; at least one, which may be empty. */
export function* inTransactions<T extends EntryChange>(entries: Iterable<T>): Generator<T[]> {
  let piece: T[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.key.length + (entry.recordValue?.length ?? 0);
    if (piece.length === MAX_ENTRIES || (piece.length > 0 && bytes + size > MAX_BYTES)) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push(entry);
    bytes += size;
  }
  yield piece;
}

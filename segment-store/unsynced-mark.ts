/**
 * How recovery tells what a power loss tore from what was damaged later.
 *
 * Several batches may be written between two syncs. A power loss may keep a later one of them and lose an earlier one: a hole with sound batches behind
 * it, though nobody was told of any. Damage in the middle of durable batches looks the same, and must not be treated the same: the first is cut off, so that
 * its sender can send it again; the second is kept and reported.
 *
 * So each batch carries, from when it is written, how many bytes right before it were written since the last sync. If for the very last batch of the log
 * these reach back to the hole, both were written between the same two syncs, and that second sync never returned. Otherwise the
 * hole was durable: what lies behind it was only written after a sync.
 *
 * The mark is in the header's leader epoch, which is outside of the CRC and has no other use with one copy of the log. Readers get 0 there.
 */
import { LEADER_EPOCH } from './batch-walk.js';

const AT = 12;

/** Writes the mark into the batch at `at`. */
export function markUnsynced(batch: Buffer, bytesBefore: number, at = 0): void {
  batch.writeInt32BE(bytesBefore, at + AT);
}

/** Bytes right before the batch at `at` that were not synced when it was written. */
export function unsyncedBefore(batch: Buffer, at = 0): number {
  return batch.readInt32BE(at + AT);
}

/** Takes the mark out of the batch at `at`: it is not for readers. */
export function hideMark(batch: Buffer, at = 0): void {
  batch.writeInt32BE(LEADER_EPOCH, at + AT);
}

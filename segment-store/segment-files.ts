/**
 * The files of a partition. Each is named by an offset, zero-padded to 20 digits as in Kafka:
 *
 *     <base offset>.log                  the record batches
 *     <base offset>.index                offset index
 *     <base offset>.timeindex            time index
 *     <base offset>.seal                 vouches for a prefix of the three, see seal.ts
 *     <offset>.snapshot                  idempotent producers as of that offset, see producer-snapshot.ts
 *     <base offset>.log.cleaned          a compaction that was not finished: to be deleted
 *     <base offset>-<end offset>.swap    a compaction that was: to replace all segments of that range
 *     <base offset>.cut-<offset>         bytes that were cut from the end of that segment, where that offset would have been
 *     *.tmp                              a file that was being written: to be deleted
 */

const DIGITS = 20;

function paddedOffset(offset: number): string {
  return String(offset).padStart(DIGITS, '0');
}

export const logFile = (baseOffset: number): string => `${paddedOffset(baseOffset)}.log`;
export const offsetIndexFile = (baseOffset: number): string => `${paddedOffset(baseOffset)}.index`;
export const timeIndexFile = (baseOffset: number): string => `${paddedOffset(baseOffset)}.timeindex`;
export const sealFile = (baseOffset: number): string => `${paddedOffset(baseOffset)}.seal`;
export const snapshotFile = (offset: number): string => `${paddedOffset(offset)}.snapshot`;
export const cleanedFile = (baseOffset: number): string => `${paddedOffset(baseOffset)}.log.cleaned`;
export const swapFile = (baseOffset: number, endOffset: number): string =>
  `${paddedOffset(baseOffset)}-${paddedOffset(endOffset)}.swap`;
export const cutFile = (baseOffset: number, offset: number): string =>
  `${paddedOffset(baseOffset)}.cut-${paddedOffset(offset)}`;

/** The names of all files that go with a segment. */
export function filesOfSegment(baseOffset: number): string[] {
  return [logFile(baseOffset), offsetIndexFile(baseOffset), timeIndexFile(baseOffset), sealFile(baseOffset)];
}

/** What a partition's folder holds, by kind, each ascending. */
export interface PartitionListing {
  segments: number[];
  snapshots: number[];
  swaps: { baseOffset: number; endOffset: number; name: string }[];
  /** Left over from work that was cut short; safe to delete. */
  leftovers: string[];
}

const NUMBERED = /^(\d{20})\.(log|snapshot)$/;
const SWAP = /^(\d{20})-(\d{20})\.swap$/;
const LEFTOVER = /\.(tmp|cleaned)$/;

export function parsePartitionListing(names: readonly string[]): PartitionListing {
  const listing: PartitionListing = { segments: [], snapshots: [], swaps: [], leftovers: [] };
  for (const name of [...names].sort()) {
    const numbered = NUMBERED.exec(name);
    const swap = SWAP.exec(name);
    if (numbered) (numbered[2] === 'log' ? listing.segments : listing.snapshots).push(Number(numbered[1]));
    else if (swap) listing.swaps.push({ baseOffset: Number(swap[1]), endOffset: Number(swap[2]), name });
    else if (LEFTOVER.test(name)) listing.leftovers.push(name);
  }
  return listing;
}

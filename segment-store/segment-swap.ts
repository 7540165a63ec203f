/**
 * How compaction replaces segments so that a crash leaves either the old ones or the new one:
 * 1. write the new log as `.cleaned`, sync it; a crash leaves a leftover that opening deletes;
 * 2. rename it to `<base>-<end>.swap` and sync the folder: this decides it, from here on opening finishes the rest;
 * 3. delete all files of the segments in that range but the first .log, and sync the folder;
 * 4. rename the swap over the first .log and sync the folder.
 * Indexes are made from the new log afterwards.
 */
import { join } from 'node:path';
import type { FileSystem } from './file-system.js';
import { cleanedFile, filesOfSegment, logFile, type PartitionListing, swapFile } from './segment-files.js';

export type DecidedSwap = PartitionListing['swaps'][number];

/** Step 2. The `.cleaned` of `baseOffset` must be synced. */
export async function decideSwap(
  fs: FileSystem,
  folder: string,
  baseOffset: number,
  endOffset: number,
): Promise<DecidedSwap> {
  const name = swapFile(baseOffset, endOffset);
  await fs.rename(join(folder, cleanedFile(baseOffset)), join(folder, name));
  await fs.syncDirectory(folder);
  return { baseOffset, endOffset, name };
}

/** Does what is left of every swap that was decided. */
export async function finishSwaps(fs: FileSystem, folder: string, listing: PartitionListing): Promise<void> {
  for (const swap of listing.swaps) await finishSwap(fs, folder, swap, listing.segments);
}

/** Steps 3 and 4, for those of `segments` (base offsets) that the swap replaces. Can be done again. */
export async function finishSwap(
  fs: FileSystem,
  folder: string,
  swap: DecidedSwap,
  segments: readonly number[],
): Promise<void> {
  const first = join(folder, logFile(swap.baseOffset));
  for (const baseOffset of segments) {
    if (baseOffset < swap.baseOffset || baseOffset >= swap.endOffset) continue;
    for (const name of filesOfSegment(baseOffset).reverse()) {
      if (join(folder, name) !== first) await fs.remove(join(folder, name));
    }
  }
  // Without this a power loss may keep the rename and lose a deletion: an old segment would lie over the new one.
  await fs.syncDirectory(folder);
  await fs.rename(join(folder, swap.name), first);
  await fs.syncDirectory(folder);
}

/** The producer snapshots in a partition's folder: which are kept, and which one recovery starts from. */
import { join } from 'node:path';
import type { FileSystem } from './file-system.js';
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.js';
import { type ProducedBatch, ProducerState } from './producer-state.js';
import { parsePartitionListing, snapshotFile } from './segment-files.js';
import { readSmallFile, replaceFile } from './small-file.js';

/**
 * Takes what is known below `upTo` at once, and returns the work that writes it. A snapshot that is not durable may be lost to a power
 * failure; the durable one that is written at each roll then takes its place, and recovery reads more.
 */
export function saveProducers(
  fs: FileSystem,
  folder: string,
  producers: ProducerState,
  upTo: number,
  { durable, activeBaseOffset }: { durable: boolean; activeBaseOffset: number },
): () => Promise<void> {
  const content = encodeProducerSnapshot(producers, upTo);
  return async () => {
    await replaceFile(fs, join(folder, snapshotFile(upTo)), content, { durable });
    const { snapshots } = parsePartitionListing(await fs.list(folder));
    for (const offset of snapshotsToDelete(snapshots, activeBaseOffset)) {
      await fs.remove(join(folder, snapshotFile(offset)));
    }
  };
}

/** All but the newest two and the newest at or below the active segment's base offset, which is the durable one. */
function snapshotsToDelete(snapshots: readonly number[], activeBaseOffset: number): number[] {
  const ascending = [...snapshots].sort((a, b) => a - b);
  const kept = new Set(ascending.slice(-2));
  const durable = ascending.filter((offset) => offset <= activeBaseOffset).at(-1);
  if (durable !== undefined) kept.add(durable);
  return ascending.filter((offset) => !kept.has(offset));
}

/** The newest whole snapshot at or below `upTo`; undefined if there is none: all batches must then be read. Deletes those before it that are not whole. */
export async function loadProducers(
  fs: FileSystem,
  folder: string,
  snapshots: readonly number[],
  upTo: number,
  maxProducers: number,
): Promise<{ producers: ProducerState; offset: number } | undefined> {
  const newestFirst = [...snapshots].filter((offset) => offset <= upTo).sort((a, b) => b - a);
  for (const offset of newestFirst) {
    const content = await readSmallFile(fs, join(folder, snapshotFile(offset)));
    const known = content && decodeProducerSnapshot(content);
    if (known) return { producers: restored(known, maxProducers), offset };
    // A power loss tore it: it was not synced, as it can be made anew.
    await fs.remove(join(folder, snapshotFile(offset)));
  }
  return undefined;
}

function restored(known: Map<number, ProducedBatch[]>, maxProducers: number): ProducerState {
  const producers = new ProducerState(maxProducers);
  for (const [producerId, batches] of known) producers.restore(producerId, batches);
  return producers;
}

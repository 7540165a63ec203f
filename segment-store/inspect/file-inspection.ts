/** One file of a partition by itself, with what lies beside it where that helps. */
import { basename, dirname, join, resolve } from 'node:path';
import type { FileSystem } from '../file-system.js';
import { decodeProducerSnapshot } from '../producer-snapshot.js';
import { logFile, parsePartitionListing } from '../segment-files.js';
import { readSmallFile } from '../small-file.js';
import { type PartitionFile, parsePartitionFile } from './file-kind.js';
import type { Finding, IndexEntryItem, InspectionItem, InspectionOptions } from './inspection-item.js';
import { findPlace } from './partition-place.js';
import { loadOffsetIndex, loadSeal, loadTimeIndex } from './segment-content.js';
import { inspectSegment } from './segment-inspection.js';

type SegmentFile = Extract<PartitionFile, { kind: 'log' | 'index' | 'timeindex' | 'seal' }>;

/** True if {@link inspectFile} knows what a file of that name is. */
export function isInspectable(name: string): boolean {
  const { kind } = parsePartitionFile(name);
  return kind !== 'leftover' && kind !== 'unknown' && kind !== 'swap';
}

/** Yields what the file holds and, for a file of a segment, whether it and its neighbours agree. */
export async function* inspectFile(
  fs: FileSystem,
  file: string,
  options: InspectionOptions,
): AsyncGenerator<InspectionItem> {
  const parsed = parsePartitionFile(basename(file));
  if (parsed.kind === 'snapshot') yield* snapshotItems(fs, file);
  else if (parsed.kind === 'kept-tail') yield keptTail(file, parsed, await sizeOf(fs, file));
  else if (parsed.kind === 'log') yield* segmentItems(fs, file, parsed.baseOffset, options);
  else if (parsed.kind === 'index' || parsed.kind === 'timeindex' || parsed.kind === 'seal') {
    yield* aidItems(fs, file, parsed, options);
  }
}

async function* aidItems(
  fs: FileSystem,
  file: string,
  parsed: SegmentFile,
  options: InspectionOptions,
): AsyncGenerator<InspectionItem> {
  if (parsed.kind === 'seal') yield* sealItems(fs, file);
  else yield { item: 'file', file, kind: parsed.kind, sizeBytes: await sizeOf(fs, file) };
  if (parsed.kind === 'index') yield* offsetEntries(fs, file, parsed.baseOffset);
  if (parsed.kind === 'timeindex') yield* timeEntries(fs, file, parsed.baseOffset);
  // An aid is right if it says of the log what the log says of itself.
  const log = join(dirname(file), logFile(parsed.baseOffset));
  if ((await fs.stat(log)) === undefined) {
    yield {
      item: 'finding',
      severity: 'note',
      file,
      reason: 'there is no log to it; its content cannot be checked',
    };
  } else {
    yield* segmentItems(fs, log, parsed.baseOffset, { ...options, batches: false, records: false });
  }
}

async function* segmentItems(
  fs: FileSystem,
  file: string,
  baseOffset: number,
  options: InspectionOptions,
): AsyncGenerator<InspectionItem> {
  const folder = dirname(file);
  const { segments } = parsePartitionListing(await fs.list(folder));
  const nextBaseOffset = segments.find((base) => base > baseOffset);
  const { recoveryPoint, gaps } = await findPlace(fs, resolve(folder));
  yield* inspectSegment(fs, folder, baseOffset, { nextBaseOffset, recoveryPoint, gaps }, options);
}

async function* offsetEntries(
  fs: FileSystem,
  file: string,
  baseOffset: number,
): AsyncGenerator<IndexEntryItem> {
  const index = (await loadOffsetIndex(fs, file, baseOffset))?.decoded;
  for (let number = 0; index && number < index.entries; number++) {
    const { lastOffset, position } = index.entry(number);
    yield { item: 'index-entry', file, offset: lastOffset, position };
  }
}

async function* timeEntries(
  fs: FileSystem,
  file: string,
  baseOffset: number,
): AsyncGenerator<IndexEntryItem> {
  const index = (await loadTimeIndex(fs, file, baseOffset))?.decoded;
  for (let number = 0; index && number < index.entries; number++) {
    yield { item: 'index-entry', file, ...index.entry(number) };
  }
}

async function* sealItems(fs: FileSystem, file: string): AsyncGenerator<InspectionItem> {
  const loaded = await loadSeal(fs, file);
  if (!loaded?.decoded) {
    yield { item: 'file', file, kind: 'seal', sizeBytes: loaded?.content.length ?? 0 };
    return;
  }
  const { baseOffset, endOffset, logBytes, largestTime, offsetIndex, timeIndex } = loaded.decoded;
  const fields = {
    baseOffset,
    endOffset,
    logBytes,
    ...(largestTime && { largestTimestampMs: largestTime.timestampMs }),
    offsetIndexBytes: offsetIndex.sizeBytes,
    timeIndexBytes: timeIndex.sizeBytes,
  };
  yield { item: 'file', file, kind: 'seal', sizeBytes: loaded.content.length, fields };
}

async function* snapshotItems(fs: FileSystem, file: string): AsyncGenerator<InspectionItem> {
  const content = (await readSmallFile(fs, file)) ?? Buffer.alloc(0);
  const producers = decodeProducerSnapshot(content);
  const fields = { producers: producers?.size ?? 0 };
  yield { item: 'file', file, kind: 'snapshot', sizeBytes: content.length, fields };
  if (producers === undefined) {
    const reason = 'it is no whole snapshot; its checksum or its fields are wrong';
    yield { item: 'finding', severity: 'repairable', file, reason } satisfies Finding;
  }
}

function keptTail(
  file: string,
  { baseOffset, offset }: { baseOffset: number; offset: number },
  sizeBytes: number,
) {
  return { item: 'file', file, kind: 'kept-tail', sizeBytes, fields: { baseOffset, offset } } as const;
}

async function sizeOf(fs: FileSystem, file: string): Promise<number> {
  return (await fs.stat(file))?.sizeBytes ?? 0;
}

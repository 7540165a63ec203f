/** One partition's folder: its segments in order, what lies between them, and the other files. */
import { join } from 'node:path';
import type { FileSystem } from '../file-system.js';
import { decodeProducerSnapshot } from '../producer-snapshot.js';
import { parsePartitionListing, snapshotFile } from '../segment-files.js';
import { readSmallFile } from '../small-file.js';
import { parsePartitionFile } from './file-kind.js';
import type {
  Finding,
  InspectionItem,
  InspectionOptions,
  PartitionItem,
  SegmentItem,
} from './inspection-item.js';
import { inspectSegment } from './segment-inspection.js';

/** What is known of a partition from outside of its folder. */
export interface PartitionPlace {
  topic: string;
  partition: number;
  folder: string;
  /** From the checkpoints; undefined: they do not say. */
  recoveryPoint: number | undefined;
  logStartOffset: number | undefined;
  /** True if the topic is or may have been compacted. */
  gaps: boolean;
}

/** Yields what was found, segment by segment, then the partition as a whole. */
export async function* inspectPartition(
  fs: FileSystem,
  place: PartitionPlace,
  options: InspectionOptions,
): AsyncGenerator<InspectionItem, PartitionItem> {
  const names = (await fs.list(place.folder)).sort();
  const { segments: bases, snapshots } = parsePartitionListing(names);
  yield* missingStart(place, bases);
  const segments: SegmentItem[] = [];
  for (const [number, baseOffset] of bases.entries()) {
    const { recoveryPoint, gaps } = place;
    const segmentPlace = { nextBaseOffset: bases[number + 1], recoveryPoint, gaps };
    segments.push(yield* inspectSegment(fs, place.folder, baseOffset, segmentPlace, options));
  }
  for (const offset of snapshots) yield* snapshotFindings(fs, join(place.folder, snapshotFile(offset)));
  yield* otherFiles(place.folder, names, new Set(bases));
  const whole = summarize(place, segments);
  yield whole;
  return whole;
}

/** Records that should lie before the first segment that is there. */
function* missingStart(place: PartitionPlace, bases: readonly number[]): Generator<Finding> {
  const firstBase = bases[0];
  const startOffset = place.logStartOffset ?? firstBase ?? 0;
  const endOffset = firstBase ?? place.recoveryPoint ?? startOffset;
  // Compaction may have taken the first segments out as a whole.
  if (endOffset <= startOffset || (place.gaps && firstBase !== undefined)) return;
  const found = firstBase === undefined ? 'there is no segment' : `the first segment begins at ${firstBase}`;
  const reason = `the log begins at offset ${startOffset}, but ${found}`;
  yield { item: 'finding', severity: 'damage', file: place.folder, reason, startOffset, endOffset };
}

async function* snapshotFindings(fs: FileSystem, file: string): AsyncGenerator<Finding> {
  const content = await readSmallFile(fs, file);
  if (content === undefined || decodeProducerSnapshot(content) !== undefined) return;
  const reason = 'it is no whole snapshot; the producers are read from the log instead';
  yield { item: 'finding', severity: 'repairable', file, reason };
}

function* otherFiles(
  folder: string,
  names: readonly string[],
  bases: ReadonlySet<number>,
): Generator<Finding> {
  for (const name of names) {
    const reason = remark(name, bases);
    if (reason !== undefined) yield { item: 'finding', severity: 'note', file: join(folder, name), reason };
  }
}

function remark(name: string, bases: ReadonlySet<number>): string | undefined {
  const file = parsePartitionFile(name);
  if (file.kind === 'kept-tail') return `bytes that a recovery cut off at offset ${file.offset} and kept`;
  if (file.kind === 'leftover') return 'left over from work that was cut short; the next start deletes it';
  if (file.kind === 'swap') return 'a finished compaction, which the next start puts in its place';
  if (file.kind === 'unknown') return 'not a file of the log';
  if (file.kind === 'log' || file.kind === 'snapshot' || bases.has(file.baseOffset)) return undefined;
  return 'there is no log to it';
}

function summarize(place: PartitionPlace, segments: readonly SegmentItem[]): PartitionItem {
  const { topic, partition, folder, recoveryPoint } = place;
  const logStartOffset = place.logStartOffset ?? segments[0]?.baseOffset ?? 0;
  return {
    item: 'partition',
    topic,
    partition,
    folder,
    segments: segments.length,
    logStartOffset,
    endOffset: segments.at(-1)?.endOffset ?? logStartOffset,
    recoveryPoint,
    records: segments.reduce((sum, segment) => sum + segment.records, 0),
    sizeBytes: segments.reduce((sum, segment) => sum + segment.sizeBytes, 0),
  };
}

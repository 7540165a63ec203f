/** Partitions on a real disk, written with the store's own codecs, for tests that then damage them. */
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchBuilder,
  type BuildOptions,
  readHeader,
  stampBatch,
} from '../../../proto/record-batch/index.js';
import type { InspectionItem } from '../../../segment-store/index.js';
import { encodeSeal, sealOf } from '../../../segment-store/seal.js';
import { logFile, offsetIndexFile, sealFile, timeIndexFile } from '../../../segment-store/segment-files.js';
import { SegmentIndex } from '../../../segment-store/segment-index.js';

export const START_MS = 1_700_000_000_000;

/** Where a batch lies. */
export interface WrittenBatch {
  position: number;
  sizeBytes: number;
  baseOffset: number;
  endOffset: number;
}

export interface WrittenSegment {
  baseOffset: number;
  endOffset: number;
  log: string;
  index: string;
  timeIndex: string;
  seal: string;
  batches: WrittenBatch[];
}

/** An own folder below the system's temporary one, deleted with {@link remove}. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'respool-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Writes a sealed segment of `batches` batches with three records each; an index entry for all batches but the first. */
export async function writeSegment(
  folder: string,
  baseOffset: number,
  batches: number,
  options: BuildOptions = {},
): Promise<WrittenSegment> {
  await mkdir(folder, { recursive: true });
  const path = (name: string) => join(folder, name);
  const segment: WrittenSegment = {
    baseOffset,
    endOffset: baseOffset,
    log: path(logFile(baseOffset)),
    index: path(offsetIndexFile(baseOffset)),
    timeIndex: path(timeIndexFile(baseOffset)),
    seal: path(sealFile(baseOffset)),
    batches: [],
  };
  const index = new SegmentIndex(baseOffset, 0);
  await writeFile(segment.log, '');
  let position = 0;
  for (let number = 0; number < batches; number++) {
    const bytes = await threeRecords(segment.endOffset, options);
    index.add(readHeader(bytes), position);
    await appendFile(segment.log, bytes);
    const { endOffset } = segment;
    segment.batches.push({
      position,
      sizeBytes: bytes.length,
      baseOffset: endOffset,
      endOffset: endOffset + 3,
    });
    position += bytes.length;
    segment.endOffset += 3;
  }
  index.seal();
  await writeFile(segment.index, index.offsets.content);
  await writeFile(segment.timeIndex, index.times.content);
  await writeFile(segment.seal, encodeSeal(sealOf(index, segment.endOffset, position, START_MS)));
  return segment;
}

export async function threeRecords(baseOffset: number, options: BuildOptions = {}): Promise<Buffer> {
  const builder = new BatchBuilder();
  for (let offset = baseOffset; offset < baseOffset + 3; offset++) {
    const value = `value ${offset}, which is neither long nor short`;
    builder.append({
      timestampMs: START_MS + offset,
      key: `key ${offset}`,
      value,
      headers: [{ key: 'h', value: 'x' }],
    });
  }
  const bytes = await builder.build(options);
  stampBatch(bytes, baseOffset, 0);
  return bytes;
}

export type Found = Extract<InspectionItem, { item: 'finding' }>;

/** All items, and the findings among them apart. */
export async function collect(
  items: AsyncIterable<InspectionItem>,
): Promise<{ items: InspectionItem[]; findings: Found[] }> {
  const all: InspectionItem[] = [];
  // Records are views of a buffer that the next step reuses.
  for await (const item of items) all.push(structuredClone(item));
  return { items: all, findings: all.filter((item) => item.item === 'finding') };
}

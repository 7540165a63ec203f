/**
 * Compacts a partition: builds the map of last offsets over what is new, then writes the sealed segments again without what is superseded.
 * The order of writes that makes this safe is in segment-swap.ts.
 *
 * Damage is never compacted: a group of segments in which a batch is not sound is left as it is.
 */
import { join } from 'node:path';
import { type RecordCursor, retainRecords, splitBatches } from '../proto/record-batch/index.js';
import { type CompactableSegment, groupForMerge, KeyMap, keeps, segmentsToCompact } from './compaction.js';
import type { File } from './file-system.js';
import type { Partition } from './partition.js';
import { Segment } from './segment.js';
import { cleanedFile, swapFile } from './segment-files.js';
import { SegmentIndex } from './segment-index.js';
import { decideSwap, finishSwap } from './segment-swap.js';
import { writeFully } from './small-file.js';
import type { StoreContext } from './store-context.js';

/** Keys held in memory at a time, some 100 bytes each. With more, a run compacts fewer segments and the next goes on. */
const MAX_KEYS = 2_000_000;

interface Source extends CompactableSegment {
  segment: Segment;
}

/** One run over a partition. */
interface Pass {
  readonly partition: Partition;
  readonly keys: KeyMap;
  deleteRetentionMs: number;
}

export class Compactor {
  constructor(private readonly context: StoreContext) {}

  /** Compacts if there is enough to gain. Resolves with the offset up to which it is compacted now; undefined if nothing was done. */
  async run(partition: Partition, compactedTo: number): Promise<number | undefined> {
    const nowMs = this.context.clock.wallMs();
    const sealed = await describe(partition.segments.sealed);
    const sources = sealed.slice(0, segmentsToCompact(sealed, compactedTo, partition.config, nowMs));
    if (sources.length === 0) return undefined;
    const startedMs = this.context.clock.monotonicMs();
    const { keys, mapped } = await this.#mapKeys(sources, compactedTo);
    const bytesBefore = sum(mapped);
    const pass: Pass = { partition, keys, deleteRetentionMs: partition.config.deleteRetentionMs };
    for (const group of groupForMerge(mapped, partition.config)) {
      if (partition.gone) throw partition.gone;
      await this.#compact(pass, group);
    }
    const upTo = mapped.at(-1)!.endOffset;
    const after = partition.segments.sealed.filter((segment) => segment.nextOffset <= upTo);
    this.context.emit({
      event: 'compacted',
      topic: partition.identity.topic,
      partition: partition.identity.partition,
      bytesBefore,
      bytesAfter: after.reduce((bytes, segment) => bytes + segment.logBytes, 0),
      durationMs: this.context.clock.monotonicMs() - startedMs,
    });
    return upTo;
  }

  /** The map of the new segments, and the segments that it is complete for. */
  async #mapKeys(sources: readonly Source[], compactedTo: number) {
    const keys = new KeyMap();
    let complete = 0;
    for (const source of sources) {
      if (complete > 0 && keys.size > MAX_KEYS) break;
      if (source.endOffset > compactedTo) await this.#noteKeys(source.segment, keys);
      complete += 1;
    }
    return { keys, mapped: sources.slice(0, complete) };
  }

  async #noteKeys(segment: Segment, keys: KeyMap): Promise<void> {
    for await (const found of segment.scanAll()) {
      // Keys in damaged batches are not known; then older records of theirs stay, which is what one would want.
      if (found.kind === 'damage') continue;
      for (const batch of splitBatches(found.bytes)) {
        const cursor = await batch.decompress(this.#limits);
        while (cursor.next()) keys.note(cursor);
      }
    }
  }

  async #compact(pass: Pass, group: readonly Source[]): Promise<void> {
    const { partition } = pass;
    const { folder } = partition.identity;
    const baseOffset = group[0]!.baseOffset;
    const index = new SegmentIndex(baseOffset, partition.config.indexIntervalBytes);
    const path = join(folder, cleanedFile(baseOffset));
    const logBytes = await this.#write(path, pass, group, index).catch(async (error) => {
      await this.context.fs.remove(path);
      throw error;
    });
    // What a deletion deletes may have stayed in the damaged group: then the deletion stays as well.
    if (logBytes === undefined) pass.deleteRetentionMs = Number.POSITIVE_INFINITY;
    if (logBytes === undefined || (group.length === 1 && logBytes === group[0]!.sizeBytes)) {
      await this.context.fs.remove(path);
      return;
    }
    await this.#swap(partition, group, index, logBytes);
  }

  /** Writes and syncs the new log. Resolves with its size; undefined if the old one is damaged. */
  async #write(
    path: string,
    pass: Pass,
    group: readonly Source[],
    index: SegmentIndex,
  ): Promise<number | undefined> {
    const file = await this.context.fs.open(path, 'write');
    try {
      await file.truncate(0);
      const out = new LogWriter(file, index);
      for (const { segment } of group) {
        if (!(await this.#copy(segment, pass, out))) return undefined;
      }
      await out.flush();
      await file.sync();
      return out.bytes;
    } finally {
      await file.close();
    }
  }

  /** Copies what is kept; false if a batch is not sound. */
  async #copy(segment: Segment, pass: Pass, out: LogWriter): Promise<boolean> {
    const nowMs = this.context.clock.wallMs();
    for await (const found of segment.scanAll()) {
      if (found.kind === 'damage') return false;
      for (const batch of splitBatches(found.bytes)) {
        const keep = (cursor: RecordCursor) => keeps(cursor, pass.keys, pass, nowMs);
        const kept = await retainRecords(batch, keep, this.#limits);
        if (kept) await out.append(kept);
      }
    }
    return true;
  }

  async #swap(
    partition: Partition,
    group: readonly Source[],
    index: SegmentIndex,
    logBytes: number,
  ): Promise<void> {
    const { folder } = partition.identity;
    const { fs, files } = this.context;
    const old = group.map(({ segment }) => segment);
    const { baseOffset } = group[0]!;
    const { endOffset } = group.at(-1)!;
    const swap = await decideSwap(fs, folder, baseOffset, endOffset);
    const replacement = new Segment(this.context, folder, baseOffset, old[0]!.layout, {
      logBytes,
      nextOffset: endOffset,
      logPath: join(folder, swapFile(baseOffset, endOffset)),
      firstTimestampMs: old[0]!.firstTimestampMs,
    });
    // Opened under its present name and kept open, so that the renaming below goes unnoticed by readers.
    await files.use(replacement.logPath, 'read', async () => files.pin(replacement.logPath));
    partition.segments.replace(old, replacement);
    for (const segment of old) segment.forget();
    await finishSwap(
      fs,
      folder,
      swap,
      old.map((segment) => segment.baseOffset),
    );
    replacement.renamed();
    await replacement.adoptIndex(index);
  }

  get #limits() {
    return { maxUncompressedBytes: this.context.options.maxUncompressedBatchBytes };
  }
}

/** Writes batches one behind the other, some at a time. */
class LogWriter {
  static readonly FLUSH_BYTES = 1024 ** 2;
  bytes = 0;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;

  constructor(
    private readonly file: File,
    private readonly index: SegmentIndex,
  ) {}

  async append(batch: Buffer): Promise<void> {
    for (const { header } of splitBatches(batch)) this.index.add(header, this.bytes + this.#waitingBytes);
    // What the scan lends us is only good until its next step.
    this.#waiting.push(Buffer.from(batch));
    this.#waitingBytes += batch.length;
    if (this.#waitingBytes >= LogWriter.FLUSH_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    await writeFully(this.file, this.#waiting, this.bytes);
    this.bytes += this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}

async function describe(segments: readonly Segment[]): Promise<Source[]> {
  const described: Source[] = [];
  for (const segment of segments) {
    const largest = await segment.largestTime();
    const { baseOffset, nextOffset: endOffset, logBytes: sizeBytes } = segment;
    described.push({ segment, baseOffset, endOffset, sizeBytes, largestTimestampMs: largest?.timestampMs });
  }
  return described;
}

function sum(sources: readonly Source[]): number {
  return sources.reduce((bytes, source) => bytes + source.sizeBytes, 0);
}

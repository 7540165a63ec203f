/** Reading a partition: from an offset, and by time. */
import { type BatchHeader, readHeader, splitBatches } from '../proto/record-batch/index.js';
import { headerFrom, type Place, placeBefore } from './batch-place.js';
import { type Expectation, expectAfter, judgeBatch } from './batch-walk.js';
import { StoreError } from './errors.js';
import type { FoundRecord, OffsetRange, ReadBatches } from './log-store.js';
import type { Partition } from './partition.js';
import type { Segment } from './segment.js';
import type { Scanned } from './segment-scan.js';
import { hideMark } from './unsynced-mark.js';

/** Read this much at least, so that a small request still sees a whole batch most of the time. */
const MIN_CHUNK_BYTES = 16 * 1024;

export class PartitionReader {
  /** Where the latest reads ended: a reader that goes on need not look into the index. */
  readonly #ends = new ReadEnds();

  constructor(private readonly partition: Partition) {}

  /** See `LogStore.read`. */
  async read(offset: number, maxBytes: number): Promise<ReadBatches> {
    const found = await this.#firstFrom(offset, (segment, at) => this.#readSegment(segment, at, maxBytes));
    return found
      ? this.#answer(found.batches, found.nextOffset)
      : this.#answer(Buffer.alloc(0), Math.max(offset, this.partition.highWatermark));
  }

  /** See `LogStore.timeAt`. */
  async timeAt(offset: number): Promise<number | undefined> {
    const header = await this.#firstFrom(offset, (segment, at) => this.#headerInSegment(segment, at));
    return header?.baseTimestamp;
  }

  /** What `look` finds in the segment that `offset` belongs to, or in the first behind it where it finds anything; undefined at the high watermark. */
  async #firstFrom<T>(
    offset: number,
    look: (segment: Segment, at: number) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    this.#checkRange(offset);
    for (let at = offset; at < this.partition.highWatermark; ) {
      const damaged = this.partition.damage.at(at);
      if (damaged) throw this.partition.damage.error(damaged);
      const segment = this.partition.segments.holding(at);
      const found = await look(segment, at).catch((error) => this.#explain(segment, error));
      if (!this.partition.segments.includes(segment)) {
        // Retention or compaction was faster: what was read is not what is there now.
        this.#checkRange(offset);
        continue;
      }
      if (found) return found;
      at = this.#behind(segment, at);
    }
    return undefined;
  }

  /** See `LogStore.findByTime`. */
  async findByTime(timestampMs: number): Promise<FoundRecord | undefined> {
    for (;;) {
      try {
        return await this.#findByTime(timestampMs);
      } catch (error) {
        this.#checkThere();
        if (!(error instanceof SegmentReplacedError)) throw error;
      }
    }
  }

  async #findByTime(timestampMs: number): Promise<FoundRecord | undefined> {
    const { segments, logStartOffset } = this.partition;
    const from = segments.holding(logStartOffset);
    for (let segment: Segment | undefined = from; segment; segment = segments.after(segment)) {
      const found = await this.#findInSegment(segment, timestampMs).catch((error: unknown) => {
        throw segments.includes(segment) ? error : new SegmentReplacedError();
      });
      if (found) return found;
      // Its neighbour is not known any more, and retention or compaction may have put another in its place.
      if (!segments.includes(segment)) throw new SegmentReplacedError();
    }
    return undefined;
  }

  /** What was read of a deleted topic, or was not found there, means nothing. */
  #checkThere(): void {
    if (this.partition.gone) throw this.partition.gone;
  }

  #answer(batches: Buffer, nextOffset: number): ReadBatches {
    const { highWatermark, logStartOffset } = this.partition;
    return { batches, nextOffset, highWatermark, logStartOffset };
  }

  #checkRange(offset: number): void {
    this.#checkThere();
    const { logStartOffset: startOffset, highWatermark: endOffset } = this.partition;
    if (offset >= startOffset && offset <= endOffset) return;
    const { topic, partition } = this.partition.identity;
    throw new StoreError(
      'OFFSET_OUT_OF_RANGE',
      `Offset ${offset} is outside of ${topic}-${partition}, which has ${startOffset} to ${endOffset} (exclusive)`,
      { topic, partition, offset, startOffset, endOffset },
    );
  }

  /** Where to go on when a segment has nothing at or behind `at`: the next segment; what is missing there is damage unless compaction took it. */
  #behind(segment: Segment, at: number): number {
    this.#checkThere();
    const next = this.partition.segments.after(segment);
    const end = next?.baseOffset ?? this.partition.highWatermark;
    if (segment.layout.gaps) return end;
    this.partition.damage.note(at, end, 'the records are missing');
    const range = this.partition.damage.at(at);
    if (range) throw this.partition.damage.error(range);
    return end;
  }

  /** A failed read of a segment that is no longer there means nothing; a file that was taken away from us reads as empty. */
  #explain(segment: Segment, error: unknown): undefined {
    const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (this.partition.segments.includes(segment) && !gone) throw error;
    return undefined;
  }

  /** Whole batches from the one that holds `offset`; undefined if there is none in this segment. */
  async #readSegment(segment: Segment, offset: number, maxBytes: number) {
    const place = this.#ends.at(segment, offset) ?? (await placeBefore(segment, offset));
    const chunk = await this.#readChunk(segment, place.position, maxBytes);
    const walked = this.#walk(chunk, place.expected, offset, maxBytes);
    if (walked.batches) {
      this.#ends.note(segment, walked.nextOffset, place.position + walked.end);
      return { batches: walked.batches, nextOffset: walked.nextOffset };
    }
    return walked.atEnd && place.position + walked.end >= segment.committedBytes
      ? undefined
      : this.#readCarefully(segment, offset, maxBytes);
  }

  /** The header of the first batch from the one that holds `offset`; undefined if there is none in this segment. */
  async #headerInSegment(segment: Segment, offset: number): Promise<BatchHeader | undefined> {
    const header = await headerFrom(segment, offset);
    if (header !== 'unclear') {
      return header !== undefined && header.baseOffset < this.partition.highWatermark ? header : undefined;
    }
    const found = await this.#readCarefully(segment, offset, 1);
    return found && readHeader(found.batches, 0);
  }

  async #readChunk(segment: Segment, position: number, maxBytes: number): Promise<Buffer> {
    const available = Math.max(0, segment.committedBytes - position);
    const buffer = Buffer.allocUnsafe(Math.min(Math.max(maxBytes, MIN_CHUNK_BYTES), available));
    return buffer.subarray(0, buffer.length === 0 ? 0 : await segment.read(buffer, position));
  }

  /** The sound batches at the start of the chunk that hold `offset` and what follows, up to `maxBytes`. Stops at anything else. */
  #walk(chunk: Buffer, from: Expectation, offset: number, maxBytes: number) {
    let expected = from;
    const { highWatermark } = this.partition;
    let start: number | undefined;
    let end = 0;
    let nextOffset = offset;
    let atEnd = false;
    for (;;) {
      if (end >= chunk.length) {
        atEnd = true;
        break;
      }
      const judged = judgeBatch(chunk, end, expected);
      if (judged.judged !== 'sound' || judged.header.baseOffset >= highWatermark) break;
      const { header } = judged;
      if (start !== undefined && end + header.sizeBytes - start > maxBytes) break;
      hideMark(chunk, end);
      expected = expectAfter(header, expected);
      if (start === undefined && expected.nextOffset > offset) start = end;
      end += header.sizeBytes;
      if (start !== undefined) nextOffset = expected.nextOffset;
    }
    return { batches: start === undefined ? undefined : chunk.subarray(start, end), nextOffset, end, atEnd };
  }

  /** One batch, by a scan that sees past damage and takes batches of any size; undefined if the segment ends before. */
  async #readCarefully(segment: Segment, offset: number, maxBytes: number) {
    const collected: Buffer[] = [];
    let size = 0;
    let nextOffset = offset;
    for await (const found of this.#scanFor(segment, offset)) {
      if (found.kind === 'damage') {
        const range = this.#noteDamage(segment, found);
        if (collected.length > 0 || range.endOffset <= offset) {
          if (collected.length > 0) break;
          continue;
        }
        throw this.partition.damage.error(range);
      }
      const { header } = found;
      if (header.baseOffset >= this.partition.highWatermark) break;
      if (header.baseOffset + header.lastOffsetDelta < offset) continue;
      if (collected.length > 0 && size + header.sizeBytes > maxBytes) break;
      const batch = Buffer.from(found.bytes);
      hideMark(batch);
      collected.push(batch);
      size += header.sizeBytes;
      nextOffset = header.baseOffset + header.lastOffsetDelta + 1;
    }
    return collected.length === 0 ? undefined : { batches: Buffer.concat(collected), nextOffset };
  }

  /** Scans from a sound place before `offset`. */
  async *#scanFor(segment: Segment, offset: number): AsyncGenerator<Scanned, void> {
    const place = await this.#soundPlaceFor(segment, offset);
    yield* segment.scan({ ...place, endPosition: segment.committedBytes });
  }

  /** As {@link placeBefore}, but the batch there was looked at and is sound. */
  async #soundPlaceFor(segment: Segment, offset: number): Promise<Place> {
    const index = await segment.index();
    for (let before = offset; ; ) {
      const entry = index.offsets.lookup(before);
      if (entry === undefined) return { position: 0, expected: segment.expect(segment.baseOffset) };
      const baseOffset = await this.#baseOffsetAt(segment, entry.position, entry.lastOffset);
      if (baseOffset !== undefined) return { position: entry.position, expected: segment.expect(baseOffset) };
      before = entry.lastOffset - 1;
    }
  }

  /** The base offset of the batch at `position`; undefined unless it is sound and has that last offset. */
  async #baseOffsetAt(segment: Segment, position: number, lastOffset: number): Promise<number | undefined> {
    const expected = { ...segment.expect(segment.baseOffset), lastOffset };
    const scan = segment.scan({ position, endPosition: segment.committedBytes, expected });
    for await (const first of scan) {
      if (first.kind !== 'batch' || first.position !== position) return undefined;
      return first.header.baseOffset;
    }
    return undefined;
  }

  #noteDamage(segment: Segment, found: Scanned & { kind: 'damage' }): OffsetRange {
    this.#checkThere();
    if (!this.partition.segments.includes(segment)) throw new SegmentReplacedError();
    const endOffset = found.atEnd ? Math.max(found.endOffset, this.#endOf(segment)) : found.endOffset;
    const range = { startOffset: found.startOffset, endOffset };
    this.partition.damage.note(range.startOffset, range.endOffset, found.reason);
    return range;
  }

  #endOf(segment: Segment): number {
    return this.partition.segments.after(segment)?.baseOffset ?? this.partition.highWatermark;
  }

  async #findInSegment(segment: Segment, timestampMs: number): Promise<FoundRecord | undefined> {
    const largest = await segment.largestTime();
    if (largest === undefined || largest.timestampMs < timestampMs) return undefined;
    const index = await segment.index();
    const older = index.times.lookupBefore(timestampMs);
    const from = Math.max(older ? older.offset + 1 : segment.baseOffset, this.partition.logStartOffset);
    for await (const found of this.#scanFor(segment, from)) {
      if (found.kind === 'damage') {
        const range = this.#noteDamage(segment, found);
        if (range.endOffset <= from) continue;
        throw this.partition.damage.error(range);
      }
      const { header } = found;
      if (header.baseOffset >= this.partition.highWatermark) return undefined;
      if (header.maxTimestamp < timestampMs || header.baseOffset + header.lastOffsetDelta < from) continue;
      const record = await firstRecordAt(
        found.bytes,
        from,
        timestampMs,
        this.partition.maxUncompressedBatchBytes,
      );
      if (record) return record;
    }
    return undefined;
  }
}

async function firstRecordAt(
  bytes: Buffer,
  from: number,
  timestampMs: number,
  maxUncompressedBytes: number,
): Promise<FoundRecord | undefined> {
  for (const stored of splitBatches(bytes)) {
    const cursor = await stored.decompress({ maxUncompressedBytes });
    while (cursor.next()) {
      if (cursor.offset >= from && cursor.timestampMs >= timestampMs) {
        return { offset: cursor.offset, timestampMs: cursor.timestampMs };
      }
    }
  }
  return undefined;
}

/** Compaction has put another file in the place of the one that was being read: what looked like damage is none. */
class SegmentReplacedError extends Error {}

/** The ends of the latest reads of a partition. */
class ReadEnds {
  static readonly KEPT = 64;
  readonly #byOffset = new Map<number, { segment: Segment; position: number }>();

  at(segment: Segment, offset: number): Place | undefined {
    const end = this.#byOffset.get(offset);
    if (end?.segment !== segment || end.position > segment.committedBytes) return undefined;
    // What may come there is asked anew: the segment has grown since.
    return { position: end.position, expected: segment.expect(offset) };
  }

  note(segment: Segment, offset: number, position: number): void {
    this.#byOffset.delete(offset);
    this.#byOffset.set(offset, { segment, position });
    if (this.#byOffset.size <= ReadEnds.KEPT) return;
    const [oldest] = this.#byOffset.keys();
    this.#byOffset.delete(oldest!);
  }
}

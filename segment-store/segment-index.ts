/**
 * Both indexes of one segment, and the rule by which they are built. Kafka's rule, from `LogSegment.append`: if more than
 * `indexIntervalBytes` were appended since the last entry, add an entry for this batch to both and count anew; then count this batch. So the
 * first batch of a segment is never indexed. When a segment is sealed its largest timestamp is added to the time index.
 */
import type { BatchHeader } from '../proto/record-batch/index.js';
import { OFFSET_INDEX_ENTRY_BYTES, OffsetIndex } from './offset-index.js';
import { TIME_INDEX_ENTRY_BYTES, type TimeEntry, TimeIndex } from './time-index.js';

export class SegmentIndex {
  readonly offsets: OffsetIndex;
  readonly times: TimeIndex;
  #bytesSinceEntry: number;
  #largestTime: TimeEntry | undefined;

  constructor(
    baseOffset: number,
    private readonly indexIntervalBytes: number,
    from?: { offsets: Buffer; times: Buffer; bytesSinceEntry: number; largestTime: TimeEntry | undefined },
  ) {
    this.offsets = new OffsetIndex(baseOffset, from?.offsets);
    this.times = new TimeIndex(baseOffset, from?.times);
    this.#bytesSinceEntry = from?.bytesSinceEntry ?? 0;
    this.#largestTime = from?.largestTime;
  }

  /** The largest timestamp so far, with the last offset of the first batch that has it. */
  get largestTime(): TimeEntry | undefined {
    return this.#largestTime;
  }

  get bytesSinceEntry(): number {
    return this.#bytesSinceEntry;
  }

  /** Notes a batch that begins at `position`; batches come in the order in which they lie in the log. */
  add(header: BatchHeader, position: number): void {
    const lastOffset = header.baseOffset + header.lastOffsetDelta;
    if (this.#largestTime === undefined || header.maxTimestamp > this.#largestTime.timestampMs) {
      this.#largestTime = { timestampMs: header.maxTimestamp, offset: lastOffset };
    }
    if (this.#bytesSinceEntry > this.indexIntervalBytes) {
      this.offsets.add(lastOffset, position);
      this.times.add(this.#largestTime.timestampMs, this.#largestTime.offset);
      this.#bytesSinceEntry = 0;
    }
    this.#bytesSinceEntry += header.sizeBytes;
  }

  /** Adds the largest timestamp to the time index: the segment gets no more batches. */
  seal(): void {
    if (this.#largestTime) this.times.add(this.#largestTime.timestampMs, this.#largestTime.offset);
  }

  /** True if one more batch could bring an index beyond `segmentIndexBytes`, with room left for the last time entry. */
  isFull(segmentIndexBytes: number): boolean {
    return (
      this.offsets.sizeBytes + OFFSET_INDEX_ENTRY_BYTES > segmentIndexBytes ||
      this.times.sizeBytes + 2 * TIME_INDEX_ENTRY_BYTES > segmentIndexBytes
    );
  }
}

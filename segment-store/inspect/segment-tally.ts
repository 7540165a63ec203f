import { type BatchHeader, lastOffset } from '../../proto/record-batch/index.js';

/** Counts the sound batches of one segment. */
export class SegmentTally {
  #batches = 0;
  #records = 0;
  #minTimestampMs: number | undefined;
  #maxTimestampMs: number | undefined;
  /** Behind the last sound batch, in bytes and in offsets. */
  endPosition = 0;
  endOffset: number;

  constructor(baseOffset: number) {
    this.endOffset = baseOffset;
  }

  add(header: BatchHeader, position: number): void {
    this.#batches++;
    this.#records += header.recordsCount;
    this.#minTimestampMs = Math.min(this.#minTimestampMs ?? header.baseTimestamp, header.baseTimestamp);
    this.#maxTimestampMs = Math.max(this.#maxTimestampMs ?? header.maxTimestamp, header.maxTimestamp);
    this.endPosition = position + header.sizeBytes;
    this.endOffset = lastOffset(header) + 1;
  }

  totals() {
    return {
      endOffset: this.endOffset,
      batches: this.#batches,
      records: this.#records,
      minTimestampMs: this.#minTimestampMs,
      maxTimestampMs: this.#maxTimestampMs,
    };
  }
}

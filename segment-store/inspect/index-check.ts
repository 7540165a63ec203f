/** Compares the indexes of a segment with its log, batch by batch, in the order of the log. Pure. */
import { type BatchHeader, lastOffset } from '../../proto/record-batch/index.js';
import { OFFSET_INDEX_ENTRY_BYTES, type OffsetIndex } from '../offset-index.js';
import { TIME_INDEX_ENTRY_BYTES, type TimeIndex } from '../time-index.js';

/** A stretch of the log that could not be read: nothing can be said of entries that point into it. */
export interface UnreadSpan {
  endPosition: number;
  endOffset: number;
}

/** Feeds on batches; {@link OffsetIndexCheck.problem} holds the first thing that is wrong. */
export class OffsetIndexCheck {
  #next = 0;
  #problem: string | undefined;

  constructor(
    private readonly index: OffsetIndex,
    fileBytes: number,
  ) {
    const odd = fileBytes % OFFSET_INDEX_ENTRY_BYTES;
    if (odd !== 0) this.#problem = `${odd} bytes are left behind the last whole entry`;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  batch(header: BatchHeader, position: number): void {
    for (let entry = this.#peek(); entry && entry.position <= position; entry = this.#take()) {
      if (entry.position !== position) {
        this.#report(`points to byte ${entry.position}, where no batch begins`);
      } else if (entry.lastOffset !== lastOffset(header)) {
        this.#report(
          `says ${entry.lastOffset}; the batch at byte ${position} ends with ${lastOffset(header)}`,
        );
      }
    }
  }

  unread(span: UnreadSpan): void {
    for (let entry = this.#peek(); entry && entry.position < span.endPosition; entry = this.#take());
  }

  /** Call behind the last batch; `endPosition` is where it ends. */
  finish(endPosition: number): void {
    const entry = this.#peek();
    if (entry) this.#report(`points to byte ${entry.position}; the last batch ends at ${endPosition}`);
  }

  #peek() {
    return this.#next < this.index.entries ? this.index.entry(this.#next) : undefined;
  }

  #take() {
    this.#next++;
    return this.#peek();
  }

  #report(what: string): void {
    this.#problem ??= `entry ${this.#next} ${what}`;
  }
}

/** As {@link OffsetIndexCheck}, for the time index. */
export class TimeIndexCheck {
  #next = 0;
  #problem: string | undefined;
  #largestMs = Number.NEGATIVE_INFINITY;
  /** Once a stretch was unread, the largest time is only known to be at least what was seen. */
  #sawAll = true;

  constructor(
    private readonly index: TimeIndex,
    fileBytes: number,
  ) {
    const odd = fileBytes % TIME_INDEX_ENTRY_BYTES;
    if (odd !== 0) this.#problem = `${odd} bytes are left behind the last whole entry`;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  batch(header: BatchHeader): void {
    this.#largestMs = Math.max(this.#largestMs, header.maxTimestamp);
    const last = lastOffset(header);
    for (let entry = this.#peek(); entry && entry.offset <= last; entry = this.#take()) {
      if (entry.offset !== last) {
        this.#report(`names offset ${entry.offset}, with which no batch ends`);
      } else if (this.#sawAll ? entry.timestampMs !== this.#largestMs : entry.timestampMs < this.#largestMs) {
        this.#report(
          `says ${entry.timestampMs}; up to offset ${last} the largest timestamp is ${this.#largestMs}`,
        );
      }
    }
  }

  unread(span: UnreadSpan): void {
    this.#sawAll = false;
    for (let entry = this.#peek(); entry && entry.offset < span.endOffset; entry = this.#take());
  }

  /** Call behind the last batch; `endOffset` is the one behind its last. */
  finish(endOffset: number): void {
    const entry = this.#peek();
    if (entry) this.#report(`names offset ${entry.offset}; the last batch ends before ${endOffset}`);
  }

  #peek() {
    return this.#next < this.index.entries ? this.index.entry(this.#next) : undefined;
  }

  #take() {
    this.#next++;
    return this.#peek();
  }

  #report(what: string): void {
    this.#problem ??= `entry ${this.#next} ${what}`;
  }
}

/** The damage that was found in a partition since it was opened. Ranges are half-open, ascending, disjoint. */
import { StoreError } from './errors.js';
import type { OffsetRange } from './log-store.js';
import type { StoreEventListener } from './store-event.js';

export class DamageLog {
  #ranges: OffsetRange[] = [];

  constructor(
    private readonly topic: string,
    private readonly partition: number,
    private readonly emit: StoreEventListener,
  ) {}

  get ranges(): readonly OffsetRange[] {
    return this.#ranges;
  }

  /** The damaged range that `offset` lies in. */
  at(offset: number): OffsetRange | undefined {
    return this.#ranges.find((range) => range.startOffset <= offset && offset < range.endOffset);
  }

  /** Notes a range, told once; ranges that touch become one. Empty ranges are ignored. */
  note(startOffset: number, endOffset: number, reason: string): void {
    if (startOffset >= endOffset) return;
    const known = this.#ranges.some(
      (range) => range.startOffset <= startOffset && endOffset <= range.endOffset,
    );
    if (known) return;
    const { topic, partition } = this;
    this.emit({ event: 'damage-found', topic, partition, startOffset, endOffset, reason });
    this.#ranges = mergeRanges([...this.#ranges, { startOffset, endOffset }]);
  }

  /** Forgets what lies before `offset`: it is no longer part of the log. */
  forgetBefore(offset: number): void {
    this.#ranges = this.#ranges
      .filter((range) => range.endOffset > offset)
      .map((range) => ({ ...range, startOffset: Math.max(range.startOffset, offset) }));
  }

  error(range: OffsetRange): StoreError<'CORRUPT_BATCH'> {
    const { topic, partition } = this;
    return new StoreError(
      'CORRUPT_BATCH',
      `Offsets ${range.startOffset} to ${range.endOffset} (exclusive) of ${topic}-${partition} are damaged on disk; ` +
        `reading can go on at ${range.endOffset}`,
      { topic, partition, ...range },
    );
  }
}

/** Ascending, disjoint ranges that cover the same offsets. */
export function mergeRanges(ranges: readonly OffsetRange[]): OffsetRange[] {
  const merged: OffsetRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.startOffset - b.startOffset)) {
    const last = merged.at(-1);
    if (last && range.startOffset <= last.endOffset)
      last.endOffset = Math.max(last.endOffset, range.endOffset);
    else merged.push({ ...range });
  }
  return merged;
}

/**
 * The segments of a partition.
 *
 * Invariants: never empty; base offsets ascend; all but the last are sealed; each sealed one's `nextOffset` is the base offset of the one behind it.
 */
import type { Segment } from './segment.js';

export class SegmentList {
  #segments: Segment[];

  constructor(segments: Segment[]) {
    this.#segments = segments;
  }

  get all(): readonly Segment[] {
    return this.#segments;
  }

  get sealed(): readonly Segment[] {
    return this.#segments.slice(0, -1);
  }

  get first(): Segment {
    return this.#segments[0]!;
  }

  get active(): Segment {
    return this.#segments.at(-1)!;
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.logBytes, 0);
  }

  /** The segment that `offset` belongs to: the last whose base offset is not greater, else the first. */
  holding(offset: number): Segment {
    return this.#segments[this.#indexHolding(offset)]!;
  }

  /** The segments that offsets of `startOffset`..`endOffset` belong to, of which there must be at least one. */
  between(startOffset: number, endOffset: number): readonly Segment[] {
    return this.#segments.slice(this.#indexHolding(startOffset), this.#indexHolding(endOffset - 1) + 1);
  }

  #indexHolding(offset: number): number {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#segments[middle]!.baseOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** The one behind `segment`; undefined for the last, and for one that is no longer in the list. */
  after(segment: Segment): Segment | undefined {
    const at = this.#segments.indexOf(segment);
    return at < 0 ? undefined : this.#segments[at + 1];
  }

  includes(segment: Segment): boolean {
    return this.#segments.includes(segment);
  }

  push(segment: Segment): void {
    this.#segments.push(segment);
  }

  /** Takes the first `count` out and returns them. */
  removeFirst(count: number): Segment[] {
    return this.#segments.splice(0, count);
  }

  /** Puts `replacement` in the place of neighbouring segments. */
  replace(old: readonly Segment[], replacement: Segment): void {
    this.#segments.splice(this.#segments.indexOf(old[0]!), old.length, replacement);
  }
}

/** Indexes of sealed segments, kept in memory up to a number of bytes; the one unused longest goes first. */
import type { SegmentIndex } from './segment-index.js';

/** Keys are the segments themselves: two may follow each other under one name. */
export class IndexCache {
  /** In the order of use. A load under way counts nothing until it is done. */
  readonly #indexes = new Map<object, { loading: Promise<SegmentIndex>; sizeBytes: number }>();
  #sizeBytes = 0;

  constructor(private readonly maxBytes: number) {}

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The index under `key`, loaded at most once at a time. */
  get(key: object, load: () => Promise<SegmentIndex>): Promise<SegmentIndex> {
    const known = this.#indexes.get(key);
    if (known) {
      this.#indexes.delete(key);
      this.#indexes.set(key, known);
      return known.loading;
    }
    const entry = { loading: load(), sizeBytes: 0 };
    this.#indexes.set(key, entry);
    entry.loading.then(
      (index) => this.#loaded(key, entry, index),
      () => this.#forget(key, entry),
    );
    return entry.loading;
  }

  /** Forgets what is under `key`: the segment is gone or has other content now. */
  drop(key: object): void {
    const entry = this.#indexes.get(key);
    if (entry) this.#forget(key, entry);
  }

  #loaded(key: object, entry: { sizeBytes: number }, index: SegmentIndex): void {
    if (this.#indexes.get(key) !== entry) return;
    entry.sizeBytes = index.offsets.sizeBytes + index.times.sizeBytes;
    this.#sizeBytes += entry.sizeBytes;
    for (const [oldest, { sizeBytes }] of this.#indexes) {
      if (this.#sizeBytes <= this.maxBytes || oldest === key) break;
      this.#indexes.delete(oldest);
      this.#sizeBytes -= sizeBytes;
    }
  }

  #forget(key: object, entry: { sizeBytes: number }): void {
    if (this.#indexes.get(key) !== entry) return;
    this.#indexes.delete(key);
    this.#sizeBytes -= entry.sizeBytes;
  }
}

/** What both indexes of a segment are in memory: entries of one size, only ever added to, laid out as they go to disk. */
import { GrowingBuffer } from './growing-buffer.js';

export abstract class IndexEntries {
  protected readonly bytes: GrowingBuffer;

  constructor(
    /** Of the segment; the entries' offsets are relative to it. */
    readonly baseOffset: number,
    private readonly entryBytes: number,
    content: Buffer,
  ) {
    this.bytes = new GrowingBuffer(content);
  }

  /** The entries as they go to disk; valid until the next one is added. */
  get content(): Buffer {
    return this.bytes.content;
  }

  get entries(): number {
    return this.bytes.length / this.entryBytes;
  }

  get sizeBytes(): number {
    return this.bytes.length;
  }

  /** How many entries from the first on satisfy `holds`, which must be true up to some entry and false from there on. Takes the entry's place in {@link content}. */
  protected countWhile(holds: (at: number) => boolean): number {
    let low = 0;
    let high = this.entries;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(middle * this.entryBytes)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

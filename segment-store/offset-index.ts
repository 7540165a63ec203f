/**
 * Kafka's sparse offset index of one segment, in memory. On disk it is the same bytes; 8 per entry, big-endian:
 *
 *     at  length  field
 *      0       4  relative offset   offset − base offset of the segment
 *      4       4  position          where in the .log a batch begins
 *
 * The offset is that of the *last* record of the batch which begins at the position. Source: Apache Kafka, `OffsetIndex.java`.
 *
 * Invariants: offsets and positions both grow from entry to entry.
 */
import { IndexEntries } from './index-entries.js';

export const OFFSET_INDEX_ENTRY_BYTES = 8;

export interface IndexedBatch {
  /** The last offset of the batch. */
  lastOffset: number;
  /** Where the batch begins, in bytes from the start of the .log. */
  position: number;
}

export class OffsetIndex extends IndexEntries {
  constructor(baseOffset: number, content: Buffer = Buffer.alloc(0)) {
    super(baseOffset, OFFSET_INDEX_ENTRY_BYTES, content);
  }

  entry(number: number): IndexedBatch {
    const at = number * OFFSET_INDEX_ENTRY_BYTES;
    return {
      lastOffset: this.baseOffset + this.content.readInt32BE(at),
      position: this.content.readInt32BE(at + 4),
    };
  }

  add(lastOffset: number, position: number): void {
    const at = this.bytes.reserve(OFFSET_INDEX_ENTRY_BYTES);
    this.bytes.memory.writeInt32BE(lastOffset - this.baseOffset, at);
    this.bytes.memory.writeInt32BE(position, at + 4);
  }

  /** The greatest entry whose offset is at most `offset`; undefined if there is none: begin at the start of the segment. */
  lookup(offset: number): IndexedBatch | undefined {
    const count = this.#countUpTo(offset);
    return count === 0 ? undefined : this.entry(count - 1);
  }

  /** The least entry whose offset is greater than `offset`; undefined if there is none. */
  following(offset: number): IndexedBatch | undefined {
    const count = this.#countUpTo(offset);
    return count === this.entries ? undefined : this.entry(count);
  }

  #countUpTo(offset: number): number {
    const relative = offset - this.baseOffset;
    const bytes = this.content;
    return this.countWhile((at) => bytes.readInt32BE(at) <= relative);
  }
}

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
import { GrowingBuffer } from './growing-buffer.js';

export const OFFSET_INDEX_ENTRY_BYTES = 8;

export interface IndexedBatch {
  /** The last offset of the batch. */
  lastOffset: number;
  /** Where the batch begins, in bytes from the start of the .log. */
  position: number;
}

export class OffsetIndex {
  readonly #bytes: GrowingBuffer;

  constructor(
    readonly baseOffset: number,
    content: Buffer = Buffer.alloc(0),
  ) {
    this.#bytes = new GrowingBuffer(content);
  }

  /** The entries as they go to disk; valid until the next {@link add}. */
  get content(): Buffer {
    return this.#bytes.content;
  }

  get entries(): number {
    return this.#bytes.length / OFFSET_INDEX_ENTRY_BYTES;
  }

  get sizeBytes(): number {
    return this.#bytes.length;
  }

  entry(number: number): IndexedBatch {
    const at = number * OFFSET_INDEX_ENTRY_BYTES;
    return {
      lastOffset: this.baseOffset + this.content.readInt32BE(at),
      position: this.content.readInt32BE(at + 4),
    };
  }

  add(lastOffset: number, position: number): void {
    const at = this.#bytes.reserve(OFFSET_INDEX_ENTRY_BYTES);
    this.#bytes.memory.writeInt32BE(lastOffset - this.baseOffset, at);
    this.#bytes.memory.writeInt32BE(position, at + 4);
  }

  /** The greatest entry whose offset is at most `offset`; undefined if there is none: begin at the start of the segment. */
  lookup(offset: number): IndexedBatch | undefined {
    const relative = offset - this.baseOffset;
    const bytes = this.content;
    let low = 0;
    let high = this.entries;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (bytes.readInt32BE(middle * OFFSET_INDEX_ENTRY_BYTES) <= relative) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : this.entry(low - 1);
  }
}

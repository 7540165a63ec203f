/**
 * Kafka's sparse time index of one segment, in memory. On disk it is the same bytes; 12 per entry, big-endian:
 *
 *     at  length  field
 *      0       8  timestamp         the largest of all records up to and with that offset
 *      8       4  relative offset   offset − base offset of the segment
 *
 * Source: Apache Kafka, `TimeIndex.java`.
 *
 * Invariants: timestamps grow from entry to entry, offsets too.
 */
import { readInt64, writeInt64 } from '../proto/record-batch/index.js';
import { IndexEntries } from './index-entries.js';

export const TIME_INDEX_ENTRY_BYTES = 12;

export interface TimeEntry {
  timestampMs: number;
  offset: number;
}

export class TimeIndex extends IndexEntries {
  constructor(baseOffset: number, content: Buffer = Buffer.alloc(0)) {
    super(baseOffset, TIME_INDEX_ENTRY_BYTES, content);
  }

  entry(number: number): TimeEntry {
    const at = number * TIME_INDEX_ENTRY_BYTES;
    return {
      timestampMs: readInt64(this.content, at),
      offset: this.baseOffset + this.content.readInt32BE(at + 8),
    };
  }

  get last(): TimeEntry | undefined {
    return this.entries === 0 ? undefined : this.entry(this.entries - 1);
  }

  /** Adds an entry if `timestampMs` is greater than the last one's; otherwise it would say nothing new. */
  add(timestampMs: number, offset: number): void {
    const last = this.last;
    if (last !== undefined && (timestampMs <= last.timestampMs || offset <= last.offset)) return;
    const at = this.bytes.reserve(TIME_INDEX_ENTRY_BYTES);
    writeInt64(this.bytes.memory, timestampMs, at);
    this.bytes.memory.writeInt32BE(offset - this.baseOffset, at + 8);
  }

  /** The greatest entry whose time is less than `timestampMs`: all records up to its offset are older. Undefined if there is none. */
  lookupBefore(timestampMs: number): TimeEntry | undefined {
    const bytes = this.content;
    const count = this.countWhile((at) => readInt64(bytes, at) < timestampMs);
    return count === 0 ? undefined : this.entry(count - 1);
  }
}

/**
 * Walks the records of one batch without allocating. A record:
 *
 *     length          varint   bytes after this field
 *     attributes      int8     0
 *     timestampDelta  varlong  from the batch's baseTimestamp
 *     offsetDelta     varint   from the batch's baseOffset
 *     keyLength       varint   −1: null; then the key
 *     valueLength     varint   −1: null; then the value
 *     headerCount     varint   then, for each: key length (never null), key, value length (−1: null), value
 *
 * A varint holds 7 bits a byte, least significant first, the top bit set in all but the last, of a zig-zag number (0, −1, 1, −2 …):
 * at most 5 bytes; a varlong at most 10.
 *
 * Source: Apache Kafka, `DefaultRecord.java`, `ByteUtils.java`.
 */
import { APPEND_TIME_BIT } from './attributes.js';
import type { BatchHeader } from './header.js';
import { InvalidBatchError } from './invalid-batch-error.js';
import type { LogHeader, LogRecord } from './log-record.js';

/** The least that a record takes: seven fields of one byte. */
export const MIN_RECORD_BYTES = 7;

const NO_HEADERS: readonly LogHeader[] = Object.freeze([]);

/**
 * A position among the records of a batch, before the first one when made. {@link next} moves it; the fields then describe the record that it is on.
 *
 * It borrows the Buffer: what {@link key}, {@link value}, {@link headers} and {@link record} return are views of it.
 * Every length is checked against the bytes that are there, so no lie leads outside of them; {@link next} and what reads headers throw
 * {@link InvalidBatchError} with the record's offset, after which the cursor is of no more use.
 */
export class RecordCursor {
  /** The Buffer that {@link keyStart} and the like point into: the batch's, or that of its decompressed records. */
  readonly bytes: Buffer;
  /** How many records have been gone past: the number of the present one within its batch, from 0. */
  index = -1;
  offset = -1;
  /** Milliseconds since 1970 UTC. */
  timestampMs = 0;
  /** The bounds of the whole record in {@link bytes}, its length field included. */
  recordStart = 0;
  recordEnd = 0;
  /** The bounds of the key; meaningless without one. */
  keyStart = 0;
  keyEnd = 0;
  hasKey = false;
  /** The bounds of the value; meaningless without one. */
  valueStart = 0;
  valueEnd = 0;
  hasValue = false;
  headerCount = 0;

  readonly #baseOffset: number;
  readonly #lastOffset: number;
  readonly #baseTimestamp: number;
  /** What every record's time is, in a batch stamped at its append. */
  readonly #appendTimestamp: number | undefined;
  readonly #count: number;
  readonly #end: number;
  #headersStart = 0;
  /** Where the next field is read, and where the fields must end. */
  #at: number;
  #limit: number;

  /** Over the records of the batch with this header, which lie uncompressed in `bytes` from `start` to `end`. */
  constructor(header: BatchHeader, bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.#baseOffset = header.baseOffset;
    this.#lastOffset = header.baseOffset + header.lastOffsetDelta;
    this.#baseTimestamp = header.baseTimestamp;
    this.#appendTimestamp = header.attributes & APPEND_TIME_BIT ? header.maxTimestamp : undefined;
    this.#count = header.recordsCount;
    this.offset = header.baseOffset - 1;
    this.recordEnd = start;
    this.#at = start;
    this.#end = end;
    this.#limit = end;
  }

  /** Moves to the next record; false behind the last one. Throws if a record is malformed or bytes are left over. */
  next(): boolean {
    this.#at = this.recordEnd;
    this.#limit = this.#end;
    if (this.index + 1 >= this.#count) return this.#finish();
    this.index++;
    this.recordStart = this.recordEnd;
    this.#enterRecord();
    this.#readAttributes();
    this.#readTimestamp();
    this.#readOffset();
    this.#readKey();
    this.#readValue();
    this.#readHeaderCount();
    return true;
  }

  /** A view of the key; undefined if it is null. */
  key(): Buffer | undefined {
    return this.hasKey ? this.bytes.subarray(this.keyStart, this.keyEnd) : undefined;
  }

  /** A view of the value; undefined if it is null. */
  value(): Buffer | undefined {
    return this.hasValue ? this.bytes.subarray(this.valueStart, this.valueEnd) : undefined;
  }

  /** The headers in order, decoded now. Throws {@link InvalidBatchError} if they are malformed. */
  headers(): readonly LogHeader[] {
    if (this.headerCount === 0) return NO_HEADERS;
    const headers: LogHeader[] = [];
    this.#at = this.#headersStart;
    for (let i = 0; i < this.headerCount; i++) headers.push(this.#readHeader());
    this.#expectRecordEnd();
    return headers;
  }

  /** Throws {@link InvalidBatchError} if the headers are malformed; allocates nothing. */
  checkHeaders(): void {
    if (this.headerCount === 0) return;
    this.#at = this.#headersStart;
    for (let i = 0; i < this.headerCount; i++) {
      this.#skip(this.#readLength('header name', false));
      this.#skip(this.#readLength('header value', true));
    }
    this.#expectRecordEnd();
  }

  /** The present record as an object. */
  record(): LogRecord {
    return {
      offset: this.offset,
      timestampMs: this.timestampMs,
      key: this.key(),
      value: this.value(),
      headers: this.headers(),
    };
  }

  /** The records from the next one on, as objects. */
  *[Symbol.iterator](): Generator<LogRecord, undefined> {
    while (this.next()) yield this.record();
  }

  #finish(): false {
    if (this.#at !== this.#end) {
      throw this.#invalid(
        `${this.#end - this.#at} bytes are left over behind the last of ${this.#count} records`,
      );
    }
    return false;
  }

  #enterRecord(): void {
    const length = this.#varint();
    const left = this.#end - this.#at;
    if (length < MIN_RECORD_BYTES - 1 || length > left) {
      throw this.#invalid(
        `record ${this.index} claims ${length} bytes; it must have from ${MIN_RECORD_BYTES - 1} to the ${left} that are left`,
      );
    }
    this.recordEnd = this.#at + length;
    this.#limit = this.recordEnd;
  }

  #readAttributes(): void {
    const attributes = this.bytes[this.#at++]!;
    if (attributes !== 0)
      throw this.#invalid(`record ${this.index} has attributes ${attributes}; expected 0`);
  }

  #readTimestamp(): void {
    const timestamp = this.#baseTimestamp + this.#varlong();
    if (!Number.isSafeInteger(timestamp)) {
      throw this.#invalid(`record ${this.index} has a timestamp beyond the safe integers`);
    }
    this.timestampMs = this.#appendTimestamp ?? timestamp;
  }

  #readOffset(): void {
    const offset = this.#baseOffset + this.#varint();
    if (offset <= this.offset || offset > this.#lastOffset) {
      throw this.#invalid(
        `record ${this.index} has offset delta ${offset - this.#baseOffset}; ` +
          `expected more than the last record's and at most ${this.#lastOffset - this.#baseOffset}`,
      );
    }
    this.offset = offset;
  }

  #readKey(): void {
    const length = this.#readLength('key', true);
    this.hasKey = length >= 0;
    this.keyStart = this.#at;
    this.#skip(length);
    this.keyEnd = this.#at;
  }

  #readValue(): void {
    const length = this.#readLength('value', true);
    this.hasValue = length >= 0;
    this.valueStart = this.#at;
    this.#skip(length);
    this.valueEnd = this.#at;
  }

  #readHeaderCount(): void {
    const count = this.#varint();
    this.headerCount = count;
    this.#headersStart = this.#at;
    if (count === 0) {
      this.#expectRecordEnd();
    } else if (count < 0 || count * 2 > this.#limit - this.#at) {
      throw this.#invalid(
        `record ${this.index} claims ${count} headers; the ${this.#limit - this.#at} bytes left in it cannot hold so many`,
      );
    }
  }

  #readHeader(): LogHeader {
    const keyLength = this.#readLength('header name', false);
    const keyStart = this.#at;
    this.#skip(keyLength);
    const key = this.bytes.toString('utf8', keyStart, this.#at);
    const valueLength = this.#readLength('header value', true);
    const valueStart = this.#at;
    this.#skip(valueLength);
    return { key, value: valueLength < 0 ? undefined : this.bytes.subarray(valueStart, this.#at) };
  }

  /** The length of a field that follows: −1 for null, else what is there to be skipped. */
  #readLength(what: string, nullable: boolean): number {
    const length = this.#varint();
    const left = this.#limit - this.#at;
    if (length > left || length < (nullable ? -1 : 0)) {
      throw this.#invalid(
        `record ${this.index} has a ${what} of ${length} bytes; ` +
          `expected ${nullable ? 'null (−1) or ' : ''}from 0 to the ${left} that are left in the record`,
      );
    }
    return length;
  }

  #skip(length: number): void {
    if (length > 0) this.#at += length;
  }

  #expectRecordEnd(): void {
    if (this.#at !== this.recordEnd) {
      throw this.#invalid(
        `record ${this.index} is ${this.recordEnd - this.#at} bytes longer than what it holds`,
      );
    }
  }

  #varint(): number {
    const at = this.#at;
    if (at < this.#limit) {
      const byte = this.bytes[at]!;
      if (byte < 0x80) {
        this.#at = at + 1;
        return (byte >>> 1) ^ -(byte & 1);
      }
    }
    return this.#longVarint();
  }

  #longVarint(): number {
    let bits = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.#byte();
      if (shift === 28 && byte > 0x0f) break;
      bits |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (bits >>> 1) ^ -(bits & 1);
    }
    throw this.#invalid(`record ${this.index} has a varint of more than 32 bits`);
  }

  /** As {@link #varint} for 64 bits; a number beyond 2^53 comes out unsafe, for the caller to refuse. */
  #varlong(): number {
    const first = this.#byte();
    let magnitude = (first >>> 1) & 0x3f;
    let more = first >= 0x80;
    // The lowest bit is the sign, so that the first byte brings 6 bits of the number and every other one 7.
    for (let weight = 2 ** 6; more; weight *= 2 ** 7) {
      const byte = this.#byte();
      if (weight === 2 ** 62 && byte > 1) {
        throw this.#invalid(`record ${this.index} has a varlong of more than 64 bits`);
      }
      magnitude += (byte & 0x7f) * weight;
      more = byte >= 0x80;
    }
    return first & 1 ? -magnitude - 1 : magnitude;
  }

  #byte(): number {
    if (this.#at >= this.#limit) {
      throw this.#invalid(`record ${this.index} ends within a number`);
    }
    return this.bytes[this.#at++]!;
  }

  #invalid(reason: string): InvalidBatchError {
    return new InvalidBatchError(reason, this.offset < this.#baseOffset ? this.#baseOffset : this.offset);
  }
}

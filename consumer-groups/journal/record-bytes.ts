/**
 * Kafka's primitive types, as they stand in keys and values: big-endian integers, and strings with an int16 length before their UTF-8.
 */
import { isUtf8 } from 'node:buffer';
import { readInt64, writeInt64 } from '../../proto/record-batch/index.js';
import { StoreError } from '../../segment-store/index.js';

/** The longest string, in bytes of UTF-8. */
const MAX_STRING_BYTES = 2 ** 15 - 1;
const MAX_INT32 = 2 ** 31 - 1;

/** Bytes from the log that are not what they should be. `message` says what was found and what was expected. */
export class MalformedRecordError extends Error {
  override readonly name = 'MalformedRecordError';
}

/** Writes fields one behind the other. INVALID_ARGUMENT, naming the field, for a value that the type cannot hold. */
export class RecordWriter {
  #bytes: Buffer;
  #end = 0;

  constructor(initialBytes = 128) {
    this.#bytes = Buffer.allocUnsafe(initialBytes);
  }

  int8(value: number): this {
    this.#reserve(1);
    this.#end = this.#bytes.writeInt8(value, this.#end);
    return this;
  }

  int16(value: number): this {
    this.#reserve(2);
    this.#end = this.#bytes.writeInt16BE(value, this.#end);
    return this;
  }

  int32(value: number, field: string, least = 0): this {
    checkWhole(field, value, least, MAX_INT32);
    this.#reserve(4);
    this.#end = this.#bytes.writeInt32BE(value, this.#end);
    return this;
  }

  int64(value: number, field: string, least = 0): this {
    checkWhole(field, value, least, Number.MAX_SAFE_INTEGER);
    this.#reserve(8);
    writeInt64(this.#bytes, value, this.#end);
    this.#end += 8;
    return this;
  }

  uint32(value: number): this {
    this.#reserve(4);
    this.#end = this.#bytes.writeUInt32BE(value, this.#end);
    return this;
  }

  string(value: string, field: string): this {
    const length = Buffer.byteLength(value);
    if (length > MAX_STRING_BYTES) {
      throw invalid(field, `has ${length} bytes; at most ${MAX_STRING_BYTES} are allowed`);
    }
    if (LONE_SURROGATE.test(value)) throw invalid(field, 'has half of a character; it must be Unicode text');
    this.int16(length);
    this.#reserve(length);
    this.#end += this.#bytes.write(value, this.#end);
    return this;
  }

  /** What was written; the writer must not be used again. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  #reserve(more: number): void {
    const needed = this.#end + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
  }
}

/** It would not come back from UTF-8 as it went in. */
const LONE_SURROGATE = /\p{Surrogate}/u;

function checkWhole(field: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw invalid(field, `is ${value}; it must be a whole number from ${least} to ${most}`);
}

function invalid(field: string, problem: string): StoreError<'INVALID_ARGUMENT'> {
  return new StoreError('INVALID_ARGUMENT', `${field} ${problem}`, { field });
}

/** Reads fields one behind the other. {@link MalformedRecordError} for bytes that are missing, left over, or out of bounds. */
export class RecordReader {
  #at = 0;

  constructor(private readonly bytes: Buffer) {}

  int8(): number {
    return this.bytes.readInt8(this.#take(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.#take(2));
  }

  int32(field: string, least = 0): number {
    return atLeast(field, this.bytes.readInt32BE(this.#take(4)), least);
  }

  int64(field: string, least = 0): number {
    return atLeast(field, readInt64(this.bytes, this.#take(8)), least);
  }

  uint32(): number {
    return this.bytes.readUInt32BE(this.#take(4));
  }

  string(field: string): string {
    const length = this.int16();
    if (length < 0) throw new MalformedRecordError(`${field} has length ${length}; expected 0 or more`);
    const start = this.#take(length);
    const text = this.bytes.subarray(start, start + length);
    if (!isUtf8(text)) throw new MalformedRecordError(`${field} is not UTF-8`);
    return text.toString('utf8');
  }

  /** Throws if anything is left. */
  end(): void {
    const left = this.bytes.length - this.#at;
    if (left > 0) throw new MalformedRecordError(`${left} bytes are left over behind the last field`);
  }

  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.bytes.length) {
      throw new MalformedRecordError(
        `it ends after ${this.bytes.length} bytes, within a field of ${length} that begins at ${start}`,
      );
    }
    this.#at += length;
    return start;
  }
}

function atLeast(field: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new MalformedRecordError(`${field} is ${value}; expected a whole number of ${least} or more`);
}

import type { Compression } from './attributes.js';
import { compressBatch } from './compressed-batch.js';
import { type BatchHeader, HEADER_BYTES, MAGIC, sealBatch } from './header.js';
import type { NewLogHeader, NewLogRecord } from './log-record.js';
import { sizeOfBytes, sizeOfField, sizeOfName, writeField } from './record-field.js';
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from './varint.js';

/** Who sends the batch, if the broker shall recognise it when it is sent again. All three, or none. */
export interface BatchProducer {
  producerId: number;
  producerEpoch: number;
  /** The sequence number of the first record. */
  baseSequence: number;
}

export interface BuildOptions {
  /** @default 'none' */
  compression?: Compression;
  producer?: BatchProducer | undefined;
}

export interface BatchBuilderOptions {
  /** How much room to make at the first record; it is doubled as needed. @default 16 KiB */
  initialBytes?: number;
}

const DEFAULT_INITIAL_BYTES = 16 * 1024;
const MAX_BATCH_BYTES = 2 ** 31 - 1;
const NO_BYTES = Buffer.alloc(0);
const NO_PRODUCER: BatchProducer = { producerId: -1, producerEpoch: -1, baseSequence: -1 };
const NO_HEADERS: readonly NewLogHeader[] = [];

/**
 * Encodes records straight into one Buffer, which becomes a batch. Copies what it is given; keeps no reference to it.
 *
 * Invariants: `sizeBytes` is the size of the batch that {@link build} would make of the records without compression; a call that throws or returns false
 * leaves the builder as it was; after {@link build} and {@link clear} it is empty and can be used again.
 */
export class BatchBuilder {
  readonly #initialBytes: number;
  #bytes: Buffer = NO_BYTES;
  #end = HEADER_BYTES;
  #count = 0;
  #baseTimestamp = 0;
  #maxTimestamp = 0;
  /** The record being measured and written: what its key, value and all of it but its length field take. */
  #keyBytes = 0;
  #valueBytes = 0;
  #bodyBytes = 0;

  constructor(options: BatchBuilderOptions = {}) {
    this.#initialBytes = Math.max(options.initialBytes ?? DEFAULT_INITIAL_BYTES, HEADER_BYTES);
  }

  /** How many records there are. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the batch so far, header included, uncompressed. */
  get sizeBytes(): number {
    return this.#end;
  }

  /** Appends a record. TypeError or RangeError if a field is not what it must be, or the batch would pass 2 GiB. */
  append(record: NewLogRecord): void {
    if (!this.tryAppend(record, MAX_BATCH_BYTES)) {
      throw new RangeError(
        `the batch would have ${this.sizeWith(record)} bytes; it can have at most ${MAX_BATCH_BYTES}`,
      );
    }
  }

  /** Appends a record unless the batch would have more than `maxBatchBytes` then, header included; true if it did. Throws as {@link append}. */
  tryAppend(record: NewLogRecord, maxBatchBytes: number): boolean {
    const size = this.#measure(record);
    const end = this.#end + size;
    if (end > maxBatchBytes || end > MAX_BATCH_BYTES) return false;
    this.#reserve(end);
    this.#write(record);
    return true;
  }

  /** What {@link sizeBytes} would be with this record. Throws as {@link append}. */
  sizeWith(record: NewLogRecord): number {
    return this.#end + this.#measure(record);
  }

  /**
   * The batch, as a Buffer of its own; the builder is empty at once, also while the batch is still being compressed. Base offset 0 and leader
   * epoch −1: they are the broker's. Records that compressing would not make smaller are stored as they are.
   * RangeError if there is no record, or a producer's fields are out of bounds.
   */
  build(options?: BuildOptions & { compression?: 'none' }): Buffer;
  build(options: BuildOptions): Buffer | Promise<Buffer>;
  build(options: BuildOptions = {}): Buffer | Promise<Buffer> {
    const { compression = 'none', producer = NO_PRODUCER } = options;
    const header = this.#header(producer);
    const batch = this.#bytes.subarray(0, this.#end);
    this.clear();
    if (compression === 'none') return sealBatch(Buffer.from(batch), header);
    // The next record must not be written over what is being compressed.
    this.#bytes = NO_BYTES;
    return compressBatch(compression, batch, header);
  }

  /**
   * As {@link build} without compression, but without a copy: a view of the builder's own Buffer, valid until {@link clear}, before which the builder must not be
   * used again. For those who send many batches: every copy is more for the garbage collector, which costs more than the copying.
   */
  buildInPlace(producer: BatchProducer = NO_PRODUCER): Buffer {
    return sealBatch(this.#bytes.subarray(0, this.#end), this.#header(producer));
  }

  /** Forgets all records. */
  clear(): void {
    this.#end = HEADER_BYTES;
    this.#count = 0;
  }

  /** The bytes that the record takes, all of it; leaves its parts in the fields for {@link #write}. */
  #measure(record: NewLogRecord): number {
    const { timestampMs, headers = NO_HEADERS } = record;
    if (!Number.isSafeInteger(timestampMs) || timestampMs < 0) {
      throw new RangeError(`timestampMs is ${timestampMs}; it must be a whole number of 0 or more`);
    }
    const timestampDelta = this.#count === 0 ? 0 : timestampMs - this.#baseTimestamp;
    this.#keyBytes = sizeOfBytes('key', record.key);
    this.#valueBytes = sizeOfBytes('value', record.value);
    let body = 1 + sizeOfVarlong(timestampDelta) + sizeOfVarint(this.#count);
    body += sizeOfField(this.#keyBytes) + sizeOfField(this.#valueBytes) + sizeOfVarint(headers.length);
    for (const { key, value } of headers) {
      body += sizeOfField(sizeOfName(key)) + sizeOfField(sizeOfBytes('header value', value));
    }
    this.#bodyBytes = body;
    return sizeOfVarint(body) + body;
  }

  #reserve(end: number): void {
    if (end <= this.#bytes.length) return;
    const capacity = Math.max(end, this.#initialBytes, Math.min(this.#bytes.length * 2, MAX_BATCH_BYTES));
    const grown = Buffer.allocUnsafeSlow(capacity);
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
  }

  #write(record: NewLogRecord): void {
    const { timestampMs, headers = NO_HEADERS } = record;
    if (this.#count === 0) {
      this.#baseTimestamp = timestampMs;
      this.#maxTimestamp = timestampMs;
    } else if (timestampMs > this.#maxTimestamp) {
      this.#maxTimestamp = timestampMs;
    }
    const bytes = this.#bytes;
    let at = writeVarint(bytes, this.#bodyBytes, this.#end);
    bytes[at++] = 0;
    at = writeVarlong(bytes, timestampMs - this.#baseTimestamp, at);
    at = writeVarint(bytes, this.#count, at);
    at = writeField(bytes, record.key, this.#keyBytes, at);
    at = writeField(bytes, record.value, this.#valueBytes, at);
    at = writeVarint(bytes, headers.length, at);
    for (const { key, value } of headers) {
      at = writeField(bytes, key, sizeOfName(key), at);
      at = writeField(bytes, value, sizeOfBytes('header value', value), at);
    }
    this.#end = at;
    this.#count++;
  }

  #header(producer: BatchProducer): BatchHeader {
    if (this.#count === 0) throw new RangeError('a batch must have at least one record');
    checkProducer(producer);
    return {
      baseOffset: 0,
      sizeBytes: this.#end,
      leaderEpoch: -1,
      magic: MAGIC,
      crc: 0,
      attributes: 0,
      lastOffsetDelta: this.#count - 1,
      baseTimestamp: this.#baseTimestamp,
      maxTimestamp: this.#maxTimestamp,
      producerId: producer.producerId,
      producerEpoch: producer.producerEpoch,
      baseSequence: producer.baseSequence,
      recordsCount: this.#count,
    };
  }
}

function checkProducer(producer: BatchProducer): void {
  if (producer === NO_PRODUCER) return;
  checkBound('producerId', producer.producerId, Number.MAX_SAFE_INTEGER);
  checkBound('producerEpoch', producer.producerEpoch, 2 ** 15 - 1);
  checkBound('baseSequence', producer.baseSequence, 2 ** 31 - 1);
}

function checkBound(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= most) return;
  throw new RangeError(`${name} is ${value}; it must be a whole number from 0 to ${most}`);
}

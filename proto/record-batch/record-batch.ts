/** Taking apart what is stored: several batches one behind the other in one Buffer. */
import { compressionOf, isCompressed, isControl } from './attributes.js';
import { type DecompressLimits, decompress } from './compression.js';
import { type BatchHeader, crcMatches, HEADER_BYTES, lastOffset, MAGIC, readHeader } from './header.js';
import { InvalidBatchError } from './invalid-batch-error.js';
import { RecordCursor } from './record-cursor.js';

export interface SplitOptions {
  /** Check the CRC of every batch. @default false */
  checkCrc?: boolean;
  /** If the last batch is cut off, end before it instead of throwing. @default false */
  allowTruncated?: boolean;
}

/** One batch among others: its header, and the way to its records. Borrows the Buffer that it was read from. */
export class RecordBatch {
  constructor(
    readonly header: BatchHeader,
    /** All of the batch's bytes. */
    readonly bytes: Buffer,
  ) {}

  get baseOffset(): number {
    return this.header.baseOffset;
  }

  /** One behind the last offset of the batch, also where compaction has removed its last records. */
  get nextOffset(): number {
    return lastOffset(this.header) + 1;
  }

  get isCompressed(): boolean {
    return isCompressed(this.header);
  }

  /** True for a batch of Kafka's markers; it has no records for users, and its cursor none at all. */
  get isControl(): boolean {
    return isControl(this.header);
  }

  /** The records, from the first. TypeError if the batch is compressed: see {@link decompress}. */
  cursor(): RecordCursor {
    if (this.isControl) return noRecords(this);
    if (this.isCompressed)
      throw new TypeError('a compressed batch must be decompressed before its records are read');
    return new RecordCursor(this.header, this.bytes, HEADER_BYTES, this.bytes.length);
  }

  /**
   * The records, from the first, decompressed if need be: off the event loop, and into a Buffer of their own. Rejects with {@link InvalidBatchError} if they
   * are malformed or too large.
   */
  async decompress(limits: DecompressLimits): Promise<RecordCursor> {
    if (this.isControl || !this.isCompressed) return this.cursor();
    const records = await this.#decompressed(limits);
    return new RecordCursor(this.header, records, 0, records.length);
  }

  async #decompressed(limits: DecompressLimits): Promise<Buffer> {
    const compression = compressionOf(this.header);
    if (compression === undefined)
      throw new InvalidBatchError('its compression codec is not defined', this.baseOffset);
    try {
      return await decompress(compression, this.bytes.subarray(HEADER_BYTES), limits);
    } catch (error) {
      if (!(error instanceof InvalidBatchError)) throw error;
      throw new InvalidBatchError(error.reason, this.baseOffset, { cause: error.cause });
    }
  }
}

/**
 * The batches of a Buffer, in order; compaction may have left gaps between their offsets.
 * Throws {@link InvalidBatchError} where the bytes are not a batch, with the base offset that they claim; what was yielded before stands.
 */
export function* splitBatches(buffer: Buffer, options: SplitOptions = {}): Generator<RecordBatch, undefined> {
  const { checkCrc = false, allowTruncated = false } = options;
  for (let at = 0; at < buffer.length; ) {
    const batch = batchAt(buffer, at);
    if (batch === undefined) {
      if (allowTruncated) return;
      throw truncated(buffer, at);
    }
    if (checkCrc && !crcMatches(batch.bytes, 0, batch.bytes.length)) {
      throw new InvalidBatchError('its CRC does not match its bytes', batch.baseOffset);
    }
    yield batch;
    at += batch.bytes.length;
  }
}

/** The batch at `at`; undefined if the Buffer ends within it. */
function batchAt(buffer: Buffer, at: number): RecordBatch | undefined {
  if (buffer.length - at < HEADER_BYTES) return undefined;
  const header = readHeader(buffer, at);
  checkReadable(header);
  const end = at + header.sizeBytes;
  return end <= buffer.length ? new RecordBatch(header, buffer.subarray(at, end)) : undefined;
}

/** Refuses a header from which nothing can be read; leaves the rest to the CRC, which the broker checks before it answers. */
function checkReadable(header: BatchHeader): void {
  const { baseOffset, sizeBytes, magic, lastOffsetDelta, recordsCount } = header;
  if (!Number.isSafeInteger(baseOffset) || baseOffset < 0) {
    throw new InvalidBatchError(`base offset is ${baseOffset}; expected a safe integer, 0 or more`);
  }
  if (magic !== MAGIC) throw new InvalidBatchError(`magic is ${magic}; expected ${MAGIC}`, baseOffset);
  if (sizeBytes < HEADER_BYTES) {
    throw new InvalidBatchError(
      `its length field says ${sizeBytes} bytes in all; its header alone has ${HEADER_BYTES}`,
      baseOffset,
    );
  }
  if (recordsCount < 0 || lastOffsetDelta < recordsCount - 1 || !Number.isSafeInteger(lastOffset(header))) {
    throw new InvalidBatchError(
      `records count is ${recordsCount} and last offset delta ${lastOffsetDelta}; they do not go together`,
      baseOffset,
    );
  }
}

function truncated(buffer: Buffer, at: number): InvalidBatchError {
  const left = buffer.length - at;
  if (left < HEADER_BYTES)
    return new InvalidBatchError(`the last ${left} bytes are less than a header (${HEADER_BYTES})`);
  const { baseOffset, sizeBytes } = readHeader(buffer, at);
  return new InvalidBatchError(`it has ${sizeBytes} bytes, but only ${left} are there`, baseOffset);
}

function noRecords({ header, bytes }: RecordBatch): RecordCursor {
  return new RecordCursor({ ...header, recordsCount: 0 }, bytes, bytes.length, bytes.length);
}

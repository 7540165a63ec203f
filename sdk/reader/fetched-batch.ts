import {
  type BatchHeader,
  type Compression,
  compressionOf,
  HEADER_BYTES,
  type LogHeader,
  type RecordBatch,
  RecordCursor,
} from '../../proto/record-batch/index.js';
import type { OffsetRange } from '../admin/index.js';

/** A record as it was read. Keys, values and the values of headers are views of the batch's Buffer: keeping one keeps the batch. */
export interface ReceivedRecord {
  topic: string;
  partition: number;
  offset: number;
  /** Milliseconds since 1970 UTC. */
  timestampMs: number;
  /** Undefined: no key. */
  key: Buffer | undefined;
  /** Undefined: null. */
  value: Buffer | undefined;
  /** In order; names may repeat. */
  headers: readonly LogHeader[];
}

/** Records of one partition, one behind the other. */
export interface RecordRun {
  records(): Iterable<ReceivedRecord>;
}

/**
 * One batch of a partition as it was stored, checked and decompressed; its records are decoded when they are asked for.
 *
 * The first batch of a fetch may have been stored with records before the offset that was asked for, and the last with some behind its end: those are left
 * out of {@link records}.
 */
export class FetchedBatch implements RecordRun {
  readonly topic: string;
  readonly partition: number;
  /** The batch's header, as it is stored. */
  readonly header: BatchHeader;
  /** The first offset that was asked for and that the batch covers. */
  readonly startOffset: number;
  /** One behind the last offset that was asked for and that the batch covers. */
  readonly endOffset: number;
  /** The partition's high watermark when this was read: all offsets below it can be read. */
  readonly highWatermark: number;
  /** The records one behind the other, uncompressed. */
  readonly #bytes: Buffer;
  readonly #start: number;

  /** @internal Made by {@link fetchedBatch}. */
  constructor(
    { topic, partition }: { topic: string; partition: number },
    header: BatchHeader,
    records: { bytes: Buffer; start: number },
    wanted: OffsetRange,
    highWatermark: number,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.header = header;
    this.startOffset = Math.max(header.baseOffset, wanted.startOffset);
    this.endOffset = Math.min(header.baseOffset + header.lastOffsetDelta + 1, wanted.endOffset);
    this.highWatermark = highWatermark;
    this.#bytes = records.bytes;
    this.#start = records.start;
  }

  /** How the batch is compressed on disk. */
  get compression(): Compression {
    return compressionOf(this.header) ?? 'none';
  }

  /** The records that were asked for, in order, decoded one by one. Can be called again. */
  *records(): Generator<ReceivedRecord, undefined> {
    const { topic, partition, startOffset, endOffset } = this;
    const cursor = this.#cursor();
    while (cursor.next()) {
      if (cursor.offset < startOffset) continue;
      if (cursor.offset >= endOffset) return;
      yield {
        topic,
        partition,
        offset: cursor.offset,
        timestampMs: cursor.timestampMs,
        key: cursor.key(),
        value: cursor.value(),
        headers: cursor.headers(),
      };
    }
  }

  /**
   * A cursor before the first record that was asked for, three times as fast as {@link records}: it makes no objects, and `cursor.bytes` from `valueStart` to
   * `valueEnd` are a value. It goes on to the end of the batch; stop at {@link endOffset}.
   */
  cursor(): RecordCursor {
    const cursor = this.#cursor();
    if (this.startOffset === this.header.baseOffset) return cursor;
    const scout = this.#cursor();
    while (scout.next() && scout.offset < this.startOffset) cursor.next();
    return cursor;
  }

  #cursor(): RecordCursor {
    return new RecordCursor(this.header, this.#bytes, this.#start, this.#bytes.length);
  }
}

/** Decompresses a batch if need be. Rejects with InvalidBatchError. */
export async function uncompressed(
  batch: RecordBatch,
  maxUncompressedBytes: number,
): Promise<{ bytes: Buffer; start: number }> {
  const { bytes } = await batch.decompress({ maxUncompressedBytes });
  return { bytes, start: batch.isCompressed ? 0 : HEADER_BYTES };
}

/**
 * The attributes of a batch: which codec compresses its records, and what kind of batch it is.
 *
 *     bits 0–2  codec: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd; 5 to 7 are not defined
 *     bit  3    timestamps are those of the append, not of the records' creation
 *     bit  4    transactional
 *     bit  5    control: its records are markers of Kafka's, not users' records
 *     bit  6    baseTimestamp is a delete horizon
 *     rest      reserved, 0
 */
import type { BatchHeader } from './header.js';

/** How a batch's records are compressed. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** Every codec, at the index that stands for it in the attributes. */
export const COMPRESSIONS: readonly Compression[] = Object.freeze(['none', 'gzip', 'snappy', 'lz4', 'zstd']);

export const CODEC_BITS = 0b111;
export const APPEND_TIME_BIT = 1 << 3;
export const TRANSACTIONAL_BIT = 1 << 4;
export const CONTROL_BIT = 1 << 5;
export const DELETE_HORIZON_BIT = 1 << 6;

/** The codec of a batch; undefined if its bits stand for none that is defined. */
export function compressionOf(header: BatchHeader): Compression | undefined {
  return COMPRESSIONS[header.attributes & CODEC_BITS];
}

/** True if the records are compressed, by whichever codec. */
export function isCompressed(header: BatchHeader): boolean {
  return (header.attributes & CODEC_BITS) !== 0;
}

/** True for a batch of markers, which holds no users' records. */
export function isControl(header: BatchHeader): boolean {
  return (header.attributes & CONTROL_BIT) !== 0;
}

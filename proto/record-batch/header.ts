/**
 * The header of a record batch. All integers are big-endian; 61 bytes:
 *
 *     at  length  field
 *      0       8  baseOffset            outside of the CRC: stamped by the broker
 *      8       4  batchLength           bytes after this field; outside of the CRC
 *     12       4  partitionLeaderEpoch  outside of the CRC: stamped by the broker
 *     16       1  magic                 2; outside of the CRC
 *     17       4  crc                   CRC-32C of byte 21 to the end
 *     21       2  attributes            bits 0–2 compression, 3 timestamp type, 4 transactional, 5 control, 6 delete horizon
 *     23       4  lastOffsetDelta
 *     27       8  baseTimestamp
 *     35       8  maxTimestamp
 *     43       8  producerId            −1: none
 *     51       2  producerEpoch         −1: none
 *     53       4  baseSequence          −1: none; wraps from 2^31 − 1 to 0
 *     57       4  recordsCount
 *     61          records               compressed as one block if bits 0–2 are set
 *
 * Source: Apache Kafka, `DefaultRecordBatch.java`.
 */
import { crc32c } from '@node-rs/crc32';

/** Bytes of the header. */
export const HEADER_BYTES = 61;
/** Bytes before those that batchLength counts. */
export const LENGTH_PREFIX_BYTES = 12;
/** Where the bytes begin that the CRC covers. */
export const CRC_FROM = 21;
/** The only version that we read and write. */
export const MAGIC = 2;

/** A batch's header, decoded. `sizeBytes` is the whole batch; `producerId`, `producerEpoch`, `baseSequence` are −1 as on the wire if there is none. */
export interface BatchHeader {
  baseOffset: number;
  sizeBytes: number;
  leaderEpoch: number;
  magic: number;
  crc: number;
  attributes: number;
  lastOffsetDelta: number;
  baseTimestamp: number;
  maxTimestamp: number;
  producerId: number;
  producerEpoch: number;
  baseSequence: number;
  recordsCount: number;
}

/** Decodes the header at `at`, checking nothing; the Buffer must hold {@link HEADER_BYTES} from there. */
export function readHeader(buffer: Buffer, at = 0): BatchHeader {
  return {
    baseOffset: readInt64(buffer, at),
    sizeBytes: LENGTH_PREFIX_BYTES + buffer.readInt32BE(at + 8),
    leaderEpoch: buffer.readInt32BE(at + 12),
    magic: buffer.readInt8(at + 16),
    crc: buffer.readUInt32BE(at + 17),
    attributes: buffer.readInt16BE(at + 21),
    lastOffsetDelta: buffer.readInt32BE(at + 23),
    baseTimestamp: readInt64(buffer, at + 27),
    maxTimestamp: readInt64(buffer, at + 35),
    producerId: readInt64(buffer, at + 43),
    producerEpoch: buffer.readInt16BE(at + 51),
    baseSequence: buffer.readInt32BE(at + 53),
    recordsCount: buffer.readInt32BE(at + 57),
  };
}

/** Writes every field of `header` at `at`. */
export function writeHeader(buffer: Buffer, header: BatchHeader, at = 0): void {
  writeInt64(buffer, header.baseOffset, at);
  buffer.writeInt32BE(header.sizeBytes - LENGTH_PREFIX_BYTES, at + 8);
  buffer.writeInt32BE(header.leaderEpoch, at + 12);
  buffer.writeInt8(header.magic, at + 16);
  buffer.writeUInt32BE(header.crc, at + 17);
  buffer.writeInt16BE(header.attributes, at + 21);
  buffer.writeInt32BE(header.lastOffsetDelta, at + 23);
  writeInt64(buffer, header.baseTimestamp, at + 27);
  writeInt64(buffer, header.maxTimestamp, at + 35);
  writeInt64(buffer, header.producerId, at + 43);
  buffer.writeInt16BE(header.producerEpoch, at + 51);
  buffer.writeInt32BE(header.baseSequence, at + 53);
  buffer.writeInt32BE(header.recordsCount, at + 57);
}

/** Stamps what the broker decides, in place. Leaves the CRC valid, as it covers neither field. */
export function stampBatch(buffer: Buffer, baseOffset: number, leaderEpoch: number, at = 0): void {
  writeInt64(buffer, baseOffset, at);
  buffer.writeInt32BE(leaderEpoch, at + 12);
}

/** Writes `header` before the records that are in `batch` already, with the CRC of both whatever `header.crc` says; returns `batch`. */
export function sealBatch(batch: Buffer, header: BatchHeader): Buffer {
  writeHeader(batch, header);
  batch.writeUInt32BE(crc32c(batch.subarray(CRC_FROM)), 17);
  return batch;
}

/** True if the CRC of the batch at `at`, `sizeBytes` long, is right. */
export function crcMatches(buffer: Buffer, at: number, sizeBytes: number): boolean {
  return crc32c(buffer.subarray(at + CRC_FROM, at + sizeBytes)) === buffer.readUInt32BE(at + 17);
}

/** The offset of a batch's last record. */
export function lastOffset(header: BatchHeader): number {
  return header.baseOffset + header.lastOffsetDelta;
}

const TWO_32 = 2 ** 32;

/** A signed int64 as a number: two 32-bit reads, a third of the cost of a BigInt. Exact within ±2^53. */
export function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * TWO_32 + buffer.readUInt32BE(at + 4);
}

/** Writes a safe integer as a signed int64. */
export function writeInt64(buffer: Buffer, value: number, at: number): void {
  const high = Math.floor(value / TWO_32);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * TWO_32, at + 4);
}

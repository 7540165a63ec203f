/**
 * Zstandard, one frame:
 *
 *     28 b5 2f fd       magic
 *     descriptor        bits 7–6 size of the content size, 5 single segment, 3 reserved 0, 2 checksum, 1–0 size of the dictionary id
 *     [window]          absent in a single segment: bits 7–3 exponent, 2–0 mantissa
 *     [dictionary id]   refused
 *     [content size]    0, 1, 2, 4 or 8 bytes
 *     { block header    3 bytes: bit 0 last, bits 1–2 type (0 raw, 1 one byte repeated, 2 compressed), the rest a size; the block }
 *     [checksum]        4 bytes
 *
 * All integers are little-endian. A block yields at most 128 KiB, and no more than the window. Source: RFC 8878.
 */
import zstdNative from '@mongodb-js/zstd';
import type { Codec } from './codec.js';
import { expandsTooFar, malformedFraming } from './expansion.js';

const MAGIC = 0xfd2fb528;
const MAX_BLOCK_BYTES = 128 * 1024;
const REPEATED = 1;
const COMPRESSED = 2;

export const zstd: Codec = {
  compress: (bytes) => zstdNative.compress(bytes),
  decompress: (bytes) => zstdNative.decompress(bytes),
  checkExpansion,
};

interface Frame {
  blocksStart: number;
  maxBlockBytes: number;
  checksumBytes: number;
}

/** Adds up the most that each block can yield; the last one may be a small one, and is left out of the sum. */
function checkExpansion(bytes: Buffer, maxBytes: number): void {
  const frame = readFrameHeader(bytes, maxBytes);
  let before = 0;
  let at = frame.blocksStart;
  for (let last = false; !last; ) {
    const blockHeader = readLittleEndian(bytes, at, 3);
    last = (blockHeader & 1) === 1;
    const type = (blockHeader >> 1) & 3;
    const size = blockHeader >> 3;
    if (before > maxBytes) throw expandsTooFar('zstd', undefined, maxBytes);
    if (type > COMPRESSED || size > frame.maxBlockBytes) {
      throw malformedFraming(
        'zstd',
        `a block of type ${type} and size ${size}; expected type 0 to 2 and at most ${frame.maxBlockBytes}`,
      );
    }
    before += type === COMPRESSED ? frame.maxBlockBytes : size;
    at += 3 + (type === REPEATED ? 1 : size);
  }
  const left = bytes.length - at - frame.checksumBytes;
  if (left < 0) throw malformedFraming('zstd', 'it ends within its last block or checksum');
  if (left > 0) throw malformedFraming('zstd', `${left} bytes follow the frame; expected exactly one frame`);
}

function readFrameHeader(bytes: Buffer, maxBytes: number): Frame {
  if (readLittleEndian(bytes, 0, 4) !== MAGIC)
    throw malformedFraming('zstd', 'it does not begin with a frame');
  const descriptor = readLittleEndian(bytes, 4, 1);
  if (descriptor & 0b1011) {
    throw malformedFraming(
      'zstd',
      `descriptor is 0x${descriptor.toString(16)}; expected no dictionary and no reserved bit`,
    );
  }
  const singleSegment = (descriptor & 0x20) !== 0;
  const sizeAt = singleSegment ? 5 : 6;
  const sizeBytes = contentSizeBytes(descriptor >> 6, singleSegment);
  const contentSize = readContentSize(bytes, sizeAt, sizeBytes);
  if (contentSize !== undefined && contentSize > maxBytes) throw expandsTooFar('zstd', contentSize, maxBytes);
  const windowBytes = singleSegment ? contentSize! : windowSize(readLittleEndian(bytes, 5, 1));
  return {
    blocksStart: sizeAt + sizeBytes,
    maxBlockBytes: Math.min(windowBytes, MAX_BLOCK_BYTES),
    checksumBytes: descriptor & 0x04 ? 4 : 0,
  };
}

function contentSizeBytes(code: number, singleSegment: boolean): number {
  if (code === 0) return singleSegment ? 1 : 0;
  return 2 ** code;
}

/** Undefined: not said. */
function readContentSize(bytes: Buffer, at: number, size: number): number | undefined {
  if (size === 0) return undefined;
  if (size === 2) return readLittleEndian(bytes, at, 2) + 256;
  if (size < 8) return readLittleEndian(bytes, at, size);
  return readLittleEndian(bytes, at, 4) + readLittleEndian(bytes, at + 4, 4) * 2 ** 32;
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function readLittleEndian(bytes: Buffer, at: number, size: number): number {
  if (at + size > bytes.length) throw malformedFraming('zstd', 'it ends before its last block');
  return bytes.readUIntLE(at, size);
}

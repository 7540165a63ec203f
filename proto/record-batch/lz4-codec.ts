/**
 * LZ4's frame format, of which Kafka's readers take one frame of independent blocks:
 *
 *     04 22 4d 18         magic
 *     flags               bits 7–6 version 01, 5 independent blocks, 4 block checksums, 3 content size, 2 content checksum, 1 reserved 0, 0 dictionary
 *     block descriptor    bits 6–4 the largest block: 4 to 7 for 64 KiB, 256 KiB, 1 MiB, 4 MiB; other bits 0
 *     [content size]      8 bytes
 *     header checksum     1 byte
 *     { size              uint32, top bit: the block is not compressed; the block; [its checksum, 4 bytes] }
 *     00 00 00 00         end mark
 *     [content checksum]  4 bytes
 *
 * All integers are little-endian. Source: LZ4 Frame Format Description 1.6; Kafka's `Lz4BlockInputStream.java`.
 */
import { compressFrame, decompressFrame } from 'lz4-napi';
import type { Codec } from './codec.js';
import { expandsTooFar, malformedFraming } from './expansion.js';

const MAGIC = 0x184d2204;
const FIXED_HEADER_BYTES = 7;
const NOT_COMPRESSED = 0x80000000;
/** No sequence of a block yields more than this for each of its bytes. */
const MAX_RATIO = 255;

export const lz4: Codec = {
  compress: (bytes) => compressFrame(bytes),
  decompress: (bytes) => decompressFrame(bytes),
  checkExpansion,
};

interface Frame {
  blocksStart: number;
  maxBlockBytes: number;
  blockChecksumBytes: number;
  contentChecksumBytes: number;
}

/** Adds up the most that each block can yield; the last one may be a small one, and is left out of the sum. */
function checkExpansion(bytes: Buffer, maxBytes: number): void {
  const frame = readFrameHeader(bytes, maxBytes);
  let before = 0;
  let at = frame.blocksStart;
  for (let most = 0; ; ) {
    const size = readUInt32(bytes, at);
    at += 4;
    if (size === 0) break;
    before += most;
    if (before > maxBytes) throw expandsTooFar('lz4', undefined, maxBytes);
    const stored = size % NOT_COMPRESSED;
    if (stored > frame.maxBlockBytes) {
      throw malformedFraming(
        'lz4',
        `a block of ${stored} bytes, more than its header's ${frame.maxBlockBytes}`,
      );
    }
    most = size >= NOT_COMPRESSED ? stored : Math.min(frame.maxBlockBytes, stored * MAX_RATIO);
    at += stored + frame.blockChecksumBytes;
  }
  const left = bytes.length - at - frame.contentChecksumBytes;
  if (left < 0) throw malformedFraming('lz4', 'it ends within its checksum');
  if (left > 0) throw malformedFraming('lz4', `${left} bytes follow the frame; expected exactly one frame`);
}

function readFrameHeader(bytes: Buffer, maxBytes: number): Frame {
  if (bytes.length < FIXED_HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC) {
    throw malformedFraming('lz4', 'it does not begin with the header of a frame');
  }
  const flags = bytes[4]!;
  const descriptor = bytes[5]!;
  if (flags >> 6 !== 1 || flags & 0b11) {
    throw malformedFraming('lz4', `flags are 0x${flags.toString(16)}; expected version 01 and no dictionary`);
  }
  if (!(flags & 0x20)) throw malformedFraming('lz4', "its blocks are linked, which Kafka's readers refuse");
  if (descriptor & 0x8f || descriptor < 0x40) {
    throw malformedFraming('lz4', `block descriptor is 0x${descriptor.toString(16)}; expected 0x40 to 0x70`);
  }
  if (flags & 0x08) checkContentSize(bytes, maxBytes);
  return {
    blocksStart: FIXED_HEADER_BYTES + (flags & 0x08 ? 8 : 0),
    maxBlockBytes: 2 ** (8 + 2 * (descriptor >> 4)),
    blockChecksumBytes: flags & 0x10 ? 4 : 0,
    contentChecksumBytes: flags & 0x04 ? 4 : 0,
  };
}

function checkContentSize(bytes: Buffer, maxBytes: number): void {
  const size = readUInt32(bytes, 6) + readUInt32(bytes, 10) * 2 ** 32;
  if (size > maxBytes) throw expandsTooFar('lz4', size, maxBytes);
}

function readUInt32(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) throw malformedFraming('lz4', 'it ends before its end mark');
  return bytes.readUInt32LE(at);
}

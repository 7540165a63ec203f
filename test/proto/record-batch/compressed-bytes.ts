/** Compressing as other clients do: by the libraries alone, in the plainest framing of each codec. */
import zlib from 'node:zlib';
import zstd from '@mongodb-js/zstd';
import { compressFrame } from 'lz4-napi';
import snappy from 'snappy';
import type { Compression } from '../../../proto/record-batch/index.js';

export async function compressPlainly(compression: Compression, bytes: Buffer): Promise<Buffer> {
  switch (compression) {
    case 'none':
      return bytes;
    case 'gzip':
      return zlib.gzipSync(bytes);
    case 'snappy':
      return snappy.compress(bytes);
    case 'lz4':
      return compressFrame(bytes);
    case 'zstd':
      return zstd.compress(bytes);
  }
}

/** A zstd frame of a single segment that says it has `contentBytes`, from blocks as they are. */
export function zstdFrame(contentBytes: bigint, ...blocks: Buffer[]): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(contentBytes);
  return Buffer.concat([Buffer.from('28b52ffde0', 'hex'), size, ...blocks]);
}

/** A zstd block: type 0 its bytes, type 1 one byte repeated `size` times, type 2 compressed, type 3 undefined. */
export function zstdBlock(type: number, size: number, bytes: Buffer, last = false): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((last ? 1 : 0) | (type << 1) | (size << 3), 0, 3);
  return Buffer.concat([header, bytes]);
}

/** An lz4 frame from parts; `blocks` with their sizes before them. The header's checksum is not right. */
export function lz4Frame(flags: number, descriptor: number, ...rest: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([0x04, 0x22, 0x4d, 0x18, flags, descriptor]), ...rest]);
}

/** The frame with the one header checksum of 256 that makes the library take it. */
export async function withLz4HeaderChecksum(
  frameWith: (checksum: Buffer) => Buffer,
  accepts: (frame: Buffer) => Promise<boolean>,
): Promise<Buffer> {
  for (let checksum = 0; checksum < 256; checksum++) {
    const frame = frameWith(Buffer.of(checksum));
    if (await accepts(frame)) return frame;
  }
  throw new Error('no header checksum makes this frame acceptable');
}

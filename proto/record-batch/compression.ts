/**
 * Compressing and decompressing a batch's records, off the event loop, through libraries that know nothing of our limits:
 * what may come out is bounded before they are let loose on bytes from outside.
 */
import type { Compression } from './attributes.js';
import type { Codec } from './codec.js';
import { expandsTooFar } from './expansion.js';
import { gzip } from './gzip-codec.js';
import { InvalidBatchError } from './invalid-batch-error.js';
import { lz4 } from './lz4-codec.js';
import { snappy } from './snappy-codec.js';
import { zstd } from './zstd-codec.js';

/** How much may come out of what is compressed. */
export interface DecompressLimits {
  /** The most bytes that the records of a batch may have when they are not compressed. */
  maxUncompressedBytes: number;
}

const CODECS: Readonly<Record<Exclude<Compression, 'none'>, Codec>> = Object.freeze({
  gzip,
  snappy,
  lz4,
  zstd,
});

/** Compresses records that lie one behind the other; with `none` they are returned as they are. */
export async function compress(compression: Compression, records: Buffer): Promise<Buffer> {
  return compression === 'none' ? records : CODECS[compression].compress(records);
}

/** Throws {@link InvalidBatchError} if what is compressed is a bomb as far as its framing tells, or the framing is malformed. */
export function checkExpansion(compression: Compression, compressed: Buffer, limits: DecompressLimits): void {
  if (compression !== 'none') CODECS[compression].checkExpansion(compressed, limits.maxUncompressedBytes);
}

/** Decompresses; rejects with {@link InvalidBatchError} if it is malformed or more than the limit comes out. */
export async function decompress(
  compression: Compression,
  compressed: Buffer,
  limits: DecompressLimits,
): Promise<Buffer> {
  if (compression === 'none') return compressed;
  checkExpansion(compression, compressed, limits);
  const records = await decompressWith(compression, compressed, limits.maxUncompressedBytes);
  if (records.length > limits.maxUncompressedBytes)
    throw expandsTooFar(compression, records.length, limits.maxUncompressedBytes);
  return records;
}

async function decompressWith(
  compression: Exclude<Compression, 'none'>,
  compressed: Buffer,
  maxBytes: number,
) {
  try {
    return await CODECS[compression].decompress(compressed, maxBytes);
  } catch (error) {
    if (error instanceof InvalidBatchError) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    throw new InvalidBatchError(
      `its records cannot be decompressed with ${compression}: ${problem}`,
      undefined,
      {
        cause: error,
      },
    );
  }
}

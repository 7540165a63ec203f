/**
 * Snappy in the framing of snappy-java's streams, as Kafka's clients write it:
 *
 *     82 53 4e 41 50 50 59 00   magic: 0x82 "SNAPPY" 0
 *     00 00 00 01 00 00 00 01   version, least compatible version: int32, big-endian
 *     { length int32, big-endian; a raw snappy block }
 *
 * A raw block, which other clients write without framing, begins with its uncompressed length as an unsigned varint. The two
 * cannot be confused: what the magic would mean in a raw block copies from before its beginning.
 */
import snappyNative from 'snappy';
import type { Codec } from './codec.js';
import { expandsTooFar, malformedFraming } from './expansion.js';

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const VERSIONS = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1]);
const FRAMING_BYTES = MAGIC.length + VERSIONS.length;
/** Uncompressed bytes in a block that we write, as many as snappy-java's. */
const BLOCK_BYTES = 32 * 1024;
/** Each block costs a turn in the thread pool: beyond a few, blocks must on average be larger than this. Those of Kafka's clients are all but the last. */
const FEW_BLOCKS = 64;
const SMALL_BLOCK_BYTES = 1024;

export const snappy: Codec = {
  async compress(bytes) {
    const parts: Buffer[] = [MAGIC, VERSIONS];
    // One by one, so that a batch occupies one thread of the pool, which syncs of files need as well.
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      const block = await snappyNative.compress(bytes.subarray(at, at + BLOCK_BYTES));
      parts.push(int32(block.length), block);
    }
    return Buffer.concat(parts);
  },

  checkExpansion(bytes, maxBytes) {
    let total = 0;
    let blocks = 0;
    for (const block of blocksOf(bytes)) {
      total += declaredLength(block);
      if (++blocks > FEW_BLOCKS && total < blocks * SMALL_BLOCK_BYTES) {
        throw malformedFraming(
          'snappy',
          `${blocks} blocks of ${SMALL_BLOCK_BYTES} bytes and less on average`,
        );
      }
      if (total > maxBytes) throw expandsTooFar('snappy', total, maxBytes);
    }
  },

  async decompress(bytes) {
    const parts: Buffer[] = [];
    for (const block of blocksOf(bytes)) parts.push((await snappyNative.uncompress(block)) as Buffer);
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  },
};

/** The raw blocks, framed or not. */
function* blocksOf(bytes: Buffer): Generator<Buffer, undefined> {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    yield bytes;
    return;
  }
  if (bytes.length < FRAMING_BYTES) throw malformedFraming('snappy', 'it ends within its first 16 bytes');
  for (let at = FRAMING_BYTES; at < bytes.length; ) {
    if (bytes.length - at < 4) throw malformedFraming('snappy', "it ends within a block's length");
    const start = at + 4;
    const end = start + bytes.readInt32BE(at);
    if (end <= start || end > bytes.length) {
      throw malformedFraming('snappy', `a block of ${end - start} bytes with ${bytes.length - start} left`);
    }
    yield bytes.subarray(start, end);
    at = end;
  }
}

function declaredLength(block: Buffer): number {
  let length = 0;
  for (let i = 0; i < 5 && i < block.length; i++) {
    const byte = block[i]!;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length;
  }
  throw malformedFraming('snappy', 'a block does not begin with its uncompressed length');
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

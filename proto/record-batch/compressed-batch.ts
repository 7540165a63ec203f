import { CODEC_BITS, COMPRESSIONS, type Compression } from './attributes.js';
import { compress } from './compression.js';
import { type BatchHeader, HEADER_BYTES, sealBatch } from './header.js';

/**
 * The batch of `header` with its records compressed, or as they are where that is not larger. `batch` holds them uncompressed, behind room for the header;
 * it is the function's until then, and may be what it returns.
 */
export async function compressBatch(
  compression: Compression,
  batch: Buffer,
  header: BatchHeader,
): Promise<Buffer> {
  const compressed = await compress(compression, batch.subarray(HEADER_BYTES));
  const attributes = header.attributes & ~CODEC_BITS;
  const sizeBytes = HEADER_BYTES + compressed.length;
  if (sizeBytes >= batch.length) return sealBatch(batch, { ...header, attributes, sizeBytes: batch.length });
  const result = Buffer.allocUnsafeSlow(sizeBytes);
  result.set(compressed, HEADER_BYTES);
  return sealBatch(result, {
    ...header,
    attributes: attributes | COMPRESSIONS.indexOf(compression),
    sizeBytes,
  });
}

import { respool } from '../../proto/index.js';
import { InvalidBatchError, splitBatches } from '../../proto/record-batch/index.js';
import { RespoolError } from '../connection/index.js';
import type { ResolvedReadOptions } from './fetch-options.js';
import { FetchedBatch, uncompressed } from './fetched-batch.js';
import type { FetchFormat, PartitionRange, Piece } from './partition-fetch.js';

type FetchResponse = respool.v1.FetchResponse;

/** Batches as they are stored, which is fastest: nothing is decoded by the broker. */
export function batchFormat({
  verifyCrc,
  maxUncompressedBytes,
}: ResolvedReadOptions): FetchFormat<FetchedBatch> {
  return {
    request: { format: respool.v1.FetchFormat.FETCH_FORMAT_BATCHES },
    async *pieces(
      range: PartitionRange,
      response: FetchResponse,
      nextOffset: number,
    ): AsyncGenerator<Piece<FetchedBatch>> {
      let at = nextOffset;
      try {
        for (const batch of splitBatches(asBuffer(response.batches), { checkCrc: verifyCrc })) {
          if (batch.nextOffset <= at) continue;
          if (batch.baseOffset >= range.endOffset) return;
          if (!batch.isControl) {
            const records = await uncompressed(batch, maxUncompressedBytes);
            const wanted = { startOffset: at, endOffset: range.endOffset };
            const value = new FetchedBatch(range, batch.header, records, wanted, response.highWatermark);
            yield { value, nextOffset: batch.nextOffset };
          }
          at = batch.nextOffset;
        }
      } catch (error) {
        throw error instanceof InvalidBatchError ? damaged(range, at, error) : error;
      }
    },
  };
}

/** What was read is not what the broker has checked. */
function damaged({ topic, partition }: PartitionRange, at: number, cause: InvalidBatchError): RespoolError {
  const startOffset = cause.offset ?? at;
  return new RespoolError('CORRUPT_BATCH', `${topic}-${partition}: ${cause.message}`, {
    details: { topic, partition, startOffset, endOffset: startOffset + 1, foundBy: 'client' },
    cause,
  });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

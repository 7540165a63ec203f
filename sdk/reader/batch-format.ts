import { respool } from '../../proto/index.js';
import type { ResolvedReadOptions } from './fetch-options.js';
import { FetchedBatch } from './fetched-batch.js';
import type { FetchFormat, PartitionRange, Piece } from './partition-fetch.js';
import { storedBatches } from './stored-batches.js';

type FetchResponse = respool.v1.FetchResponse;

/** Batches as they are stored, which is fastest: nothing is decoded by the broker. */
export function batchFormat(limits: ResolvedReadOptions): FetchFormat<FetchedBatch> {
  return {
    request: { format: respool.v1.FetchFormat.FETCH_FORMAT_BATCHES },
    async *pieces(
      range: PartitionRange,
      response: FetchResponse,
      nextOffset: number,
    ): AsyncGenerator<Piece<FetchedBatch>> {
      const wanted = { ...range, startOffset: nextOffset };
      for await (const batch of storedBatches(response.batches, wanted, limits)) {
        const { header, records, startOffset } = batch;
        const covered = { startOffset, endOffset: range.endOffset };
        const value = new FetchedBatch(range, header, records, covered, response.highWatermark);
        yield { value, nextOffset: batch.nextOffset };
      }
    },
  };
}

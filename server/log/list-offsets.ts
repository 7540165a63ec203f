/** `ListOffsets`: positions to offsets. */
import type { respool } from '../../proto/index.js';
import type { LogStore } from '../../segment-store/index.js';
import { invalidArgument, wirePartition } from '../rpc/wire-number.js';
import { resolvePosition } from './fetch-range.js';

type Response = respool.v1.ListOffsetsResponse.$Properties;

/** A search by time reads the disk: more in one call would take long to answer. */
const MAX_QUERIES = 10_000;

export function listOffsetsHandler(
  store: LogStore,
): (request: respool.v1.ListOffsetsRequest) => Promise<Response> {
  return async ({ queries }) => {
    if (queries.length === 0) throw invalidArgument('queries', 'is empty; at least one is needed');
    if (queries.length > MAX_QUERIES) {
      throw invalidArgument('queries', `has ${queries.length} entries; it may have ${MAX_QUERIES}`);
    }
    const answers: respool.v1.OffsetAnswer.$Properties[] = [];
    for (const { topic, partition, at } of queries) {
      const resolved = await resolvePosition(store, topic ?? '', wirePartition(partition), at, 'at');
      answers.push({ ...resolved, timestampMs: resolved.timestampMs ?? null });
    }
    return { answers };
  };
}

import { type Connection, linkSignals } from '../connection/index.js';
import { batchFormat } from './batch-format.js';
import { type FetchOptions, resolveFetchOptions } from './fetch-options.js';
import type { FetchedBatch } from './fetched-batch.js';
import { fetchPartition } from './partition-fetch.js';
import { resolveRanges } from './partition-ranges.js';
import { ReadAhead } from './read-ahead.js';

/** Reads one partition, batch by batch; see `Respool.fetch`. The options are checked at once, the rest happens when it is iterated. */
export function fetchBatches(
  connection: Connection,
  options: FetchOptions,
): AsyncGenerator<FetchedBatch, undefined> {
  return iterate(connection, options, resolveFetchOptions(options));
}

async function* iterate(
  connection: Connection,
  { topic, partition, from = 'earliest', until, signal }: FetchOptions,
  resolved: ReturnType<typeof resolveFetchOptions>,
): AsyncGenerator<FetchedBatch, undefined> {
  const cancel = linkSignals(connection.closed, signal);
  try {
    const wanted = [{ topic, partition, from, until }];
    const [range] = await resolveRanges(connection, wanted, resolved.follow, cancel.signal);
    const readAhead = new ReadAhead(resolved.readAheadBytes);
    yield* fetchPartition(connection, range!, batchFormat(resolved), resolved, readAhead, cancel.signal);
  } finally {
    cancel.unlink();
  }
}

/** Reading the log. This folder's only door. */
export { fetchBatches } from './fetch.js';
export type { DataLoss, FetchOptions, ReadOptions, RecordFilter, RecordsOptions } from './fetch-options.js';
export { FetchedBatch, type ReceivedRecord, type RecordRun } from './fetched-batch.js';
export { checkWithinLog } from './log-bounds.js';
export { type RecordIterator, readRecords } from './records.js';
export { MAX_UNCOMPRESSED_BYTES, type StoredBatch, storedBatches } from './stored-batches.js';
export { Turns } from './turns.js';

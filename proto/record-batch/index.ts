/**
 * Kafka's record batch, version 2: the bytes that travel in `Produce` and `Fetch` and that lie on disk. The only door of this folder;
 * it knows nothing of protobuf, so that storage may use it.
 */
export { COMPRESSIONS, type Compression, compressionOf, isCompressed, isControl } from './attributes.js';
export * from './batch-builder.js';
export type { DecompressLimits } from './compression.js';
export * from './header.js';
export { REMEMBERED_BATCHES } from './idempotence.js';
export { InvalidBatchError } from './invalid-batch-error.js';
export * from './log-record.js';
export { murmur2, partitionForKey } from './partition-for-key.js';
export * from './record-batch.js';
export { RecordCursor } from './record-cursor.js';
export { retainRecords } from './retain-records.js';
export { type BatchLimits, validateBatch, validateCompressedBatch } from './validate-batch.js';

import type { RespoolErrorCode } from './error.js';

/** The calls of the API. */
export type Rpc =
  | 'CreateTopic'
  | 'AlterTopic'
  | 'DeleteTopic'
  | 'DescribeTopics'
  | 'TruncatePrefix'
  | 'InitProducer'
  | 'Produce'
  | 'Append'
  | 'Fetch'
  | 'ListOffsets'
  | 'Consume'
  | 'ListGroups'
  | 'DescribeGroups'
  | 'CommitOffsets'
  | 'ResetOffsets'
  | 'DeleteGroup'
  | 'CreateSnapshot'
  | 'ListSnapshots'
  | 'DescribeSnapshot'
  | 'DeleteSnapshot';

/**
 * After which errors each call is made again by itself, with back-off, until its time is up.
 *
 * - UNAVAILABLE leaves open whether the call was carried out. So only calls that may be carried out twice have it: those that
 *   read, those that set something to a given value, and Produce, whose batches carry sequence numbers. (Without idempotence the producer
 *   does not send again what may be stored; see `PartitionQueue`.)
 * - The other codes say that nothing was done.
 * - OFFSET_OUT_OF_RANGE and CORRUPT_BATCH are in no row: asking again gives the same answer.
 * - DEADLINE_EXCEEDED is in no row: the caller's time is up.
 */
export const RETRIED_AFTER: Readonly<Record<Rpc, readonly RespoolErrorCode[]>> = Object.freeze({
  CreateTopic: ['SHUTTING_DOWN'],
  AlterTopic: ['SHUTTING_DOWN', 'UNAVAILABLE'],
  DeleteTopic: ['SHUTTING_DOWN'],
  DescribeTopics: ['SHUTTING_DOWN', 'UNAVAILABLE'],
  TruncatePrefix: ['SHUTTING_DOWN', 'UNAVAILABLE'],
  InitProducer: ['SHUTTING_DOWN', 'UNAVAILABLE', 'DISK_FULL'],
  Produce: [
    'SHUTTING_DOWN',
    'UNAVAILABLE',
    'APPEND_QUEUE_FULL',
    'DISK_FULL',
    'TOO_MANY',
    'PARTITION_OFFLINE',
  ],
  // Of records for several partitions some may be stored when the call fails.
  Append: [],
  Fetch: ['SHUTTING_DOWN', 'UNAVAILABLE'],
  ListOffsets: ['SHUTTING_DOWN', 'UNAVAILABLE'],
  Consume: ['SHUTTING_DOWN', 'UNAVAILABLE', 'MEMBER_EXPELLED', 'TOO_MANY', 'PARTITION_OFFLINE', 'DISK_FULL'],
  ListGroups: ['SHUTTING_DOWN', 'UNAVAILABLE'],
  DescribeGroups: ['SHUTTING_DOWN', 'UNAVAILABLE'],
  CommitOffsets: ['SHUTTING_DOWN', 'UNAVAILABLE'],
  // A shift that was carried out twice would go twice as far.
  ResetOffsets: ['SHUTTING_DOWN'],
  DeleteGroup: ['SHUTTING_DOWN'],
  CreateSnapshot: ['SHUTTING_DOWN'],
  ListSnapshots: ['SHUTTING_DOWN', 'UNAVAILABLE'],
  DescribeSnapshot: ['SHUTTING_DOWN', 'UNAVAILABLE'],
  DeleteSnapshot: ['SHUTTING_DOWN'],
});

/** True if `rpc` is made again after an error of this code. */
export function isRetried(rpc: Rpc, code: RespoolErrorCode): boolean {
  return RETRIED_AFTER[rpc].includes(code);
}

/** After these, what was sent to be stored may be stored all the same. */
export const OUTCOME_UNKNOWN: ReadonlySet<RespoolErrorCode> = new Set([
  'PARTITION_OFFLINE',
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'INTERNAL',
]);

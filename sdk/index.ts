/**
 * What users import as `respool`: a client for the log, its producers and readers, topics, consumer groups, and errors.
 *
 * Start with {@link Respool}.
 */
export type {
  BatchHeader,
  Bytes,
  Compression,
  LogHeader,
  NewLogHeader,
  RecordCursor,
} from '../proto/record-batch/index.js';
export type {
  Admin,
  CleanupPolicy,
  NewTopic,
  OffsetQuery,
  OffsetRange,
  PartitionDescription,
  Position,
  ResolvedOffset,
  TopicChange,
  TopicConfig,
  TopicDescription,
  TopicListOptions,
  TopicSettings,
} from './admin/index.js';
export type { AppendRecord, AppendRequest } from './append.js';
export {
  type BrokerErrorCode,
  type CallOptions,
  type ClientErrorCode,
  DEFAULT_PORT,
  ERROR_CODES,
  type ErrorCodeNote,
  RespoolError,
  type RespoolErrorCode,
  type RespoolErrorDetails,
  type RespoolErrorOptions,
  type RespoolOptions,
  type TlsOptions,
} from './connection/index.js';
export type {
  AssignedPartition,
  CloseConsumerOptions,
  ConsumedBatch,
  Consumer,
  ConsumerOptions,
  OffsetToCommit,
  SkippedOffsets,
  TopicPartition,
} from './consumer/index.js';
export type {
  CommittedOffset,
  GroupDescription,
  GroupListing,
  GroupSnapshot,
  GroupState,
  Groups,
  MemberDescription,
  PartitionProgress,
  PlannedReset,
  ResetOutcome,
  ResetRequest,
  ResetTarget,
} from './groups/index.js';
export type { Delivery, Producer, ProducerOptions, ProducerRecord, RecordHeaders } from './producer/index.js';
export type {
  DataLoss,
  FetchedBatch,
  FetchOptions,
  ReadOptions,
  ReceivedRecord,
  RecordFilter,
  RecordIterator,
  RecordsOptions,
} from './reader/index.js';
export type {
  PartitionReplayProgress,
  PlannedPartition,
  Replay,
  ReplayOptions,
  ReplayOutcome,
  ReplayPace,
  ReplayPlan,
  ReplayProgress,
} from './replay/index.js';
export { Respool } from './respool.js';

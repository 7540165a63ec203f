/**
 * How what went wrong is told to the client: the one place where our codes become gRPC statuses.
 */
import { Metadata, type ServerErrorResponse, status } from '@grpc/grpc-js';
import { GroupError, type GroupErrorCode } from '../../consumer-groups/index.js';
import { ERROR_TRAILER, encodeError, respool } from '../../proto/index.js';
import { StoreError, type StoreErrorCode } from '../../segment-store/index.js';

const { ErrorCode } = respool.v1;

interface Told {
  wire: respool.v1.ErrorCode;
  status: status;
}

/** The errors that are thrown on purpose. */
type ExpectedError = StoreError | GroupError;
type ExpectedCode = StoreErrorCode | GroupErrorCode;

/** Every code of every layer, exhaustively: a new one does not compile until it is told here. */
const TOLD = {
  INVALID_ARGUMENT: { wire: ErrorCode.INVALID_ARGUMENT, status: status.INVALID_ARGUMENT },
  INVALID_TOPIC_NAME: { wire: ErrorCode.INVALID_TOPIC_NAME, status: status.INVALID_ARGUMENT },
  INVALID_BATCH: { wire: ErrorCode.INVALID_BATCH, status: status.INVALID_ARGUMENT },
  RECORD_TOO_LARGE: { wire: ErrorCode.RECORD_TOO_LARGE, status: status.INVALID_ARGUMENT },
  TOPIC_NOT_FOUND: { wire: ErrorCode.TOPIC_NOT_FOUND, status: status.NOT_FOUND },
  PARTITION_NOT_FOUND: { wire: ErrorCode.PARTITION_NOT_FOUND, status: status.NOT_FOUND },
  TOPIC_EXISTS: { wire: ErrorCode.TOPIC_EXISTS, status: status.ALREADY_EXISTS },
  OFFSET_OUT_OF_RANGE: { wire: ErrorCode.OFFSET_OUT_OF_RANGE, status: status.OUT_OF_RANGE },
  UNEXPECTED_OFFSET: { wire: ErrorCode.UNEXPECTED_OFFSET, status: status.ABORTED },
  OUT_OF_ORDER_SEQUENCE: { wire: ErrorCode.OUT_OF_ORDER_SEQUENCE, status: status.ABORTED },
  PRODUCER_FENCED: { wire: ErrorCode.PRODUCER_FENCED, status: status.ABORTED },
  UNKNOWN_PRODUCER: { wire: ErrorCode.UNKNOWN_PRODUCER, status: status.ABORTED },
  CORRUPT_BATCH: { wire: ErrorCode.CORRUPT_BATCH, status: status.DATA_LOSS },
  APPEND_QUEUE_FULL: { wire: ErrorCode.APPEND_QUEUE_FULL, status: status.RESOURCE_EXHAUSTED },
  DISK_FULL: { wire: ErrorCode.DISK_FULL, status: status.RESOURCE_EXHAUSTED },
  TOO_MANY: { wire: ErrorCode.TOO_MANY, status: status.RESOURCE_EXHAUSTED },
  PARTITION_OFFLINE: { wire: ErrorCode.PARTITION_OFFLINE, status: status.UNAVAILABLE },
  SHUTTING_DOWN: { wire: ErrorCode.SHUTTING_DOWN, status: status.UNAVAILABLE },
  // Only thrown when a store is opened, which is before there are calls.
  DATA_DIRECTORY_LOCKED: { wire: ErrorCode.INTERNAL, status: status.INTERNAL },
  UNSUPPORTED_FORMAT: { wire: ErrorCode.INTERNAL, status: status.INTERNAL },
  INVALID_GROUP_NAME: { wire: ErrorCode.INVALID_GROUP_NAME, status: status.INVALID_ARGUMENT },
  GROUP_NOT_FOUND: { wire: ErrorCode.GROUP_NOT_FOUND, status: status.NOT_FOUND },
  GROUP_NOT_EMPTY: { wire: ErrorCode.GROUP_NOT_EMPTY, status: status.FAILED_PRECONDITION },
  SNAPSHOT_NOT_FOUND: { wire: ErrorCode.SNAPSHOT_NOT_FOUND, status: status.NOT_FOUND },
  SNAPSHOT_EXISTS: { wire: ErrorCode.SNAPSHOT_EXISTS, status: status.ALREADY_EXISTS },
  MEMBER_EXPELLED: { wire: ErrorCode.MEMBER_EXPELLED, status: status.ABORTED },
  STALE_GENERATION: { wire: ErrorCode.STALE_GENERATION, status: status.ABORTED },
  PARTITION_NOT_OWNED: { wire: ErrorCode.PARTITION_NOT_OWNED, status: status.ABORTED },
  INSTANCE_FENCED: { wire: ErrorCode.INSTANCE_FENCED, status: status.ABORTED },
  NO_COMMITTED_OFFSET: { wire: ErrorCode.NO_COMMITTED_OFFSET, status: status.FAILED_PRECONDITION },
} satisfies Record<ExpectedCode, Told>;

const INTERNAL: Told = { wire: ErrorCode.INTERNAL, status: status.INTERNAL };
const INTERNAL_MESSAGE = 'the broker has a fault; its log says more';

/** The error for a client, without anything of a fault's inside. */
export function wireError(error: unknown): respool.v1.Error.$Properties {
  if (!isExpected(error)) return { code: INTERNAL.wire, message: INTERNAL_MESSAGE };
  const details = Object.entries(error.details).map(([name, fact]) => [name, String(fact)]);
  return {
    code: TOLD[error.code].wire,
    message: error.message,
    details: Object.fromEntries(details),
  };
}

/** The code by its name, for metrics. */
export function errorCodeName(error: unknown): ExpectedCode | 'INTERNAL' {
  return isExpected(error) ? error.code : 'INTERNAL';
}

/** The error as the status of a call, with the trailer that carries its code and details. */
export function callError(error: unknown): ServerErrorResponse {
  const wire = wireError(error);
  const code = isExpected(error) ? TOLD[error.code].status : INTERNAL.status;
  const message = wire.message ?? '';
  const metadata = new Metadata();
  metadata.set(ERROR_TRAILER, encodeError(wire));
  return { name: 'ServiceError', message, code, details: message, metadata };
}

/** True if the error is one that we throw on purpose; anything else is a fault of ours. */
export function isExpected(error: unknown): error is ExpectedError & { code: ExpectedCode } {
  return error instanceof StoreError || error instanceof GroupError;
}

import { AssertionError } from 'node:assert';
import { type Metadata, status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { GroupError, type GroupErrorCode } from '../../consumer-groups/index.js';
import { decodeError, ERROR_TRAILER, respool } from '../../proto/index.js';
import { StoreError, type StoreErrorCode } from '../../segment-store/index.js';
import { callError, wireError } from '../../server/rpc/error-status.js';

const { ErrorCode } = respool.v1;

const STATUS_BY_CODE: Record<StoreErrorCode, status> = {
  INVALID_ARGUMENT: status.INVALID_ARGUMENT,
  INVALID_TOPIC_NAME: status.INVALID_ARGUMENT,
  INVALID_BATCH: status.INVALID_ARGUMENT,
  RECORD_TOO_LARGE: status.INVALID_ARGUMENT,
  TOPIC_NOT_FOUND: status.NOT_FOUND,
  PARTITION_NOT_FOUND: status.NOT_FOUND,
  TOPIC_EXISTS: status.ALREADY_EXISTS,
  OFFSET_OUT_OF_RANGE: status.OUT_OF_RANGE,
  UNEXPECTED_OFFSET: status.ABORTED,
  OUT_OF_ORDER_SEQUENCE: status.ABORTED,
  PRODUCER_FENCED: status.ABORTED,
  UNKNOWN_PRODUCER: status.ABORTED,
  CORRUPT_BATCH: status.DATA_LOSS,
  APPEND_QUEUE_FULL: status.RESOURCE_EXHAUSTED,
  DISK_FULL: status.RESOURCE_EXHAUSTED,
  TOO_MANY: status.RESOURCE_EXHAUSTED,
  PARTITION_OFFLINE: status.UNAVAILABLE,
  SHUTTING_DOWN: status.UNAVAILABLE,
  DATA_DIRECTORY_LOCKED: status.INTERNAL,
  UNSUPPORTED_FORMAT: status.INTERNAL,
};

const STATUS_BY_GROUP_CODE: Record<GroupErrorCode, status> = {
  INVALID_GROUP_NAME: status.INVALID_ARGUMENT,
  GROUP_NOT_FOUND: status.NOT_FOUND,
  GROUP_NOT_EMPTY: status.FAILED_PRECONDITION,
  SNAPSHOT_NOT_FOUND: status.NOT_FOUND,
  SNAPSHOT_EXISTS: status.ALREADY_EXISTS,
  MEMBER_EXPELLED: status.ABORTED,
  STALE_GENERATION: status.ABORTED,
  PARTITION_NOT_OWNED: status.ABORTED,
  INSTANCE_FENCED: status.ABORTED,
  NO_COMMITTED_OFFSET: status.FAILED_PRECONDITION,
};

const storeErrors = Object.entries(STATUS_BY_CODE).map(([code, expected]) => ({
  code,
  expected,
  error: new StoreError(code as StoreErrorCode, `what ${code} means`, {} as never),
}));
const groupErrors = Object.entries(STATUS_BY_GROUP_CODE).map(([code, expected]) => ({
  code,
  expected,
  error: new GroupError(code as GroupErrorCode, `what ${code} means`, {} as never),
}));
const ERRORS = [...storeErrors, ...groupErrors];

describe('an error of the log or of the groups', () => {
  test.each(ERRORS)('$code has its status, its own code, and its message', ({ code, expected, error }) => {
    const { code: grpcStatus, details } = callError(error);
    expect(grpcStatus).toBe(expected);
    expect(details).toBe(`what ${code} means`);
    if (grpcStatus !== status.INTERNAL) expect(ErrorCode[wireError(error).code ?? 0]).toBe(code);
  });

  test('every code of the API can be told', () => {
    const reached = ERRORS.map(({ error }) => ErrorCode[wireError(error).code ?? 0]);
    const known = Object.keys(ErrorCode).filter((name) => Number.isNaN(Number(name)));
    expect(new Set([...reached, 'ERROR_CODE_UNSPECIFIED'])).toEqual(new Set(known));
  });

  test('carries its details in the trailer', () => {
    const { metadata } = callError(
      new StoreError('RECORD_TOO_LARGE', 'too large', { sizeBytes: 12, limitBytes: 10 }),
    );
    const [bytes] = (metadata as Metadata).get(ERROR_TRAILER);
    expect(decodeError(bytes as Buffer)).toMatchObject({
      code: ErrorCode.RECORD_TOO_LARGE,
      message: 'too large',
      details: { sizeBytes: '12', limitBytes: '10' },
    });
  });
});

test.each([new Error('password is x'), new AssertionError({ message: 'password is x' }), 'password is x'])(
  'a fault is INTERNAL, and nothing of its inside is told',
  (fault) => {
    const { code, details, metadata } = callError(fault);
    expect(code).toBe(status.INTERNAL);
    expect(details).not.toContain('password');
    expect(Buffer.concat((metadata as Metadata).get(ERROR_TRAILER) as Buffer[]).toString()).not.toContain(
      'password',
    );
  },
);

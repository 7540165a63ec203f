import type { respool } from '../../proto/index.js';

/** The codes with which the broker answers, as `respool/v1/error.proto` names them. */
export type BrokerErrorCode = Exclude<keyof typeof respool.v1.ErrorCode, 'ERROR_CODE_UNSPECIFIED'>;

/** The codes that come from this side of the network. */
export type ClientErrorCode =
  | 'UNAVAILABLE'
  | 'DEADLINE_EXCEEDED'
  | 'DELIVERY_TIMEOUT'
  | 'BUFFER_FULL'
  | 'CLOSED'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'UNIMPLEMENTED'
  | 'UNKNOWN';

/** Everything that {@link RespoolError.code} can be. Codes never change their meaning; decide by them, never by the message. */
export type RespoolErrorCode = BrokerErrorCode | ClientErrorCode;

/** What is known about a code. */
export interface ErrorCodeNote {
  /** True if the same call may succeed later without being changed. */
  readonly retryable: boolean;
  /** When it is thrown. */
  readonly when: string;
  /** What the caller should do. */
  readonly advice: string;
}

/** When each code is thrown and what to do about it. */
export const ERROR_CODES: Readonly<Record<RespoolErrorCode, ErrorCodeNote>> = Object.freeze({
  INVALID_ARGUMENT: note(false, 'an argument or option is malformed or out of bounds', 'mend the call'),
  INVALID_TOPIC_NAME: note(
    false,
    'a topic may not have that name, or one that differs in case only exists; or it is the broker’s own, which can only be read',
    'choose another name',
  ),
  INVALID_BATCH: note(
    false,
    'a batch does not hold what its header says; nothing of it was stored',
    'report it: the encoder is at fault',
  ),
  RECORD_TOO_LARGE: note(
    false,
    'a record or batch is larger than the topic allows',
    "send less, or raise the topic's maxBatchBytes",
  ),
  TOPIC_NOT_FOUND: note(false, 'there is no topic of that name', 'create it, or stop'),
  PARTITION_NOT_FOUND: note(
    false,
    'the topic has no partition of that number',
    'look up how many it has with describeTopics',
  ),
  TOPIC_EXISTS: note(false, 'a topic of that name exists already', 'go on, if it is the one that was meant'),
  OFFSET_OUT_OF_RANGE: note(
    false,
    'the offset lies outside of the log; details.startOffset and endOffset are its ends',
    'begin again at one of the ends',
  ),
  UNEXPECTED_OFFSET: note(
    false,
    'a conditional append found another log end offset',
    'read what came, decide again',
  ),
  OUT_OF_ORDER_SEQUENCE: note(
    false,
    'a batch was stored before, but the broker no longer knows at which offset',
    'treat the records as stored, or look for them in the log',
  ),
  PRODUCER_FENCED: note(
    false,
    'a newer epoch of the same producer id has written',
    'close the producer and make a new one',
  ),
  UNKNOWN_PRODUCER: note(
    false,
    'the partition has forgotten the producer id',
    'nothing: the producer begins with a new id by itself',
  ),
  CORRUPT_BATCH: note(
    false,
    'stored bytes are damaged; details.startOffset and endOffset enclose the damage',
    'call an operator; to read on behind the damage, begin at endOffset or set onDataLoss',
  ),
  APPEND_QUEUE_FULL: note(
    true,
    'more appends wait for the disk than the broker allows',
    'back off; the producer does so by itself until deliveryTimeoutMs',
  ),
  DISK_FULL: note(
    true,
    "the broker's disk is full",
    'make room; the producer tries again by itself until deliveryTimeoutMs',
  ),
  TOO_MANY: note(
    true,
    'a limit on the number of something is reached; details.what and limit name it',
    'close some, or raise the limit on the broker',
  ),
  PARTITION_OFFLINE: note(
    true,
    'a write or sync of the partition failed, and it takes no more appends',
    'look at the disk and restart the broker',
  ),
  SHUTTING_DOWN: note(true, 'the broker is ending', 'try again when it is back'),
  INTERNAL: note(false, 'the broker has a fault', "report it, with the broker's log"),
  INVALID_GROUP_NAME: note(false, 'a group may not have that name', 'choose another name'),
  GROUP_NOT_FOUND: note(
    false,
    'there is no group of that name: no members, no committed offsets, no snapshots',
    'check the name, or stop',
  ),
  GROUP_NOT_EMPTY: note(
    false,
    'the group has members, and what was asked for needs a group without',
    'stop its members, or reset it live',
  ),
  SNAPSHOT_NOT_FOUND: note(
    false,
    'the group has no snapshot of that name',
    'look them up with listSnapshots',
  ),
  SNAPSHOT_EXISTS: note(false, 'the group has a snapshot of that name', 'choose another name'),
  MEMBER_EXPELLED: note(
    true,
    'the broker has expelled the member: it was silent, or did not release what was revoked, for too long',
    'nothing: the consumer joins again by itself; if it happens often, raise sessionTimeoutMs or revocationTimeoutMs',
  ),
  STALE_GENERATION: note(
    false,
    'a commit comes from before a rebalance or a reset; it was not stored',
    'nothing: the records come again, here or elsewhere',
  ),
  PARTITION_NOT_OWNED: note(
    false,
    'a commit is for a partition that this member does not own; it was not stored',
    'nothing: the partition has moved, and its records come again there',
  ),
  INSTANCE_FENCED: note(
    false,
    'another process has joined with the same instanceId',
    'end this one; give each process an instanceId of its own',
  ),
  NO_COMMITTED_OFFSET: note(
    false,
    'the group has no committed offset for a partition, and there is nothing to fall back to',
    'commit or reset offsets, or set another offsetReset',
  ),
  UNAVAILABLE: note(
    true,
    'the broker cannot be reached, or the connection was lost',
    'try again; a call that changes something may have been carried out',
  ),
  DEADLINE_EXCEEDED: note(
    true,
    'no answer came within timeoutMs',
    'try again or wait longer; a call that changes something may have been carried out',
  ),
  DELIVERY_TIMEOUT: note(
    true,
    'a record was not acknowledged within deliveryTimeoutMs; outcomeUnknown says whether it may be stored all the same',
    'send it again, if a duplicate is harmless or outcomeUnknown is false',
  ),
  BUFFER_FULL: note(
    true,
    'a record was handed to a producer whose buffer is full',
    'wait for producer.ready(), or raise maxBufferedBytes',
  ),
  CLOSED: note(false, 'the client or producer is closed', 'make a new one'),
  UNAUTHENTICATED: note(
    false,
    'the broker, or a proxy before it, wants credentials',
    'configure tls with a client certificate',
  ),
  PERMISSION_DENIED: note(false, 'the broker, or a proxy before it, refuses this client', 'ask its operator'),
  UNIMPLEMENTED: note(
    false,
    'the server does not know the call: it is older, or no broker',
    'check the address and the version',
  ),
  UNKNOWN: note(false, 'an answer that this version does not know', 'read the message and the cause'),
});

/**
 * The facts behind an error, by name. Offsets, sizes and other numbers are numbers, names are strings. Which names a code carries is
 * documented with the code in `respool/v1/error.proto`.
 */
export type RespoolErrorDetails = Readonly<Record<string, string | number>>;

/** What an error is made with besides code and message. */
export interface RespoolErrorOptions {
  details?: RespoolErrorDetails;
  /** The error that led to this one. */
  cause?: unknown;
  /** True if the records may be stored although the call failed. */
  outcomeUnknown?: boolean;
}

/** The one error that this package throws on purpose. Anything else is a fault of the package, or was thrown by the caller's own code. */
export class RespoolError extends Error {
  override readonly name = 'RespoolError';
  /** What went wrong; see {@link ERROR_CODES}. */
  readonly code: RespoolErrorCode;
  /** The facts behind the message. */
  readonly details: RespoolErrorDetails;
  /** True if what was asked for may have happened all the same: the answer was lost, not the request. */
  readonly outcomeUnknown: boolean;

  constructor(code: RespoolErrorCode, message: string, options: RespoolErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.outcomeUnknown = options.outcomeUnknown ?? false;
  }

  /** True if the same call may succeed later without being changed. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }

  /** What the caller should do, as a sentence without a full stop. */
  get advice(): string {
    return ERROR_CODES[this.code].advice;
  }
}

function note(retryable: boolean, when: string, advice: string): ErrorCodeNote {
  return Object.freeze({ retryable, when, advice });
}

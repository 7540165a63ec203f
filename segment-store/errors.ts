/**
 * What the log refuses, and why.
 *
 * Every error that leaves this layer on purpose is a {@link StoreError}: a stable code for programs, a sentence for people, and the
 * facts behind it as typed details. Anything else that is thrown is a fault of ours.
 */

/** The details that each code carries. Offsets are half-open bounds; sizes are bytes. */
export interface StoreErrorDetails {
  /** A value is malformed or out of bounds; mend the call. */
  INVALID_ARGUMENT: { field: string };
  /** The topic's name is not allowed, or is kept for internal topics; choose another. */
  INVALID_TOPIC_NAME: { topic: string };
  /** The batch does not hold what its header says; nothing was stored; mend the encoder. */
  INVALID_BATCH: { topic: string; partition: number; reason: string };
  /** A record or batch is over the topic's limit; send less, or raise `maxBatchBytes`. */
  RECORD_TOO_LARGE: { sizeBytes: number; limitBytes: number };
  /** No topic of that name; create it or stop. */
  TOPIC_NOT_FOUND: { topic: string };
  /** The topic has no such partition; look up how many it has. */
  PARTITION_NOT_FOUND: { topic: string; partition: number; partitions: number };
  /** There is a topic of that name; done, if it is the one that was meant. */
  TOPIC_EXISTS: { topic: string };
  /** The offset lies outside of `startOffset`..`endOffset`; apply a reset policy. */
  OFFSET_OUT_OF_RANGE: {
    topic: string;
    partition: number;
    offset: number;
    startOffset: number;
    endOffset: number;
  };
  /** A conditional append found another end; read what came, decide again. */
  UNEXPECTED_OFFSET: { topic: string; partition: number; expectedOffset: number; endOffset: number };
  /** A batch is missing before this one; send again from `expectedSequence`. */
  OUT_OF_ORDER_SEQUENCE: {
    topic: string;
    partition: number;
    producerId: number;
    expectedSequence: number;
    sequence: number;
  };
  /** A newer epoch of this producer id has written; this producer must end. */
  PRODUCER_FENCED: { producerId: number; producerEpoch: number; currentEpoch: number };
  /** The partition does not know the producer and this is not its first batch; begin with a new producer id. */
  UNKNOWN_PRODUCER: { topic: string; partition: number; producerId: number; sequence: number };
  /** Stored bytes of `startOffset`..`endOffset` are damaged; go on at `endOffset`, or stop and call an operator. */
  CORRUPT_BATCH: { topic: string; partition: number; startOffset: number; endOffset: number };
  /** Too much is waiting to be written; back off and send again. */
  APPEND_QUEUE_FULL: { limitBytes: number };
  /** No room on the disk; back off, appends work again when there is room. */
  DISK_FULL: Record<string, never>;
  /** A limit on the number of `what` is reached; back off, or raise the option. */
  TOO_MANY: { what: string; limit: number };
  /** The partition stopped after a failed write or sync; an operator restarts the broker. */
  PARTITION_OFFLINE: { topic: string; partition: number };
  /** The store is closing; try again, elsewhere or later. */
  SHUTTING_DOWN: Record<string, never>;
  /** Another process holds the data directory; only thrown when opening. */
  DATA_DIRECTORY_LOCKED: { dataDir: string; holder: string };
  /** The data directory's format is newer than this release; only thrown when opening, nothing was written. */
  UNSUPPORTED_FORMAT: { dataDir: string; found: number; supported: number };
}

export type StoreErrorCode = keyof StoreErrorDetails;

/** An error of the log; `code` decides, `message` explains, `details` holds the facts. */
export class StoreError<C extends StoreErrorCode = StoreErrorCode> extends Error {
  override readonly name = 'StoreError';
  constructor(
    readonly code: C,
    message: string,
    readonly details: StoreErrorDetails[C],
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** True if `error` is a {@link StoreError} of that code; narrows its details. */
export function isStoreError<C extends StoreErrorCode>(error: unknown, code: C): error is StoreError<C> {
  return error instanceof StoreError && error.code === code;
}

/**
 * What the clients of a log did and saw, in a form that can be checked afterwards.
 *
 * Moments are whole numbers from one counter: a call that `begun` at a greater moment than another `ended` came after it. Values are what a
 * record holds, byte for byte (latin1), and unique within a history: the same value twice means the same record sent again.
 */

/** `unknown`: no answer, it may or may not have happened, now or until the next restart. `fail`: an answer that says it did not happen. */
export type Outcome = 'ok' | 'fail' | 'unknown';

/** One attempt to append one batch. */
export interface SendCall {
  partition: string;
  /** Sequence numbers protect this value: however often it is sent, it is stored once. */
  idempotent: boolean;
  /** One for each record of the batch. */
  values: readonly string[];
  begun: number;
  /** Undefined while there is no answer. */
  ended: number | undefined;
  outcome: Outcome;
  /** The offset of the first value; there if and only if the outcome is `ok`. */
  baseOffset: number | undefined;
}

/** One answer to one reader. A reader goes forward from where it began; one that seeks is a new reader. */
export interface ReadCall {
  partition: string;
  reader: string;
  begun: number;
  ended: number;
  records: readonly StoredRecord[];
  /** Undefined: it was not shown, or is older than `begun`. */
  highWatermark: number | undefined;
  /** As {@link highWatermark}. */
  logStartOffset: number | undefined;
}

export interface TruncateCall {
  partition: string;
  beforeOffset: number;
  begun: number;
  ended: number | undefined;
  outcome: Outcome;
}

export interface StoredRecord {
  offset: number;
  value: string;
}

/** A partition as read from its beginning to its end, after everything has healed. */
export interface FinalLog {
  partition: string;
  logStartOffset: number;
  endOffset: number;
  /** In the order in which they were read. */
  records: readonly StoredRecord[];
  /** Ranges that answered with damage: half-open. No acknowledged record may lie in one. */
  damaged: readonly { startOffset: number; endOffset: number }[];
  /** Retention was entitled to delete what lies below, and nothing else. 0: nothing. */
  deletableBelow: number;
  /** Of a compacted log: what a value's key is. A record may then be missing if a later one of its key is there. Undefined: the log is not compacted. */
  keyOf?: ((value: string) => string) | undefined;
}

export interface History {
  sends: readonly SendCall[];
  reads: readonly ReadCall[];
  truncations: readonly TruncateCall[];
  logs: readonly FinalLog[];
}

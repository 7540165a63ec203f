/** A record as it is read from the log. Keys and values are views of the Buffer that was read, not copies. */
export interface LogRecord {
  offset: number;
  /** Milliseconds since 1970 UTC. */
  timestampMs: number;
  /** Undefined: null. */
  key: Buffer | undefined;
  /** Undefined: null, which in a compacted topic deletes the key. */
  value: Buffer | undefined;
  /** In order; names may repeat. */
  headers: readonly LogHeader[];
}

export interface LogHeader {
  key: string;
  /** Undefined: null, which differs from empty. */
  value: Buffer | undefined;
}

/** What a key or a value may be written from: bytes, or text that becomes UTF-8. Undefined and null are both null in the log. */
export type Bytes = Uint8Array | string | null | undefined;

/** A record to write. */
export interface NewLogRecord {
  /** Milliseconds since 1970 UTC; a safe integer, not negative. */
  timestampMs: number;
  key?: Bytes;
  value?: Bytes;
  /** In order; names may repeat. */
  headers?: readonly NewLogHeader[] | undefined;
}

export interface NewLogHeader {
  key: string;
  value?: Bytes;
}

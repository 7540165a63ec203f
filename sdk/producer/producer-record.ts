import type { Bytes, NewLogHeader, NewLogRecord } from '../../proto/record-batch/index.js';
import { checkInteger, checkText } from '../connection/index.js';

/** A record's headers: an object, or a list where names repeat. Values are bytes, text that becomes UTF-8, or null. */
export type RecordHeaders = Readonly<Record<string, Bytes>> | readonly NewLogHeader[];

/**
 * A record to send. The producer borrows it, with the Buffers in it: it copies them when there is room and the topic is known, which may be at once. Do not
 * change them before `send` has resolved, or after `write` before the next `flush` has.
 */
export interface ProducerRecord {
  /** The topic to append to. */
  topic: string;
  /** Bytes, or text that becomes UTF-8. Absent or null: the record has no key. */
  key?: Bytes;
  /** Bytes, or text that becomes UTF-8. Absent or null: null, which in a compacted topic deletes the key. */
  value?: Bytes;
  /** What goes with the value. */
  headers?: RecordHeaders | undefined;
  /** The partition, from 0. Absent: by the key, or without one whichever is being filled. */
  partition?: number | undefined;
  /**
   * Milliseconds since 1970 UTC.
   * @default now
   */
  timestampMs?: number | undefined;
}

/** Where a record was stored. */
export interface Delivery {
  topic: string;
  partition: number;
  offset: number;
  /** The record's time, milliseconds since 1970 UTC. */
  timestampMs: number;
}

/** Checks what the encoder does not. INVALID_ARGUMENT. */
export function checkRecord({ topic, partition }: ProducerRecord): void {
  if (typeof topic !== 'string' || topic.length === 0) checkText('topic', topic);
  if (partition !== undefined) checkInteger('partition', partition, 0, 2 ** 31 - 1);
}

/** As the encoder wants it. `key` replaces the record's, where its bytes are at hand already. */
export function toLogRecord(
  { key, value, headers, timestampMs }: ProducerRecord,
  keyBytes?: Uint8Array,
): NewLogRecord {
  return {
    timestampMs: timestampMs ?? Date.now(),
    key: keyBytes ?? key,
    value,
    headers: headers === undefined ? undefined : headerList(headers),
  };
}

/** Headers as a list. */
export function headerList(headers: RecordHeaders): readonly NewLogHeader[] {
  return Array.isArray(headers) ? headers : Object.entries(headers).map(([key, value]) => ({ key, value }));
}

/** About how many bytes a record takes, before anything is known of the batch that it will be in. */
export function approximateBytes({ key, value, headers }: ProducerRecord): number {
  const ofHeaders =
    headers === undefined
      ? 0
      : headerList(headers).reduce((sum, { key, value }) => sum + 4 + key.length + lengthOf(value), 0);
  return 16 + lengthOf(key) + lengthOf(value) + ofHeaders;
}

function lengthOf(bytes: Bytes): number {
  return bytes?.length ?? 0;
}

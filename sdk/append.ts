import { logService, type respool } from '../proto/index.js';
import type { Bytes } from '../proto/record-batch/index.js';
import {
  type CallOptions,
  type Connection,
  checkInteger,
  checkText,
  invalidOption,
  OUTCOME_UNKNOWN,
  RespoolError,
} from './connection/index.js';
import { type Delivery, headerList, type RecordHeaders } from './producer/index.js';

/** A record of {@link AppendRequest}. */
export interface AppendRecord {
  /** Bytes, or text that becomes UTF-8. Absent or null: the record has no key. */
  key?: Bytes;
  /** Bytes, or text that becomes UTF-8. Absent or null: null. */
  value?: Bytes;
  /** What goes with the value. */
  headers?: RecordHeaders | undefined;
  /** The partition, from 0. Absent: by the key, or without one whichever the broker chooses for the whole call. */
  partition?: number | undefined;
  /**
   * Milliseconds since 1970 UTC.
   * @default the broker's clock
   */
  timestampMs?: number | undefined;
}

/** What to append in one call. */
export interface AppendRequest {
  topic: string;
  /** In order; at least one. */
  records: readonly AppendRecord[];
  /** Append only if the log's end offset is exactly this; then all records must be of one partition. */
  expectedOffset?: number | undefined;
}

/** See `Respool.append`. */
export async function append(
  connection: Connection,
  { topic, records, expectedOffset }: AppendRequest,
  options?: CallOptions,
): Promise<Delivery[]> {
  checkText('topic', topic);
  if (!Array.isArray(records) || records.length === 0) {
    throw invalidOption('records', records, 'it must be a list of at least one record');
  }
  if (expectedOffset !== undefined) checkInteger('expectedOffset', expectedOffset, 0);
  const request = {
    topic,
    records: records.map(toNewRecord),
    ...(expectedOffset === undefined ? {} : { expectedOffset }),
  };
  const { positions } = await connection
    .unary('Append', logService.Append, request, options)
    .catch((error) => {
      throw withOutcome(error, records.length);
    });
  return positions.map(({ partition, offset, timestampMs }) => ({
    topic,
    partition: partition ?? 0,
    offset: offset ?? 0,
    timestampMs: timestampMs ?? 0,
  }));
}

/** Several records may be for several partitions, and then some of them may be stored although the others were refused. */
function withOutcome(error: unknown, records: number): unknown {
  if (!(error instanceof RespoolError)) return error;
  const { code, message, details, retryable } = error;
  const outcomeUnknown = OUTCOME_UNKNOWN.has(code) || (records > 1 && retryable);
  return outcomeUnknown ? new RespoolError(code, message, { details, cause: error, outcomeUnknown }) : error;
}

function toNewRecord(record: AppendRecord, i: number): respool.v1.NewRecord.$Properties {
  const { key, value, headers = [], partition, timestampMs } = record;
  if (partition !== undefined) checkInteger(`records[${i}].partition`, partition, 0, 2 ** 31 - 1);
  if (timestampMs !== undefined) checkInteger(`records[${i}].timestampMs`, timestampMs, 0);
  return {
    key: toBytes(`records[${i}].key`, key),
    value: toBytes(`records[${i}].value`, value),
    headers: headerList(headers).map((header) => ({
      key: header.key,
      value: toBytes(`records[${i}].headers`, header.value),
    })),
    partition: partition ?? null,
    timestampMs: timestampMs ?? null,
  };
}

function toBytes(name: string, bytes: Bytes): Uint8Array | null {
  if (bytes === undefined || bytes === null) return null;
  if (typeof bytes === 'string') return Buffer.from(bytes);
  if (bytes instanceof Uint8Array) return bytes;
  throw invalidOption(name, bytes, 'it must be bytes, a string, null or undefined');
}

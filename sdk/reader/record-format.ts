import { respool } from '../../proto/index.js';
import type { Bytes } from '../../proto/record-batch/index.js';
import type { RecordFilter } from './fetch-options.js';
import type { ReceivedRecord, RecordRun } from './fetched-batch.js';
import type { FetchFormat, PartitionRange, Piece } from './partition-fetch.js';

type FetchResponse = respool.v1.FetchResponse;
type FetchedRecord = respool.v1.FetchedRecord.$Properties;
type WireHeader = respool.v1.Header.$Properties;

/** Plain records that match a filter, decoded by the broker. */
export function recordFormat(filter: RecordFilter): FetchFormat<RecordRun> {
  return {
    request: { format: respool.v1.FetchFormat.FETCH_FORMAT_RECORDS, filter: toWireFilter(filter) },
    *pieces(range: PartitionRange, response: FetchResponse, nextOffset: number): Generator<Piece<RecordRun>> {
      const records = response.records
        .map((record) => toReceivedRecord(range, record))
        .filter(({ offset }) => offset >= nextOffset && offset < range.endOffset);
      if (records.length > 0) yield { value: { records: () => records }, nextOffset: response.nextOffset };
    },
  };
}

function toWireFilter({ key, headers = {} }: RecordFilter): respool.v1.RecordFilter.$Properties {
  return {
    ...(key === undefined || key === null ? {} : { key: toBytes(key) }),
    headers: Object.entries(headers).map(([name, value]) => toWireHeader(name, value)),
  };
}

function toWireHeader(key: string, value: Bytes): WireHeader {
  return value === undefined || value === null ? { key } : { key, value: toBytes(value) };
}

function toReceivedRecord({ topic, partition }: PartitionRange, record: FetchedRecord): ReceivedRecord {
  return {
    topic,
    partition,
    offset: record.offset ?? 0,
    timestampMs: record.timestampMs ?? 0,
    key: toBuffer(record.key),
    value: toBuffer(record.value),
    headers: (record.headers ?? []).map(({ key, value }) => ({ key: key ?? '', value: toBuffer(value) })),
  };
}

function toBytes(bytes: Uint8Array | string): Uint8Array {
  return typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
}

function toBuffer(bytes: Uint8Array | null | undefined): Buffer | undefined {
  return bytes === null || bytes === undefined
    ? undefined
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

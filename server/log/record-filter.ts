/** Which records a Fetch wants. */
import type { respool } from '../../proto/index.js';
import type { LogHeader, LogRecord } from '../../proto/record-batch/index.js';
import { invalidArgument } from '../rpc/wire-number.js';

export type RecordFilter = (record: LogRecord) => boolean;

type FilterMessage = respool.v1.RecordFilter.$Properties;

/** Compared with every header of every record: more would be slow, and nobody needs them. */
const MAX_FILTER_HEADERS = 32;

/** The filter as a function; undefined if it lets everything pass. INVALID_ARGUMENT beyond 32 headers. */
export function recordFilter(filter: FilterMessage | null | undefined): RecordFilter | undefined {
  const key = filter?.key;
  const headers = filter?.headers ?? [];
  if (headers.length > MAX_FILTER_HEADERS) {
    throw invalidArgument(
      'filter.headers',
      `has ${headers.length} entries; it may have ${MAX_FILTER_HEADERS}`,
    );
  }
  if (!key && headers.length === 0) return undefined;
  return (record) =>
    (!key || record.key?.equals(key) === true) &&
    headers.every((wanted) => record.headers.some((header) => isSuch(header, wanted)));
}

function isSuch(header: LogHeader, { key, value }: respool.v1.Header.$Properties): boolean {
  return header.key === (key ?? '') && (!value || header.value?.equals(value) === true);
}

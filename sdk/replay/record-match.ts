import type { Bytes, RecordCursor } from '../../proto/record-batch/index.js';
import type { RecordFilter } from '../reader/index.js';

/** Whether the record that a cursor is on is wanted. */
export type RecordMatch = (cursor: RecordCursor) => boolean;

/** What a filter asks for; without one, everything. */
export function recordMatch(filter: RecordFilter | undefined): RecordMatch {
  const key = bytesOf(filter?.key);
  const headers = Object.entries(filter?.headers ?? {}).map(([name, value]) => ({
    name,
    value: bytesOf(value),
  }));
  return (cursor) => {
    if (key !== undefined && !cursor.key()?.equals(key)) return false;
    if (headers.length === 0) return true;
    const present = cursor.headers();
    return headers.every(({ name, value }) =>
      present.some((header) => header.key === name && (value === undefined || header.value?.equals(value))),
    );
  };
}

function bytesOf(bytes: Bytes): Buffer | undefined {
  return bytes === undefined || bytes === null ? undefined : Buffer.from(bytes as Uint8Array);
}

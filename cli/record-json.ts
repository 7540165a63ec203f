/** Bytes of records in JSON: as text where they are UTF-8, else as base64 under a name that says so. */
import { isUtf8 } from 'node:buffer';

/** What {@link jsonBytes} and {@link jsonHeaders} put into a record. */
export type JsonBytes = string | number | null | Record<string, string | null>[];

/** `{ key: 'text' }`, `{ key: null }` or `{ keyBase64: '…' }`. */
export function jsonBytes(name: string, bytes: Buffer | null | undefined): Record<string, string | null> {
  if (bytes == null) return { [name]: null };
  return isUtf8(bytes) ? { [name]: bytes.toString('utf8') } : { [`${name}Base64`]: bytes.toString('base64') };
}

/** `{ headers: [{ key, value }] }`, or nothing if there are none. */
export function jsonHeaders(headers: readonly { key: string; value: Buffer | null | undefined }[]): {
  headers?: Record<string, string | null>[];
} {
  if (headers.length === 0) return {};
  return { headers: headers.map(({ key, value }) => ({ key, ...jsonBytes('value', value) })) };
}

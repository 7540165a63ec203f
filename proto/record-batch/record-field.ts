/** The fields of a record that have a length: key, value, and the names and values of headers. Text becomes UTF-8. */
import type { Bytes } from './log-record.js';
import { sizeOfVarint, writeVarint } from './varint.js';

/** Up to this length a loop over the characters beats a call out of JavaScript. */
const SHORT_TEXT = 16;

/** What a key or value takes without its length field; −1 for null. TypeError, with `name`, if it is neither. */
export function sizeOfBytes(name: string, bytes: Bytes): number {
  if (bytes === undefined || bytes === null) return -1;
  if (typeof bytes === 'string') return sizeOfText(bytes);
  if (bytes instanceof Uint8Array) return bytes.length;
  throw new TypeError(
    `a record's ${name} must be bytes, a string, null or undefined; it is a ${typeof bytes}`,
  );
}

/** What a header's name takes without its length field. TypeError if it is none. */
export function sizeOfName(key: string): number {
  if (typeof key === 'string') return sizeOfText(key);
  throw new TypeError(
    `a record's header name must be a string; it is ${key === null ? 'null' : `a ${typeof key}`}`,
  );
}

function sizeOfText(text: string): number {
  if (text.length <= SHORT_TEXT && isAscii(text)) return text.length;
  return Buffer.byteLength(text);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** What a field takes with its length field; `bytes` as {@link sizeOfBytes} gives it. */
export function sizeOfField(bytes: number): number {
  return bytes < 0 ? 1 : sizeOfVarint(bytes) + bytes;
}

/** Writes a field of `size` bytes, as {@link sizeOfBytes} gave it, with its length before it; returns the position behind it. */
export function writeField(target: Buffer, bytes: Bytes, size: number, at: number): number {
  const start = writeVarint(target, size, at);
  if (size > 0) {
    if (typeof bytes === 'string') writeText(target, bytes, size, start);
    else target.set(bytes as Uint8Array, start);
  }
  return size > 0 ? start + size : start;
}

function writeText(target: Buffer, text: string, size: number, at: number): void {
  if (size !== text.length) target.write(text, at, size, 'utf8');
  else if (size > SHORT_TEXT) target.write(text, at, size, 'latin1');
  else for (let i = 0; i < size; i++) target[at + i] = text.charCodeAt(i);
}

import type { respool } from '../../proto/index.js';
import { invalidOption } from '../connection/index.js';

/**
 * A place in a partition.
 * - a number or `{ offset }`: that offset;
 * - a `Date` or `{ timestampMs }`: the first record whose time is this or later (milliseconds since 1970 UTC); the end of the log if there is none;
 * - `'earliest'`: the log start offset, the first that can be read;
 * - `'latest'`: the high watermark, behind the last that can be read.
 */
export type Position = 'earliest' | 'latest' | number | Date | { offset: number } | { timestampMs: number };

/** To a message. INVALID_ARGUMENT, naming `name`, if it is none of the above. */
export function toWirePosition(name: string, position: Position): respool.v1.Position.$Properties {
  if (position === 'earliest') return { earliest: {} };
  if (position === 'latest') return { latest: {} };
  if (typeof position === 'number') return { offset: whole(name, position) };
  if (position instanceof Date) return { timestampMs: whole(name, position.getTime()) };
  if (typeof position === 'object' && position !== null) {
    if ('offset' in position) return { offset: whole(`${name}.offset`, position.offset) };
    if ('timestampMs' in position) {
      return { timestampMs: whole(`${name}.timestampMs`, position.timestampMs) };
    }
  }
  throw invalidOption(
    name,
    position,
    "it must be 'earliest', 'latest', an offset, a Date, { offset } or { timestampMs }",
  );
}

/** The offset that a position names by itself, without asking the broker. */
export function offsetOf(position: Position): number | undefined {
  if (typeof position === 'number') return position;
  return typeof position === 'object' && 'offset' in position ? position.offset : undefined;
}

function whole(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw invalidOption(name, value, 'it must be a whole number of 0 or more');
}

/**
 * A bound on how many fields a message holds, checked before it is decoded.
 *
 * Why: bytes bound the memory of a message but not the work. Four megabytes of two-byte fields are two million objects, a quarter of a second of
 * everybody's event loop. The scan skips over what fields hold, creates nothing, and stops at the limit.
 */

/** Which fields hold messages that are scanned as well: field number → their own such fields. */
export interface MessageShape {
  readonly [field: number]: MessageShape;
}

/** The shape of a repeated number: packed, one field holds millions. Each of its bytes is counted, as none can hold more than one. */
export const PACKED: MessageShape = Object.freeze({});

/** The most fields of one message, those of messages within it included. Some 20,000 records with key and value, or 16,000 batches. */
export const MAX_FIELDS = 100_000;

/** A message holds more than {@link MAX_FIELDS}, or is not protobuf at all. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
}

/** Throws {@link MalformedMessageError} if `bytes` hold more than `limit` fields or end in the middle of one. */
export function checkFieldCount(bytes: Buffer, shape: MessageShape, limit: number = MAX_FIELDS): void {
  scan({ bytes, pos: 0, fieldsLeft: limit, limit }, bytes.length, shape);
}

interface Scan {
  bytes: Buffer;
  pos: number;
  fieldsLeft: number;
  limit: number;
}

function scan(state: Scan, end: number, shape: MessageShape): void {
  while (state.pos < end) {
    count(state, 1);
    const key = readVarint32(state, end);
    const fieldEnd = endOfField(state, key & 7, end);
    const inner = shape[key >>> 3];
    if (inner && (key & 7) === 2) {
      if (inner === PACKED) count(state, fieldEnd - state.pos);
      else scan(state, fieldEnd, inner);
    }
    state.pos = fieldEnd;
  }
}

function count(state: Scan, fields: number): void {
  state.fieldsLeft -= fields;
  if (state.fieldsLeft < 0)
    throw new MalformedMessageError(`the message holds more than ${state.limit} fields`);
}

/** Where the field whose tag was just read ends. Groups count as their parts: a start and an end of no length. */
function endOfField(state: Scan, wireType: number, end: number): number {
  if (wireType === 0) return endOfVarint(state, end);
  if (wireType === 3 || wireType === 4) return state.pos;
  const length = wireType === 2 ? readVarint32(state, end) : FIXED_BYTES[wireType];
  if (length === undefined) throw new MalformedMessageError(`there is no wire type ${wireType}`);
  if (length > end - state.pos) {
    throw new MalformedMessageError('a field is longer than what holds it');
  }
  return state.pos + length;
}

const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

function endOfVarint(state: Scan, end: number): number {
  const last = Math.min(end, state.pos + 10);
  for (let pos = state.pos; pos < last; ) if (state.bytes[pos++]! < 128) return pos;
  throw new MalformedMessageError('a varint is longer than ten bytes, or cut off');
}

function readVarint32(state: Scan, end: number): number {
  let value = 0;
  for (let shift = 0; shift < 35 && state.pos < end; shift += 7) {
    const byte = state.bytes[state.pos++]!;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return Math.min(value, 0xffffffff);
  }
  throw new MalformedMessageError('a tag or a length is too large, or cut off');
}

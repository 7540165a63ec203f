/**
 * The parts of protobuf's wire format that the gather codecs write themselves: tags, varints, strings and bytes. Every `…Bytes` tells how
 * many bytes the `write…` of the same name takes; every `write…` returns the position behind what it wrote.
 */

export const VARINT = 0;
export const LENGTH_DELIMITED = 2;

const TWO_32 = 2 ** 32;

/** A field's tag. One byte for fields up to 15, which are all that we write. */
export function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

/** Bytes of a whole number as a varint. Negative numbers are int64 in two's complement: always ten. */
export function varintBytes(value: number): number {
  if (value < 0) return 10;
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** Writes a safe integer. */
export function writeVarint(target: Buffer, value: number, at: number): number {
  if (value < 0) return writeNegative(target, value, at);
  let rest = value;
  let pos = at;
  // Beyond 32 bits the bit operators lie, so divide down to there first.
  for (; rest >= TWO_32; rest = Math.floor(rest / 128)) target[pos++] = (rest % 128) | 128;
  for (; rest >= 128; rest = Math.floor(rest / 128)) target[pos++] = (rest & 127) | 128;
  target[pos++] = rest;
  return pos;
}

function writeNegative(target: Buffer, value: number, at: number): number {
  let rest = BigInt.asUintN(64, BigInt(value));
  let pos = at;
  for (; rest >= 128n; rest >>= 7n) target[pos++] = Number(rest & 127n) | 128;
  target[pos++] = Number(rest);
  return pos;
}

/** Bytes of a field that is a varint; none for 0, which is the default. */
export function varintFieldBytes(value: number): number {
  return value === 0 ? 0 : 1 + varintBytes(value);
}

export function writeVarintField(target: Buffer, field: number, value: number, at: number): number {
  if (value === 0) return at;
  target[at] = tag(field, VARINT);
  return writeVarint(target, value, at + 1);
}

/** Bytes of a length-delimited field that holds `length` bytes. */
export function delimitedFieldBytes(length: number): number {
  return 1 + varintBytes(length) + length;
}

/** Writes the tag and the length; the caller writes the `length` bytes. */
export function writeDelimitedHead(target: Buffer, field: number, length: number, at: number): number {
  target[at] = tag(field, LENGTH_DELIMITED);
  return writeVarint(target, length, at + 1);
}

/** Writes a field that holds bytes: the one copy. */
export function writeBytesField(target: Buffer, field: number, bytes: Uint8Array, at: number): number {
  const start = writeDelimitedHead(target, field, bytes.length, at);
  target.set(bytes, start);
  return start + bytes.length;
}

/** Writes a field that holds text of `length` bytes of UTF-8; nothing for none. */
export function writeStringField(
  target: Buffer,
  field: number,
  text: string,
  length: number,
  at: number,
): number {
  if (length === 0) return at;
  const start = writeDelimitedHead(target, field, length, at);
  return start + target.write(text, start, 'utf8');
}

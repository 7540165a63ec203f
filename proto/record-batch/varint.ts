/**
 * Writing varints: 7 bits a byte, least significant first, the top bit set in all but the last, of a zig-zag number. See `record-cursor.ts` for reading.
 */

/** How many bytes an int32 takes. */
export function sizeOfVarint(value: number): number {
  const bits = 31 - Math.clz32(((value << 1) ^ (value >> 31)) | 1);
  return ((bits / 7) | 0) + 1;
}

/** Writes an int32 at `at`, where there must be room; returns the position behind it. */
export function writeVarint(bytes: Uint8Array, value: number, at: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

/** How many bytes a safe integer takes. */
export function sizeOfVarlong(value: number): number {
  if (isInt32(value)) return sizeOfVarint(value);
  let size = 1;
  for (let rest = Math.floor(magnitudeOf(value) / 2 ** 6); rest > 0; rest = Math.floor(rest / 2 ** 7)) size++;
  return size;
}

/** Writes a safe integer at `at`, where there must be room; returns the position behind it. */
export function writeVarlong(bytes: Uint8Array, value: number, at: number): number {
  if (isInt32(value)) return writeVarint(bytes, value, at);
  const magnitude = magnitudeOf(value);
  // The zig-zag number is twice the magnitude plus the sign: formed by bits here, as it may be beyond the safe integers.
  let low = ((magnitude % 2 ** 6) << 1) | (value < 0 ? 1 : 0);
  let rest = Math.floor(magnitude / 2 ** 6);
  while (rest > 0) {
    bytes[at++] = low | 0x80;
    low = rest % 2 ** 7;
    rest = Math.floor(rest / 2 ** 7);
  }
  bytes[at++] = low;
  return at;
}

function isInt32(value: number): boolean {
  return value === (value | 0);
}

function magnitudeOf(value: number): number {
  return value < 0 ? -value - 1 : value;
}

/**
 * An entry of the view: a record of the journal, under the journal's own key, with a checksum, as LMDB has none.
 *
 *     key    the record's key
 *     value  crc32c uint32 of key and record value, then the record's value
 *
 * Deleted keys have no entry.
 */
import { crc32, crc32c } from '@node-rs/crc32';

const CRC_BYTES = 4;

/** The value to store. */
export function sealEntry(key: Buffer, recordValue: Buffer): Buffer {
  const value = Buffer.allocUnsafe(CRC_BYTES + recordValue.length);
  value.writeUInt32BE(crc32c(recordValue, crc32c(key)));
  recordValue.copy(value, CRC_BYTES);
  return value;
}

/** A view of the record's value; undefined if the checksum does not match. */
export function openEntry(key: Buffer, value: Buffer): Buffer | undefined {
  if (value.length < CRC_BYTES) return undefined;
  const recordValue = value.subarray(CRC_BYTES);
  return crc32c(recordValue, crc32c(key)) === value.readUInt32BE(0) ? recordValue : undefined;
}

/**
 * A digest of a set of entries, whatever their order, that follows as they come and go: what a checksum in each of them cannot tell is that one is missing, or is
 * an older one that was right once. 64 bits, in two halves of different polynomials.
 */
export class ViewDigest {
  entries = 0;
  low = 0;
  high = 0;

  add(key: Buffer, recordValue: Buffer): void {
    this.#fold(key, recordValue, 1);
  }

  /** Takes out what was added with the same arguments. */
  remove(key: Buffer, recordValue: Buffer): void {
    this.#fold(key, recordValue, -1);
  }

  equals(other: Pick<ViewDigest, 'entries' | 'low' | 'high'>): boolean {
    return this.entries === other.entries && this.low === other.low && this.high === other.high;
  }

  #fold(key: Buffer, recordValue: Buffer, sign: 1 | -1): void {
    this.entries += sign;
    this.low = (this.low + sign * scramble(crc32c(recordValue, crc32c(key)))) >>> 0;
    this.high = (this.high + sign * scramble(crc32(recordValue, crc32(key)))) >>> 0;
  }
}

/** Checksums are linear: sums of them would tell less. The last steps of MurmurHash 3. */
function scramble(crc: number): number {
  let hash = crc ^ (crc >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

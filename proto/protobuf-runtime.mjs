/**
 * protobufjs as the generated code uses it, but reading 64-bit integers as numbers.
 *
 * Why: protobufjs reads them as `Long` objects as soon as any package has installed `long`, whatever the code was generated for. Numbers
 * are several times faster, and exact for all that the API knows (below 2^53); what is beyond becomes an unsafe integer, which the edge refuses.
 */
import protobuf from 'protobufjs/minimal.js';

const TWO_32 = 2 ** 32;

class NumberReader extends protobuf.BufferReader {
  static create(buffer) {
    return new NumberReader(
      Buffer.isBuffer(buffer) ? buffer : Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength),
    );
  }

  /** Fields that this release does not know are dropped, not kept. */
  discardUnknown = true;

  uint64() {
    return this.#varint(unsigned);
  }

  int64() {
    return this.#varint(signed);
  }

  sint64() {
    return this.#varint(zigZag);
  }

  /** A varint of up to ten bytes. The fifth straddles the two halves: its low four bits belong to `low`. */
  #varint(numberOf) {
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      if (this.pos >= this.len) throw new RangeError('index out of range: a varint is cut off');
      const byte = this.buf[this.pos++];
      const bits = byte & 127;
      if (i < 4) low += bits << (7 * i);
      else if (i > 4) high = (high | (bits << (7 * i - 32))) >>> 0;
      else {
        low += (bits & 15) * 2 ** 28;
        high = bits >>> 4;
      }
      if (byte < 128) return numberOf(high, low);
    }
    throw new Error('invalid varint encoding');
  }
}

function unsigned(high, low) {
  return high * TWO_32 + low;
}

function signed(high, low) {
  return (high | 0) * TWO_32 + low;
}

/** 0, −1, 1, −2 … as 0, 1, 2, 3 …; halved before it is put together, so that all that is safe comes out exact. */
function zigZag(high, low) {
  const half = high * (TWO_32 / 2) + Math.floor(low / 2);
  return low % 2 === 0 ? half : -half - 1;
}

export default {
  Reader: NumberReader,
  Writer: protobuf.Writer,
  // The generated code takes the defaults of 64-bit fields from here: 0, if there is no Long.
  util: Object.create(protobuf.util, { Long: { value: undefined } }),
  roots: {},
};

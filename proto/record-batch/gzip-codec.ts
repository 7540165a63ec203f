import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Codec } from './codec.js';
import { expandsTooFar, malformedFraming } from './expansion.js';

/** The output is gathered in pieces of this size, each a turn of the event loop. */
const CHUNK_BYTES = 64 * 1024;

/** What `info` adds to a result; the engine counts the input that it has used. */
interface Inflated {
  buffer: Buffer;
  engine: { bytesWritten: number };
}

const deflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip);

/** Gzip, with as many members as there are. zlib takes a limit on what comes out and stops there. */
export const gzip: Codec = {
  compress: (bytes) => deflate(bytes, { chunkSize: CHUNK_BYTES }),

  // The framing says nothing that could be relied on: the size at its end counts the last member only, and may lie.
  checkExpansion() {},

  async decompress(bytes, maxBytes) {
    const { buffer, engine } = await inflate(bytes, maxBytes);
    if (engine.bytesWritten !== bytes.length) {
      throw malformedFraming('gzip', `${bytes.length - engine.bytesWritten} bytes follow the last member`);
    }
    return buffer;
  },
};

function inflate(bytes: Buffer, maxBytes: number): Promise<Inflated> {
  const options = { chunkSize: CHUNK_BYTES, maxOutputLength: Math.max(maxBytes, 1), info: true };
  return new Promise((resolve, reject) => {
    zlib.gunzip(bytes, options, (error, result) => {
      if (error === null) resolve(result as unknown as Inflated);
      else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
        reject(expandsTooFar('gzip', undefined, maxBytes));
      else reject(error);
    });
  });
}

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { usageError } from '../failure.js';

/** Bytes to read, from a file or from standard input. */
export interface Input {
  stream: Readable;
  /** Of a file; undefined where nobody knows. */
  sizeBytes: number | undefined;
  /** True if a person types. */
  isTerminal: boolean;
}

const CHUNK_BYTES = 256 * 1024;

/** Opens a file; `-` or none is standard input. Throws what the system says. */
export async function openInput(file: string | undefined): Promise<Input> {
  if (file === undefined || file === '-') {
    return { stream: process.stdin, sizeBytes: undefined, isTerminal: process.stdin.isTTY ?? false };
  }
  const found = await stat(file);
  if (found.isDirectory()) throw usageError(`${file} is a directory; name a file`);
  const sizeBytes = found.isFile() ? found.size : undefined;
  return { stream: createReadStream(file, { highWaterMark: CHUNK_BYTES }), sizeBytes, isTerminal: false };
}

/** Room on the disk that is really there: zeros that were written and synced, so that writing over them cannot find the disk full. */
import { dirname } from 'node:path';
import type { File, FileSystem } from '../../segment-store/index.js';

const CHUNK_BYTES = 1024 ** 2;

/** Rejects with ENOSPC unless the disk of a file has room for so many bytes: for what is about to be written by somebody who takes a full disk badly. */
export async function checkRoom(fs: FileSystem, path: string, sizeBytes: number): Promise<void> {
  const freeBytes = await fs.freeBytes(dirname(path));
  if (freeBytes >= sizeBytes) return;
  throw noRoom(`${sizeBytes} bytes are needed for ${path}, and ${freeBytes} are free`);
}

/** Overwrites the beginning of a file with zeros, making it if it does not exist. Not durable; ENOSPC if there is no room. */
export async function writeZeros(fs: FileSystem, path: string, sizeBytes: number): Promise<void> {
  const file = await fs.open(path, 'write');
  try {
    await write(file, 0, sizeBytes);
  } finally {
    await file.close();
  }
}

/** Lets a file, which must exist, grow to `sizeBytes`, durably. ENOSPC and the like: it is as long as before. */
export async function fillWithZeros(fs: FileSystem, path: string, sizeBytes: number): Promise<void> {
  const file = await fs.open(path, 'write');
  try {
    const before = await file.size();
    try {
      await write(file, before, sizeBytes);
      await file.sync();
    } catch (error) {
      await file.truncate(before);
      throw error;
    }
  } finally {
    await file.close();
  }
  await fs.syncDirectory(dirname(path));
}

async function write(file: File, from: number, to: number): Promise<void> {
  const zeros = Buffer.alloc(Math.max(0, Math.min(CHUNK_BYTES, to - from)));
  for (let at = from; at < to; ) {
    const wanted = zeros.subarray(0, Math.min(CHUNK_BYTES, to - at));
    const written = await file.write([wanted], at);
    // A full disk may show itself as a short count without an error.
    if (written === 0) throw noRoom(`no room for ${to - at} bytes more`);
    at += written;
  }
}

/** As the file system would say it. */
function noRoom(message: string): Error {
  return Object.assign(new Error(message), { code: 'ENOSPC' });
}

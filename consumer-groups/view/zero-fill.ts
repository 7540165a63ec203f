/** Room on the disk that is really there: zeros that were written and synced, so that writing over them cannot find the disk full. */
import { dirname } from 'node:path';
import type { File, FileSystem } from '../../segment-store/index.js';

const CHUNK_BYTES = 1024 ** 2;

/** Lets a file, which must exist, grow to `sizeBytes`, durably. ENOSPC and the like: it is as long as before. */
export async function fillWithZeros(fs: FileSystem, path: string, sizeBytes: number): Promise<void> {
  const file = await fs.open(path, 'write');
  try {
    const before = await file.size();
    try {
      await append(file, before, sizeBytes);
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

async function append(file: File, from: number, to: number): Promise<void> {
  const zeros = Buffer.alloc(CHUNK_BYTES);
  for (let at = from; at < to; ) {
    const wanted = zeros.subarray(0, Math.min(CHUNK_BYTES, to - at));
    const written = await file.write([wanted], at);
    // A full disk may show itself as a short count without an error.
    if (written === 0)
      throw Object.assign(new Error(`no room for ${to - at} bytes more`), { code: 'ENOSPC' });
    at += written;
  }
}

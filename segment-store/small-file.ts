/** Small files, read and replaced as a whole. */
import { dirname } from 'node:path';
import type { FileSystem } from './file-system.js';

/** The largest that is read; ours are far below it, anything larger is not ours. */
const MAX_SMALL_FILE_BYTES = 64 * 1024 ** 2;

/** The content, or undefined if there is no such file. */
export async function readSmallFile(fs: FileSystem, path: string): Promise<Buffer | undefined> {
  const stat = await fs.stat(path);
  if (stat === undefined || stat.isDirectory) return undefined;
  if (stat.sizeBytes > MAX_SMALL_FILE_BYTES) {
    throw new Error(
      `${path} has ${stat.sizeBytes} bytes; a file of this kind has at most ${MAX_SMALL_FILE_BYTES}`,
    );
  }
  const file = await fs.open(path, 'read');
  try {
    const buffer = Buffer.allocUnsafe(stat.sizeBytes);
    return buffer.subarray(0, await file.read(buffer, 0));
  } finally {
    await file.close();
  }
}

/**
 * Replaces a file so that after a crash there is the old one or the new one, whole:
 * 1. write it under a temporary name, `<path>.tmp` unless another is given; a crash leaves a leftover that the next open deletes;
 * 2. sync it; without this the rename could become durable before the content;
 * 3. rename it over `path`;
 * 4. sync the folder; without this a power loss may bring the old file back.
 *
 * `durable: false` leaves out 2 and 4, for files that carry a checksum and can be made anew.
 */
export async function replaceFile(
  fs: FileSystem,
  path: string,
  content: string | Buffer,
  { durable, temporary = `${path}.tmp` }: { durable: boolean; temporary?: string },
): Promise<void> {
  await writeWhole(fs, temporary, Buffer.from(content), durable);
  await fs.rename(temporary, path);
  if (durable) await fs.syncDirectory(dirname(path));
}

async function writeWhole(fs: FileSystem, path: string, content: Buffer, sync: boolean): Promise<void> {
  const file = await fs.open(path, 'write');
  try {
    await writeFully(file, [content], 0);
    await file.truncate(content.length);
    if (sync) await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes all bytes or throws; a full disk that shows itself only as a short count becomes ENOSPC. */
export async function writeFully(
  file: { write(buffers: readonly Buffer[], position: number): Promise<number> },
  buffers: readonly Buffer[],
  position: number,
): Promise<void> {
  const total = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
  if (total === 0) return;
  const written = await file.write(buffers, position);
  if (written === total) return;
  // The kernel took a part: a signal, or no room for the rest. A second try tells which.
  const rest = Buffer.concat(buffers).subarray(written);
  if (written > 0 && (await file.write([rest], position + written)) === rest.length) return;
  throw Object.assign(new Error(`short write: ${written} of ${total} bytes`), { code: 'ENOSPC' });
}

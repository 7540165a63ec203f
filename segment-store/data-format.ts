/** Which version of the layout a data directory has. A newer one is refused before anything is written. */
import { join } from 'node:path';
import { FORMAT_FILE } from './data-directory.js';
import { StoreError } from './errors.js';
import type { FileSystem } from './file-system.js';
import { readSmallFile, replaceFile } from './small-file.js';

/** The version that this release writes. Older ones it brings up to date when it opens them; so far there is none. */
const FORMAT_VERSION = 1;

/** Throws UNSUPPORTED_FORMAT for a newer directory. True if the directory says what it is; a missing or unreadable file is written anew. */
export async function checkFormat(fs: FileSystem, dataDir: string): Promise<boolean> {
  const found = await readVersion(fs, dataDir);
  if (found === undefined || found <= FORMAT_VERSION) return found !== undefined;
  throw new StoreError(
    'UNSUPPORTED_FORMAT',
    `${dataDir} has format ${found}; this release knows formats up to ${FORMAT_VERSION}. Nothing was changed: use a newer release`,
    { dataDir, found, supported: FORMAT_VERSION },
  );
}

export async function writeFormat(fs: FileSystem, dataDir: string): Promise<void> {
  await replaceFile(fs, join(dataDir, FORMAT_FILE), `${JSON.stringify({ format: FORMAT_VERSION })}\n`, {
    durable: true,
  });
}

async function readVersion(fs: FileSystem, dataDir: string): Promise<number | undefined> {
  const content = await readSmallFile(fs, join(dataDir, FORMAT_FILE));
  // However a newer release lays the file out and whatever else it holds.
  const version = /"format"\s*:\s*(\d{1,6})\b/.exec(content?.toString('utf8') ?? '')?.[1];
  return version === undefined ? undefined : Number(version);
}

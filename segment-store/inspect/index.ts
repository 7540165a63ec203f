/**
 * Looking at files of the log without a broker: what they hold, and where they are damaged. Shares the store's decoders, and none of its state;
 * changes no file of the log. The door of this folder.
 */
import { basename, dirname, resolve } from 'node:path';
import { TOPICS_FOLDER } from '../data-directory.js';
import { lockDataDirectory } from '../data-directory-lock.js';
import type { FileLock, FileSystem } from '../file-system.js';
import { nodeFileSystem } from '../node-file-system.js';
import { parsePartitionListing } from '../segment-files.js';
import { inspectDataDirectory, isDataDirectory } from './data-directory-inspection.js';
import { inspectFile, isInspectable } from './file-inspection.js';
import { InspectionError } from './inspection-error.js';
import type { InspectionItem, InspectionOptions } from './inspection-item.js';
import { inspectPartition } from './partition-inspection.js';
import { findPlace } from './partition-place.js';

export { InspectionError } from './inspection-error.js';
export type {
  BatchItem,
  FileItem,
  Finding,
  IndexEntryItem,
  InspectionItem,
  InspectionOptions,
  PartitionItem,
  RecordItem,
  SegmentItem,
  Severity,
} from './inspection-item.js';

/**
 * Tells what is in a file of a partition, in a partition's folder or in a data directory. Takes no lock: beside a running broker what is just
 * being written may look unfinished. Items are valid until the next one is asked for.
 *
 * {@link InspectionError}; UNSUPPORTED_FORMAT; Node's errors for what cannot be read.
 */
export async function* inspectPath(
  path: string,
  options: InspectionOptions,
  fs: FileSystem = nodeFileSystem,
): AsyncGenerator<InspectionItem> {
  const stat = await fs.stat(path);
  if (stat === undefined)
    throw new InspectionError('PATH_NOT_FOUND', `${path}: no such file or directory`, path);
  const full = resolve(path);
  if (stat.isDirectory) yield* inspectFolder(fs, path, full, options);
  else if (isInspectable(basename(full))) yield* inspectFile(fs, path, options);
  else
    throw notALog(
      path,
      'a file of the log is named by 20 digits and ends in .log, .index, .timeindex, .seal or .snapshot',
    );
}

/**
 * Checks everything in a data directory, holding its lock, so that no broker runs beside it. Changes nothing but the lock's file.
 *
 * As {@link inspectPath}; DATA_DIRECTORY_LOCKED if a broker has it.
 */
export async function* verifyDataDirectory(
  dataDir: string,
  options: InspectionOptions,
  fs: FileSystem = nodeFileSystem,
): AsyncGenerator<InspectionItem> {
  if ((await fs.stat(dataDir)) === undefined) {
    throw new InspectionError('PATH_NOT_FOUND', `${dataDir}: no such directory`, dataDir);
  }
  // Before the lock, whose file would otherwise be left in somebody's folder.
  if (!(await isDataDirectory(fs, dataDir))) throw notALog(dataDir, 'it has no format.json and no topics');
  const lock = await lockDataDirectory(fs, dataDir);
  try {
    yield* inspectDataDirectory(fs, dataDir, options);
  } finally {
    await (lock satisfies FileLock).release();
  }
}

async function* inspectFolder(
  fs: FileSystem,
  path: string,
  full: string,
  options: InspectionOptions,
): AsyncGenerator<InspectionItem> {
  if (await isDataDirectory(fs, path)) return yield* inspectDataDirectory(fs, path, options);
  if (basename(full) === TOPICS_FOLDER) return yield* inspectDataDirectory(fs, dirname(full), options);
  const { segments, snapshots } = parsePartitionListing(await fs.list(path));
  if (segments.length + snapshots.length === 0)
    throw notALog(path, 'it has no .log, and is no data directory');
  const place = await findPlace(fs, full);
  yield* inspectPartition(fs, { ...place, folder: path }, options);
}

function notALog(path: string, why: string): InspectionError {
  return new InspectionError('NOT_A_LOG', `${path} is nothing of a log: ${why}`, path);
}

/** Opens what belongs to one segment, so that the inspection itself need not care what is missing. */
import { join } from 'node:path';
import type { File, FileSystem } from '../file-system.js';
import { OFFSET_INDEX_ENTRY_BYTES, OffsetIndex } from '../offset-index.js';
import { decodeSeal, type Seal } from '../seal.js';
import { logFile, offsetIndexFile, sealFile, timeIndexFile } from '../segment-files.js';
import { readSmallFile } from '../small-file.js';
import { TIME_INDEX_ENTRY_BYTES, TimeIndex } from '../time-index.js';
import { TOPIC_CONFIG_BOUNDS } from '../topic-config.js';

/** An index file is never larger than a topic may allow, so that it can be looked at as a whole. */
const MAX_INDEX_BYTES = TOPIC_CONFIG_BOUNDS.segmentIndexBytes.max;

/** A file that is there, with what it holds; undefined: it is not there. */
export interface Loaded<T> {
  file: string;
  content: Buffer;
  decoded: T;
}

export interface SegmentAids {
  offsets: Loaded<OffsetIndex> | undefined;
  times: Loaded<TimeIndex> | undefined;
  /** `decoded` is undefined if the file is no whole seal. */
  seal: Loaded<Seal | undefined> | undefined;
}

export async function loadAids(fs: FileSystem, folder: string, baseOffset: number): Promise<SegmentAids> {
  const path = (name: string) => join(folder, name);
  return {
    offsets: await loadOffsetIndex(fs, path(offsetIndexFile(baseOffset)), baseOffset),
    times: await loadTimeIndex(fs, path(timeIndexFile(baseOffset)), baseOffset),
    seal: await loadSeal(fs, path(sealFile(baseOffset))),
  };
}

export function loadOffsetIndex(fs: FileSystem, file: string, baseOffset: number) {
  return load(fs, file, OFFSET_INDEX_ENTRY_BYTES, (entries) => new OffsetIndex(baseOffset, entries));
}

export function loadTimeIndex(fs: FileSystem, file: string, baseOffset: number) {
  return load(fs, file, TIME_INDEX_ENTRY_BYTES, (entries) => new TimeIndex(baseOffset, entries));
}

export async function loadSeal(fs: FileSystem, file: string): Promise<Loaded<Seal | undefined> | undefined> {
  const content = await readSmallFile(fs, file);
  return content && { file, content, decoded: decodeSeal(content.toString('utf8')) };
}

async function load<T>(
  fs: FileSystem,
  file: string,
  entryBytes: number,
  decode: (wholeEntries: Buffer) => T,
): Promise<Loaded<T> | undefined> {
  const stat = await fs.stat(file);
  if (stat === undefined || stat.isDirectory) return undefined;
  if (stat.sizeBytes > MAX_INDEX_BYTES) {
    throw new Error(`${file} has ${stat.sizeBytes} bytes; an index has at most ${MAX_INDEX_BYTES}`);
  }
  const content = await withFile(fs, file, (opened) => readFrom(opened, stat.sizeBytes));
  const wholeBytes = content.length - (content.length % entryBytes);
  return { file, content, decoded: decode(content.subarray(0, wholeBytes)) };
}

async function readFrom(file: File, sizeBytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(sizeBytes);
  return buffer.subarray(0, await file.read(buffer, 0));
}

async function withFile<T>(fs: FileSystem, path: string, use: (file: File) => Promise<T>): Promise<T> {
  const file = await fs.open(path, 'read');
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** The log of a segment, open for reading. The caller closes it. */
export function openLog(fs: FileSystem, folder: string, baseOffset: number): Promise<File> {
  return fs.open(join(folder, logFile(baseOffset)), 'read');
}

/** True if the file holds nothing but zeros from `position` on. */
export async function onlyZerosFrom(file: File, position: number, endPosition: number): Promise<boolean> {
  const buffer = Buffer.allocUnsafe(64 * 1024);
  for (let at = position; at < endPosition; ) {
    const bytes = await file.read(buffer.subarray(0, Math.min(buffer.length, endPosition - at)), at);
    if (bytes === 0) return true;
    if (buffer.subarray(0, bytes).some((byte) => byte !== 0)) return false;
    at += bytes;
  }
  return true;
}

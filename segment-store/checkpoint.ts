/**
 * Kafka's checkpoint file: one offset for each of many partitions, as text.
 *
 *     0                          version
 *     2                          how many lines follow
 *     orders 0 1234              topic, partition, offset
 *     orders 1 99
 *     crc32c 1f2e3d4c            ours: a flipped digit must not pass for an offset
 *
 * Source: Apache Kafka, `OffsetCheckpointFile.java`.
 */
import { withChecksum, withoutChecksum } from './checksummed-text.js';
import type { FileSystem } from './file-system.js';
import { readSmallFile, replaceFile } from './small-file.js';

/** An offset per partition; keys are {@link partitionKey}. */
export type OffsetCheckpoint = ReadonlyMap<string, number>;

export function partitionKey(topic: string, partition: number): string {
  return `${topic} ${partition}`;
}

export function encodeCheckpoint(offsets: OffsetCheckpoint): string {
  const lines = [...offsets].map(([key, offset]) => `${key} ${offset}`);
  return withChecksum(`${['0', String(lines.length), ...lines].join('\n')}\n`);
}

/** Undefined if the content is not a whole checkpoint of version 0. */
export function decodeCheckpoint(content: string): OffsetCheckpoint | undefined {
  const [version, count, ...lines] = (withoutChecksum(content) ?? '').split('\n');
  if (version !== '0' || lines.pop() !== '' || lines.length !== Number(count)) return undefined;
  const offsets = new Map<string, number>();
  for (const line of lines) {
    const match = /^(\S+ \d+) (\d+)$/.exec(line);
    if (!match) return undefined;
    offsets.set(match[1]!, Number(match[2]));
  }
  return offsets;
}

/** What the file holds; undefined if it is not there; `'damaged'` if it is no checkpoint. */
export async function readCheckpoint(
  fs: FileSystem,
  path: string,
): Promise<OffsetCheckpoint | 'damaged' | undefined> {
  const content = await readSmallFile(fs, path);
  return content && (decodeCheckpoint(content.toString('utf8')) ?? 'damaged');
}

/** Replaces the file, durably. */
export function writeCheckpoint(fs: FileSystem, path: string, offsets: OffsetCheckpoint): Promise<void> {
  return replaceFile(fs, path, encodeCheckpoint(offsets), { durable: true });
}

/** What the rest of a data directory knows of a partition. */
import { basename, dirname, join } from 'node:path';
import { type OffsetCheckpoint, partitionKey, readCheckpoint } from '../checkpoint.js';
import {
  LOG_STARTS_FILE,
  parseTopicsEntry,
  RECOVERY_POINTS_FILE,
  TOPICS_FOLDER,
  topicFile,
} from '../data-directory.js';
import type { FileSystem } from '../file-system.js';
import { readSmallFile } from '../small-file.js';
import { decodeTopicFile, type TopicSettings } from '../topic-file.js';
import type { PartitionPlace } from './partition-inspection.js';

/** The two checkpoints that bound every partition; undefined: not there, or damaged. */
export interface Checkpoints {
  recoveryPoints: OffsetCheckpoint | undefined;
  logStarts: OffsetCheckpoint | undefined;
}

/** The place of a partition whose topic has these settings; undefined settings: unknown, so that missing offsets may be the work of compaction. */
export function partitionPlace(
  topic: string,
  partition: number,
  folder: string,
  checkpoints: Checkpoints,
  settings: TopicSettings | undefined,
): PartitionPlace {
  const key = partitionKey(topic, partition);
  return {
    topic,
    partition,
    folder,
    recoveryPoint: checkpoints.recoveryPoints?.get(key),
    // The checkpoint lists the partitions that do not begin at 0.
    logStartOffset: checkpoints.logStarts && (checkpoints.logStarts.get(key) ?? 0),
    gaps: settings?.everCompacted ?? true,
  };
}

/** Looks around a partition's folder; outside of a data directory nothing is known but its name. */
export async function findPlace(fs: FileSystem, folder: string): Promise<PartitionPlace> {
  const entry = parseTopicsEntry(basename(folder));
  const named = entry?.kind === 'partition' ? entry : { topic: basename(folder), partition: 0 };
  const inside = entry?.kind === 'partition' && basename(dirname(folder)) === TOPICS_FOLDER;
  const nothing = { recoveryPoints: undefined, logStarts: undefined };
  if (!inside) return partitionPlace(named.topic, named.partition, folder, nothing, undefined);
  const dataDir = dirname(dirname(folder));
  const checkpoints = await readCheckpoints(fs, dataDir);
  const settings = await readTopicSettings(fs, dataDir, named.topic);
  return partitionPlace(named.topic, named.partition, folder, checkpoints, settings);
}

async function readCheckpoints(fs: FileSystem, dataDir: string): Promise<Checkpoints> {
  const [recoveryPoints, logStarts] = await Promise.all(
    [RECOVERY_POINTS_FILE, LOG_STARTS_FILE].map(async (name) => {
      const found = await readCheckpoint(fs, join(dataDir, name));
      return found === 'damaged' ? undefined : found;
    }),
  );
  return { recoveryPoints, logStarts };
}

/** Undefined if the file is missing or damaged. */
export async function readTopicSettings(
  fs: FileSystem,
  dataDir: string,
  topic: string,
): Promise<TopicSettings | undefined> {
  const content = await readSmallFile(fs, topicFile(dataDir, topic));
  return content && decodeTopicFile(content.toString('utf8'));
}

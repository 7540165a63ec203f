/**
 * Where everything lies below the data directory:
 *
 *     format.json                        which version of this layout it is
 *     .lock                              held while a process has it open; names the holder
 *     clean-shutdown                     there after a proper close, gone while open
 *     recovery-point-offset-checkpoint   how far each partition is known to be on disk
 *     log-start-offset-checkpoint        where each partition begins
 *     cleaner-offset-checkpoint          how far each compacted partition is compacted
 *     producer-id                        below which producer ids may have been handed out
 *     topics/<topic>.json                a topic's settings; its existence is the topic's
 *     topics/<topic>.gone                a topic whose deletion is under way
 *     topics/<topic>-<partition>/        its records, see segment-files.ts
 */
import { join } from 'node:path';

export const FORMAT_FILE = 'format.json';
export const LOCK_FILE = '.lock';
export const CLEAN_SHUTDOWN_FILE = 'clean-shutdown';
export const RECOVERY_POINTS_FILE = 'recovery-point-offset-checkpoint';
export const LOG_STARTS_FILE = 'log-start-offset-checkpoint';
export const CLEANER_OFFSETS_FILE = 'cleaner-offset-checkpoint';
export const PRODUCER_ID_FILE = 'producer-id';
export const TOPICS_FOLDER = 'topics';

const TOPIC_FILE = /^(.+)\.(json|gone|tmp)$/;
const KIND_BY_SUFFIX = { json: 'topic', gone: 'deleted', tmp: 'temporary' } as const;
const PARTITION_FOLDER = /^(.+)-(\d{1,9})$/;

export function topicsFolder(dataDir: string): string {
  return join(dataDir, TOPICS_FOLDER);
}

export function topicFile(dataDir: string, topic: string): string {
  return join(dataDir, TOPICS_FOLDER, `${topic}.json`);
}

/** Where a topic's file is written before it gets its name. No suffix here is longer than `-<partition>` may be, or the longest name would not fit. */
export function temporaryTopicFile(dataDir: string, topic: string): string {
  return join(dataDir, TOPICS_FOLDER, `${topic}.tmp`);
}

export function deletedTopicFile(dataDir: string, topic: string): string {
  return join(dataDir, TOPICS_FOLDER, `${topic}.gone`);
}

export function partitionFolder(dataDir: string, topic: string, partition: number): string {
  return join(dataDir, TOPICS_FOLDER, `${topic}-${partition}`);
}

/** What a name in the topics folder stands for; undefined for one that is none of ours. */
export type TopicsEntry =
  | { kind: 'topic' | 'deleted' | 'temporary'; topic: string }
  | { kind: 'partition'; topic: string; partition: number };

export function parseTopicsEntry(name: string): TopicsEntry | undefined {
  const file = TOPIC_FILE.exec(name);
  if (file) return { kind: KIND_BY_SUFFIX[file[2] as keyof typeof KIND_BY_SUFFIX], topic: file[1]! };
  const folder = PARTITION_FOLDER.exec(name);
  if (folder) return { kind: 'partition', topic: folder[1]!, partition: Number(folder[2]) };
  return undefined;
}

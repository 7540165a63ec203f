/** A whole data directory: its own files, its topics, and every partition. */
import { join } from 'node:path';
import { readCheckpoint } from '../checkpoint.js';
import { withoutChecksum } from '../checksummed-text.js';
import {
  CLEAN_SHUTDOWN_FILE,
  CLEANER_OFFSETS_FILE,
  deletedTopicFile,
  FORMAT_FILE,
  LOG_STARTS_FILE,
  PRODUCER_ID_FILE,
  parseTopicsEntry,
  partitionFolder,
  RECOVERY_POINTS_FILE,
  TOPICS_FOLDER,
  topicFile,
  topicsFolder,
} from '../data-directory.js';
import { checkFormat } from '../data-format.js';
import type { FileSystem } from '../file-system.js';
import { readSmallFile } from '../small-file.js';
import type { TopicSettings } from '../topic-file.js';
import type { Finding, InspectionItem, InspectionOptions, Severity } from './inspection-item.js';
import { inspectPartition } from './partition-inspection.js';
import { type Checkpoints, partitionPlace, readTopicSettings } from './partition-place.js';

/** True if a folder is a data directory, or the remains of one. */
export async function isDataDirectory(fs: FileSystem, path: string): Promise<boolean> {
  const names = [FORMAT_FILE, TOPICS_FOLDER];
  const found = await Promise.all(names.map((name) => fs.stat(join(path, name))));
  return found.some((stat) => stat !== undefined);
}

/** UNSUPPORTED_FORMAT if a newer release wrote it. Errors of the file system are thrown as they come. */
export async function* inspectDataDirectory(
  fs: FileSystem,
  dataDir: string,
  options: InspectionOptions,
): AsyncGenerator<InspectionItem> {
  if (!(await checkFormat(fs, dataDir))) {
    yield finding('repairable', join(dataDir, FORMAT_FILE), 'it is missing or damaged');
  }
  const checkpoints: Checkpoints = {
    recoveryPoints: yield* checkpointFindings(fs, join(dataDir, RECOVERY_POINTS_FILE)),
    logStarts: yield* checkpointFindings(fs, join(dataDir, LOG_STARTS_FILE)),
  };
  yield* checkpointFindings(fs, join(dataDir, CLEANER_OFFSETS_FILE));
  yield* producerIdFindings(fs, join(dataDir, PRODUCER_ID_FILE));
  if ((await fs.stat(join(dataDir, CLEAN_SHUTDOWN_FILE))) === undefined) {
    yield finding(
      'note',
      dataDir,
      'it was not closed properly; the next start looks at what was written last',
    );
  }
  const names = (await fs.stat(topicsFolder(dataDir))) ? await fs.list(topicsFolder(dataDir)) : [];
  const folders = new TopicFolders(names);
  for (const topic of folders.topics()) {
    yield* inspectTopic(fs, dataDir, topic, folders, checkpoints, options);
  }
  for (const name of folders.leftovers) {
    yield finding(
      'note',
      join(topicsFolder(dataDir), name),
      'left over from work that was cut short; the next start deletes it',
    );
  }
  for (const name of folders.strangers) {
    yield finding('note', join(topicsFolder(dataDir), name), 'not a file of the log');
  }
}

/** What the names in the topics folder say. */
class TopicFolders {
  readonly #settled = new Map<string, 'topic' | 'deleted'>();
  readonly #partitions = new Map<string, number[]>();
  readonly strangers: string[] = [];
  /** Of work that was cut short; the next start deletes them. */
  readonly leftovers: string[] = [];

  constructor(names: readonly string[]) {
    for (const name of [...names].sort()) {
      const entry = parseTopicsEntry(name);
      if (entry === undefined) this.strangers.push(name);
      else if (entry.kind === 'temporary') this.leftovers.push(name);
      else if (entry.kind !== 'partition') this.#settled.set(entry.topic, entry.kind);
      else this.#partitions.set(entry.topic, [...this.partitionsOf(entry.topic), entry.partition]);
    }
  }

  topics(): string[] {
    return [...new Set([...this.#settled.keys(), ...this.#partitions.keys()])].sort();
  }

  /** Undefined: there are folders, but no file that says that there is such a topic. */
  stateOf(topic: string): 'topic' | 'deleted' | undefined {
    return this.#settled.get(topic);
  }

  partitionsOf(topic: string): readonly number[] {
    return this.#partitions.get(topic) ?? [];
  }
}

async function* inspectTopic(
  fs: FileSystem,
  dataDir: string,
  topic: string,
  folders: TopicFolders,
  checkpoints: Checkpoints,
  options: InspectionOptions,
): AsyncGenerator<InspectionItem> {
  if (folders.stateOf(topic) === 'deleted') {
    yield finding('note', deletedTopicFile(dataDir, topic), 'a deletion that the next start finishes');
    return;
  }
  const settings = await readTopicSettings(fs, dataDir, topic);
  if (settings === undefined) {
    const what = folders.stateOf(topic) === undefined ? 'is missing' : 'is damaged';
    const reason = `it ${what}; the settings of the topic are lost`;
    yield finding('damage', topicFile(dataDir, topic), reason);
  }
  const there = folders.partitionsOf(topic);
  for (const partition of expectedPartitions(there, settings)) {
    const folder = partitionFolder(dataDir, topic, partition);
    const place = partitionPlace(topic, partition, folder, checkpoints, settings);
    if (there.includes(partition)) {
      yield* inspectPartition(fs, place, options);
      continue;
    }
    const { logStartOffset: startOffset = 0, recoveryPoint: endOffset = 0 } = place;
    const lost = endOffset > startOffset ? { startOffset, endOffset } : {};
    yield { ...finding('damage', folder, 'the folder of the partition is missing'), ...lost };
  }
}

function expectedPartitions(there: readonly number[], settings: TopicSettings | undefined): number[] {
  const known = Array.from({ length: settings?.partitions ?? 0 }, (_, number) => number);
  return [...new Set([...known, ...there])].sort((a, b) => a - b);
}

async function* checkpointFindings(fs: FileSystem, file: string) {
  const checkpoint = await readCheckpoint(fs, file);
  if (checkpoint !== 'damaged') return checkpoint;
  yield finding('repairable', file, 'it is no whole checkpoint');
  return undefined;
}

async function* producerIdFindings(fs: FileSystem, file: string): AsyncGenerator<Finding> {
  const content = await readSmallFile(fs, file);
  if (content === undefined || withoutChecksum(content.toString('utf8')) !== undefined) return;
  yield finding('repairable', file, 'its checksum is wrong');
}

function finding(severity: Severity, file: string, reason: string): Finding {
  return { item: 'finding', severity, file, reason };
}

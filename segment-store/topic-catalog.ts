/**
 * Which topics there are on disk.
 *
 * A topic exists while its `<topic>.json` does. Creating it: folders first, then that file, durably. Deleting it: the file is renamed to
 * `<topic>.gone`, durably, then the folders go, then the mark. So a crash leaves a topic whole or not at all, and what is left of
 * either is found and finished by the next start.
 *
 * Records are worth more than settings: a partition's folder without a topic's file is not deleted. The topic comes back with default settings.
 */
import {
  deletedTopicFile,
  parseTopicsEntry,
  partitionFolder,
  temporaryTopicFile,
  topicFile,
  topicsFolder,
} from './data-directory.js';
import type { FileSystem } from './file-system.js';
import { parsePartitionListing } from './segment-files.js';
import { readSmallFile, replaceFile } from './small-file.js';
import type { StoreContext } from './store-context.js';
import { decodeTopicFile, encodeTopicFile, type TopicSettings } from './topic-file.js';

export class TopicCatalog {
  constructor(private readonly context: Pick<StoreContext, 'fs' | 'emit'> & { dataDir: string }) {}

  /** All topics, by name, after finishing deletions that were cut short. */
  async load(): Promise<Map<string, TopicSettings>> {
    const { fs, dataDir } = this.context;
    await fs.makeDirectory(topicsFolder(dataDir));
    await fs.syncDirectory(dataDir);
    // The last process may have died between a rename and its sync: what is listed is not what a power loss leaves.
    await fs.syncDirectory(topicsFolder(dataDir));
    const entries = (await fs.list(topicsFolder(dataDir))).sort().map(parseTopicsEntry);
    const partitions = new Map<string, number[]>();
    for (const entry of entries) {
      if (entry?.kind !== 'partition') continue;
      partitions.set(entry.topic, [...(partitions.get(entry.topic) ?? []), entry.partition]);
    }
    for (const entry of entries) {
      if (entry?.kind === 'temporary') await fs.remove(temporaryTopicFile(dataDir, entry.topic));
      if (entry?.kind !== 'deleted') continue;
      await this.#finishDeletion(entry.topic, partitions.get(entry.topic) ?? []);
      partitions.delete(entry.topic);
    }
    const topics = new Map<string, TopicSettings>();
    for (const entry of entries) {
      if (entry?.kind !== 'topic') continue;
      topics.set(entry.topic, await this.#settings(entry.topic, partitions.get(entry.topic) ?? []));
      partitions.delete(entry.topic);
    }
    for (const [topic, numbers] of partitions) {
      const settings = await this.#restore(topic, numbers);
      if (settings) topics.set(topic, settings);
    }
    return topics;
  }

  /** Writes a topic's file: from then on it has the partitions that this says, whose folders must be there. */
  async save(topic: string, settings: TopicSettings): Promise<void> {
    const { fs, dataDir } = this.context;
    await replaceFile(fs, topicFile(dataDir, topic), encodeTopicFile(settings), {
      durable: true,
      temporary: temporaryTopicFile(dataDir, topic),
    });
  }

  /** Removes the file of a topic that is not to be. */
  async discard(topic: string): Promise<void> {
    await this.context.fs.remove(topicFile(this.context.dataDir, topic));
  }

  /** The deletion is decided when this resolves, and done when {@link finish} does. */
  async beginDeletion(topic: string): Promise<void> {
    const { fs, dataDir } = this.context;
    await fs.rename(topicFile(dataDir, topic), deletedTopicFile(dataDir, topic));
    await fs.syncDirectory(topicsFolder(dataDir));
  }

  async finishDeletion(topic: string, partitions: number): Promise<void> {
    await this.#finishDeletion(topic, [...Array(partitions).keys()]);
  }

  async #finishDeletion(topic: string, partitions: readonly number[]): Promise<void> {
    const { fs, dataDir } = this.context;
    for (const partition of partitions) await fs.removeDirectory(partitionFolder(dataDir, topic, partition));
    await fs.syncDirectory(topicsFolder(dataDir));
    await fs.remove(deletedTopicFile(dataDir, topic));
    await fs.syncDirectory(topicsFolder(dataDir));
  }

  async #settings(topic: string, numbers: readonly number[]): Promise<TopicSettings> {
    const path = topicFile(this.context.dataDir, topic);
    const content = await readSmallFile(this.context.fs, path);
    const settings = decodeTopicFile(content?.toString('utf8') ?? '');
    return (
      settings ??
      (await this.#rewrite(topic, Math.max(1, ...numbers.map((number) => number + 1)), 'it was damaged'))
    );
  }

  /** A topic whose file is gone. Without any record in it, it is a creation that was cut short, and is finished with. */
  async #restore(topic: string, numbers: readonly number[]): Promise<TopicSettings | undefined> {
    const { fs, dataDir } = this.context;
    const folders = numbers.map((number) => partitionFolder(dataDir, topic, number));
    if (await anyRecords(fs, folders))
      return this.#rewrite(topic, Math.max(...numbers) + 1, 'it was missing');
    for (const folder of folders) await fs.removeDirectory(folder);
    return undefined;
  }

  /** Nothing tells any more what was set: gaps are allowed, and nothing is deleted until somebody decides. */
  async #rewrite(topic: string, partitions: number, reason: string): Promise<TopicSettings> {
    const settings: TopicSettings = {
      partitions,
      overrides: { retentionMs: undefined },
      everCompacted: true,
    };
    await this.save(topic, settings);
    this.context.emit({ event: 'rebuilt', file: topicFile(this.context.dataDir, topic), reason });
    return settings;
  }
}

async function anyRecords(fs: FileSystem, folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    const { segments, swaps } = parsePartitionListing(await fs.list(folder));
    // A segment that does not begin at 0 had records before it; an empty first one had none.
    if (swaps.length > 0 || segments.length > 1 || (segments[0] ?? 0) > 0) return true;
    if (segments.length === 1 && (await fs.stat(`${folder}/${String(0).padStart(20, '0')}.log`))?.sizeBytes)
      return true;
  }
  return false;
}

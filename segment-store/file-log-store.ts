/** The log on one machine: topics, and the partitions behind them. Composition and life cycle; the rules live in the parts. */
import { join } from 'node:path';
import { AppendBudget } from './append-budget.js';
import { type OffsetCheckpoint, partitionKey, readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { Checkpointer } from './checkpointer.js';
import { Cleaner } from './cleaner.js';
import type { CancelTimer } from './clock.js';
import { CLEAN_SHUTDOWN_FILE, LOG_STARTS_FILE, RECOVERY_POINTS_FILE } from './data-directory.js';
import { diskFull, isNoRoom } from './disk-space.js';
import { StoreError } from './errors.js';
import type { FileLock } from './file-system.js';
import { Gate } from './gate.js';
import type * as api from './log-store.js';
import { Mutex } from './mutex.js';
import type { Partition } from './partition.js';
import {
  allOrFirstError,
  NOTHING_STORED,
  type PartitionCheckpoints,
  PartitionOpener,
} from './partition-opener.js';
import { sizeBetween } from './partition-size.js';
import { ProducerIds } from './producer-ids.js';
import { replaceFile } from './small-file.js';
import type { StoreContext } from './store-context.js';
import { WaiterBudget } from './tail-waiters.js';
import { Topic } from './topic.js';
import { TopicCatalog } from './topic-catalog.js';
import { checkTopicConfig, checkTopicSetting, type TopicConfig } from './topic-config.js';
import type { TopicSettings } from './topic-file.js';
import { checkTopicName } from './topic-name.js';
import { TopicWatchers } from './topic-watchers.js';

export class FileLogStore implements api.LogStore {
  readonly #topics = new Map<string, Topic>();
  /** Names in lower case, as some file systems see them. */
  readonly #names = new Set<string>();
  readonly #catalog: TopicCatalog;
  readonly #producerIds: ProducerIds;
  readonly #opener: PartitionOpener;
  readonly #checkpointer: Checkpointer;
  readonly #cleaner: Cleaner;
  readonly #watchers: TopicWatchers;
  /** Orders changes of topics. */
  readonly #changing = new Mutex();
  readonly #savingStarts = new Mutex();
  #stopSyncs: CancelTimer = () => {};
  #closing: Promise<void> | undefined;

  constructor(
    private readonly context: StoreContext,
    private readonly lock: FileLock,
  ) {
    const { options, fs, clock } = context;
    this.#catalog = new TopicCatalog({ fs, emit: context.emit, dataDir: options.dataDir });
    this.#watchers = new TopicWatchers(context.emit);
    this.#producerIds = new ProducerIds(fs, clock, options.dataDir);
    this.#checkpointer = new Checkpointer(context, () => this.#partitions());
    this.#opener = new PartitionOpener({
      context,
      budget: new AppendBudget(options.appendQueueBytes),
      waiterBudget: new WaiterBudget(options.maxWaiters),
      syncs: new Gate(options.maxConcurrentSyncs),
      onCommitted: (bytes) => this.#checkpointer.noteCommitted(bytes),
    });
    this.#cleaner = new Cleaner(
      context,
      () => this.#partitions(),
      (partition, logStartOffset) => this.#saveLogStarts(partition, logStartOffset),
    );
  }

  /** Opens what is on disk and begins the background work. Called once, before anything else. */
  async open(): Promise<void> {
    const { clock, fs, options, emit } = this.context;
    const startedMs = clock.monotonicMs();
    const clean = (await fs.stat(join(options.dataDir, CLEAN_SHUTDOWN_FILE))) !== undefined;
    await fs.remove(join(options.dataDir, CLEAN_SHUTDOWN_FILE));
    await fs.syncDirectory(options.dataDir);
    await this.context.disk.start();
    await this.#loadTopics();
    await this.#ifRoom('writing the recovery points', () => this.#checkpointer.writeRecoveryPoints());
    await this.#ifRoom('writing the log start offsets', () => this.#saveLogStarts());
    this.#checkpointer.start();
    await this.#cleaner.start();
    if (options.durability === 'interval') this.#scheduleSync();
    const partitions = [...this.#partitions()].length;
    const durationMs = clock.monotonicMs() - startedMs;
    emit({ event: 'opened', topics: this.#topics.size, partitions, clean, durationMs });
  }

  createTopic(name: string, spec: api.TopicSpec = {}): Promise<api.TopicDescription> {
    return this.#change(async () => {
      this.#checkOpen();
      checkTopicName(name, { internal: spec.internal ?? false });
      const partitions = spec.partitions ?? this.context.options.defaultPartitions;
      const overrides = { ...spec.config };
      checkTopicConfig(overrides);
      this.#checkNew(name);
      this.#checkPartitionCount(partitions, 0);
      const settings = this.#notingCompaction({ partitions, overrides, everCompacted: false });
      const topic = new Topic(name, settings, this.context.options.topicDefaults);
      await this.#makePartitions(topic, 0, settings).catch(async (error: unknown) => {
        await this.#catalog.discard(name);
        throw error;
      });
      this.#add(topic);
      this.#watchers.tell();
      return topic.describe();
    });
  }

  alterTopic(name: string, change: api.TopicChange): Promise<api.TopicDescription> {
    return this.#change(async () => {
      this.#checkOpen();
      const topic = this.#topic(name);
      const settings = this.#notingCompaction(changedSettings(topic.settings, change));
      const present = topic.settings.partitions;
      this.#checkPartitionCount(settings.partitions, present);
      await this.#makePartitions(topic, present, settings);
      this.#watchers.tell();
      return topic.describe();
    });
  }

  deleteTopic(name: string): Promise<void> {
    return this.#change(async () => {
      this.#checkOpen();
      const topic = this.#topic(name);
      await this.#catalog.beginDeletion(name);
      this.#topics.delete(name);
      this.#watchers.tell();
      const gone = notFound(name);
      await Promise.all(topic.partitions.map((partition) => partition.close(gone)));
      // Nobody may be at work in the folders any more: a new topic of this name will have the same.
      await Promise.all(topic.partitions.map((partition) => partition.forget(gone)));
      await this.#cleaner.forget(topic.partitions);
      // A new topic of this name must not find the old one's offsets.
      await this.#checkpointer.writeRecoveryPoints();
      await this.#saveLogStarts();
      await this.#catalog.finishDeletion(name, topic.partitions.length);
      this.#names.delete(name.toLowerCase());
    });
  }

  async describeTopics(names?: readonly string[]): Promise<api.TopicDescription[]> {
    this.#checkOpen();
    const topics = names?.map((name) => this.#topic(name)) ?? [...this.#topics.values()];
    if (names === undefined) topics.sort((a, b) => (a.name < b.name ? -1 : 1));
    return topics.map((topic) => topic.describe());
  }

  async allocateProducerId(): Promise<number> {
    this.#checkOpen();
    return orDiskFull(this.#producerIds.allocate());
  }

  async append(
    topic: string,
    partition: number,
    batch: Buffer,
    options: api.AppendOptions = {},
  ): Promise<api.Appended> {
    // An async function runs to its first await at once, so the order of calls is the order of offsets.
    this.#checkOpen();
    return this.#topic(topic).partition(partition).append(batch, options);
  }

  async read(topic: string, partition: number, offset: number, maxBytes: number): Promise<api.ReadBatches> {
    this.#checkOpen();
    return this.#topic(topic).reader(partition).read(offset, maxBytes);
  }

  async awaitRecords(topic: string, partition: number, offset: number, signal: AbortSignal): Promise<void> {
    this.#checkOpen();
    const found = this.#topic(topic).partition(partition);
    if (found.highWatermark > offset) return;
    await found.waiters.wait(offset, signal);
  }

  async bounds(topic: string, partition: number): Promise<api.PartitionBounds> {
    this.#checkOpen();
    return this.#topic(topic).partition(partition).bounds();
  }

  async findByTime(
    topic: string,
    partition: number,
    timestampMs: number,
  ): Promise<api.FoundRecord | undefined> {
    this.#checkOpen();
    return this.#topic(topic).reader(partition).findByTime(timestampMs);
  }

  async sizeBetween(
    topic: string,
    partition: number,
    startOffset: number,
    endOffset: number,
  ): Promise<number> {
    this.#checkOpen();
    return sizeBetween(this.#topic(topic).partition(partition), startOffset, endOffset);
  }

  async timeAt(topic: string, partition: number, offset: number): Promise<number | undefined> {
    this.#checkOpen();
    return this.#topic(topic).reader(partition).timeAt(offset);
  }

  watchTopics(listener: () => void): () => void {
    this.#checkOpen();
    return this.#watchers.add(listener);
  }

  holdRetention(topic: string, partition: number, holder: string, fromOffset: number | undefined): void {
    this.#checkOpen();
    this.#topic(topic).partition(partition).holds.set(holder, fromOffset);
  }

  async truncatePrefix(topic: string, partition: number, beforeOffset: number): Promise<number> {
    this.#checkOpen();
    const found = this.#topic(topic).partition(partition);
    return orDiskFull(this.#cleaner.truncatePrefix(found, beforeOffset));
  }

  /** Looks at retention and compaction now, or when {@link StoreContext.beforeCleanup} lets it; otherwise that happens every `cleanupIntervalMs`. */
  async cleanUp(): Promise<void> {
    await this.#cleaner.run();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The clean mark is left only if every partition is known to be on disk, whole. */
  async #close(): Promise<void> {
    const reason = closing();
    this.#stopSyncs();
    this.#watchers.close();
    await this.#changing.run(async () => {});
    const partitions = [...this.#partitions()];
    await Promise.all(partitions.map((partition) => partition.close(reason)));
    await this.#cleaner.stop();
    await this.#checkpointer.stop();
    this.context.disk.stop();
    await this.#checkpointer.run('all');
    const clean = partitions.every((partition) => !partition.offline && !partition.dirty);
    if (clean) await this.#leaveCleanMark();
    await this.context.files.close();
    await this.lock.release();
  }

  async #leaveCleanMark(): Promise<void> {
    const { fs, options, emit } = this.context;
    try {
      await this.#checkpointer.writeRecoveryPoints();
      await replaceFile(fs, join(options.dataDir, CLEAN_SHUTDOWN_FILE), '', { durable: true });
    } catch (error) {
      emit({ event: 'background-error', doing: 'leaving the clean mark', error: error as Error });
    }
  }

  async #loadTopics(): Promise<void> {
    const recoveryPoints = (await this.#loadCheckpoint(RECOVERY_POINTS_FILE)) ?? new Map();
    const logStarts = await this.#loadCheckpoint(LOG_STARTS_FILE);
    const topics = await this.#catalog.load();
    const opening = [...topics].map(([name, settings]) =>
      this.#loadTopic(name, settings, { recoveryPoints, logStarts }),
    );
    await allOrFirstError(opening);
  }

  async #loadTopic(name: string, stored: TopicSettings, checkpoints: PartitionCheckpoints): Promise<void> {
    const settings = this.#notingCompaction(stored);
    if (settings.everCompacted !== stored.everCompacted) await this.#catalog.save(name, settings);
    const topic = new Topic(name, settings, this.context.options.topicDefaults);
    topic.addPartitions(await this.#opener.open(topic, 0, settings.partitions, checkpoints));
    this.#add(topic);
  }

  /** Adds the partitions from `from` on, and lets the topic's settings be these: both, or neither. */
  async #makePartitions(topic: Topic, from: number, settings: TopicSettings): Promise<void> {
    try {
      const added = await this.#opener.open(topic, from, settings.partitions, NOTHING_STORED);
      // The file goes last: a crash before it leaves empty folders that nobody owns.
      await this.#catalog.save(topic.name, settings);
      topic.addPartitions(added);
      topic.change(settings);
    } catch (error) {
      await this.#opener.discard(topic.name, from, settings.partitions);
      throw error;
    }
  }

  #add(topic: Topic): void {
    this.#topics.set(topic.name, topic);
    this.#names.add(topic.name.toLowerCase());
  }

  /** Must be on disk before anything is compacted: whoever reads the log must know that offsets may be missing. */
  #notingCompaction(settings: TopicSettings): TopicSettings {
    const policy = settings.overrides.cleanupPolicy ?? this.context.options.topicDefaults.cleanupPolicy;
    return { ...settings, everCompacted: settings.everCompacted || policy !== 'delete' };
  }

  /** Undefined if the file is missing or damaged, which is told. */
  async #loadCheckpoint(name: string): Promise<OffsetCheckpoint | undefined> {
    const path = join(this.context.options.dataDir, name);
    const found = await readCheckpoint(this.context.fs, path);
    if (found === 'damaged') this.context.emit({ event: 'rebuilt', file: path, reason: 'it was damaged' });
    return found === 'damaged' ? undefined : found;
  }

  /** A full disk must not keep the store shut: it can be read, and be made room on. What was written before is lower, or found again from the segments. */
  async #ifRoom(doing: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      this.context.emit({ event: 'background-error', doing, error: error as Error });
    }
  }

  /** Writes all log start offsets, durably; with a new one for `moved`, which takes it over when this resolves. */
  #saveLogStarts(moved?: Partition, movedTo?: number): Promise<void> {
    return this.#savingStarts.run(() => {
      const starts = new Map<string, number>();
      for (const partition of this.#partitions()) {
        const { topic, partition: number } = partition.identity;
        const start = partition === moved ? movedTo! : partition.logStartOffset;
        // The file lists the partitions that do not begin at 0.
        if (start > 0) starts.set(partitionKey(topic, number), start);
      }
      return writeCheckpoint(this.context.fs, join(this.context.options.dataDir, LOG_STARTS_FILE), starts);
    });
  }

  #scheduleSync(): void {
    this.#stopSyncs = this.context.clock.after(this.context.options.syncIntervalMs, () => {
      void Promise.all([...this.#partitions()].map((partition) => partition.sync())).then(() => {
        if (this.#closing === undefined) this.#scheduleSync();
      });
    });
  }

  *#partitions(): Iterable<Partition> {
    for (const topic of this.#topics.values()) yield* topic.partitions;
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw notFound(name);
    return topic;
  }

  /** Changes topics, one change after the other. */
  #change<T>(work: () => Promise<T>): Promise<T> {
    return orDiskFull(this.#changing.run(work));
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw closing();
  }

  #checkNew(name: string): void {
    if (this.#topics.has(name)) {
      throw new StoreError('TOPIC_EXISTS', `There is a topic ${name} already`, { topic: name });
    }
    if (this.#names.has(name.toLowerCase())) {
      const message = `The topic name ${name} differs from an existing one in case only`;
      throw new StoreError('INVALID_TOPIC_NAME', message, { topic: name });
    }
    const limit = this.context.options.maxTopics;
    if (this.#topics.size < limit) return;
    throw new StoreError('TOO_MANY', `There are ${limit} topics, which is the limit (maxTopics)`, {
      what: 'topics',
      limit,
    });
  }

  #checkPartitionCount(partitions: number, present: number): void {
    if (!Number.isInteger(partitions) || partitions < Math.max(1, present)) {
      const message = `partitions is ${partitions}; it must be a whole number, at least ${Math.max(1, present)}`;
      throw new StoreError('INVALID_ARGUMENT', message, { field: 'partitions' });
    }
    const limit = this.context.options.maxPartitions;
    if ([...this.#partitions()].length + partitions - present <= limit) return;
    const message = `That would be more than ${limit} partitions in all, which is the limit (maxPartitions)`;
    throw new StoreError('TOO_MANY', message, { what: 'partitions', limit });
  }
}

function changedSettings(settings: TopicSettings, change: api.TopicChange): TopicSettings {
  checkTopicConfig(change.set ?? {});
  const overrides: Partial<TopicConfig> = { ...settings.overrides, ...change.set };
  for (const field of change.reset ?? []) {
    checkTopicSetting(field);
    delete overrides[field];
  }
  return { ...settings, partitions: change.partitions ?? settings.partitions, overrides };
}

/** A full disk has the same name for whoever meets it. */
async function orDiskFull<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isNoRoom(error) ? diskFull(error) : error;
  }
}

function notFound(topic: string): StoreError<'TOPIC_NOT_FOUND'> {
  const shown = topic.length > 60 ? `${topic.slice(0, 60)}…` : topic;
  return new StoreError('TOPIC_NOT_FOUND', `There is no topic ${JSON.stringify(shown)}`, {
    topic: topic.slice(0, 300),
  });
}

function closing(): StoreError<'SHUTTING_DOWN'> {
  return new StoreError('SHUTTING_DOWN', 'The store is closing', {});
}

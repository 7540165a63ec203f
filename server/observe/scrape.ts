/** What is measured when somebody asks, rather than counted as it happens. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Groups } from '../../consumer-groups/index.js';
import type { LogStore, TopicDescription } from '../../segment-store/index.js';
import { GroupScrape } from './group-scrape.js';
import type { BrokerMetrics } from './metrics.js';
import { within } from './within.js';

export interface ScrapeSources {
  metrics: BrokerMetrics;
  /** Undefined while the store is being opened. */
  store(): LogStore | undefined;
  /** Undefined while they are being opened. */
  groups(): Groups | undefined;
  isReady(): boolean;
  receivingBytes(): number;
  inFlightBytes(): number;
  fetchBufferedBytes(): number;
}

/** Neither the store nor the groups are waited for longer than this: a disk that hangs must not hang the metrics. */
const MAX_WAIT_MS = 1000;
/** Partitions with series of their own. */
const MAX_PARTITION_SERIES = 1000;
const NANOSECONDS = 1e9;

export class Scrape {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 10 });

  readonly #groups: GroupScrape;

  constructor(private readonly sources: ScrapeSources) {
    this.#groups = new GroupScrape(sources.metrics.groups, sources.groups);
    this.#delay.enable();
  }

  /** All metrics in Prometheus's text format. */
  async text(): Promise<string> {
    this.#measureProcess();
    await Promise.all([this.#measureStore(), this.#groups.measure(MAX_WAIT_MS)]);
    return this.sources.metrics.registry.metrics();
  }

  get contentType(): string {
    return this.sources.metrics.registry.contentType;
  }

  close(): void {
    this.#delay.disable();
  }

  #measureProcess(): void {
    const { metrics, isReady, receivingBytes, inFlightBytes, fetchBufferedBytes } = this.sources;
    const { rss, heapUsed, external } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    metrics.ready.set(isReady() ? 1 : 0);
    metrics.receivingBytes.set(receivingBytes());
    metrics.inFlightBytes.set(inFlightBytes());
    metrics.fetchBufferedBytes.set(fetchBufferedBytes());
    metrics.residentBytes.set(rss);
    metrics.heapBytes.set(heapUsed);
    metrics.externalBytes.set(external);
    metrics.cpuSeconds.set((user + system) / 1e6);
    metrics.eventLoopDelay.set({ quantile: '0.5' }, this.#delay.percentile(50) / NANOSECONDS);
    metrics.eventLoopDelay.set({ quantile: '0.99' }, this.#delay.percentile(99) / NANOSECONDS);
    metrics.eventLoopDelay.set({ quantile: '1' }, this.#delay.max / NANOSECONDS);
    this.#delay.reset();
  }

  async #measureStore(): Promise<void> {
    const topics = await within(MAX_WAIT_MS, this.sources.store()?.describeTopics());
    if (topics) measureTopics(this.sources.metrics, topics);
  }
}

function measureTopics(metrics: BrokerMetrics, topics: readonly TopicDescription[]): void {
  const partitions = topics.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, ...partition })),
  );
  metrics.topics.set(topics.length);
  metrics.partitions.set(partitions.length);
  metrics.partitionsOffline.set(partitions.filter(({ offline }) => offline).length);
  metrics.partitionsDamaged.set(partitions.filter(({ damaged }) => damaged.length > 0).length);
  metrics.segments.set(partitions.reduce((sum, { segments }) => sum + segments, 0));
  metrics.logBytes.reset();
  metrics.highWatermark.reset();
  metrics.logStartOffset.reset();
  for (const { topic, sizeBytes } of partitions) {
    metrics.logBytes.inc({ topic: metrics.topicLabel.of(topic) }, sizeBytes);
  }
  for (const { topic, partition, highWatermark, logStartOffset } of partitions.slice(
    0,
    MAX_PARTITION_SERIES,
  )) {
    metrics.highWatermark.set({ topic, partition }, highWatermark);
    metrics.logStartOffset.set({ topic, partition }, logStartOffset);
  }
}

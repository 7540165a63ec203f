/** The broker's metrics, all of them; `docs/metrics.md` says of each what it means, and a test compares the two. */
import type { LabelValues } from 'prom-client';
import type { StoreEvent } from '../../segment-store/index.js';
import { BoundedLabel } from './bounded-label.js';
import { GroupMetrics } from './group-metrics.js';
import { MetricSet, SECONDS } from './metric-set.js';

const KIB = 1024;
const BYTES = [128, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, KIB ** 2, 4 * KIB ** 2];

/** Topics with a label of their own; the rest are counted together. */
const MAX_TOPIC_LABELS = 100;

export class BrokerMetrics extends MetricSet {
  readonly topicLabel = new BoundedLabel(MAX_TOPIC_LABELS);

  readonly ready = this.gauge(
    'ready',
    '1 if the broker answers calls, 0 while it opens, drains, or its disk has a problem',
  );

  readonly connections = this.gauge('connections', 'Open gRPC connections');
  readonly connectionsRefused = this.counter(
    'connections_refused_total',
    'gRPC connections that the broker closed',
    ['reason'],
  );
  readonly openCalls = this.gauge('open_calls', 'Calls under way', ['method']);
  readonly calls = this.counter('calls_total', 'Calls ended, by status', ['method', 'code']);
  readonly unarySeconds = this.histogram('unary_call_seconds', 'Time that unary calls took', SECONDS, [
    'method',
  ]);

  readonly receivingBytes = this.gauge('receiving_bytes', 'Bytes of messages that are half received');

  readonly appendedBatches = this.counter('appended_batches_total', 'Batches acknowledged', ['topic']);
  readonly appendedRecords = this.counter('appended_records_total', 'Records acknowledged', ['topic']);
  readonly appendedBytes = this.counter('appended_bytes_total', 'Bytes of batches acknowledged', ['topic']);
  readonly appendsRefused = this.counter('appends_refused_total', 'Batches refused, by error code', ['code']);
  readonly batchBytes = this.histogram('batch_bytes', 'Size of batches acknowledged', BYTES);
  readonly appendSeconds = this.histogram(
    'append_seconds',
    'Time from the receipt of a batch to its durability',
    SECONDS,
  );
  readonly inFlightBytes = this.gauge(
    'in_flight_bytes',
    'Bytes of batches received and not yet stored or refused',
  );

  readonly fetchedBytes = this.counter('fetched_bytes_total', 'Bytes of batches read for Fetch', ['topic']);
  readonly fetchBufferedBytes = this.gauge(
    'fetch_buffered_bytes',
    'Bytes of responses of Fetch and Consume that wait for their readers',
  );
  readonly fetchesEvicted = this.counter(
    'fetches_evicted_total',
    'Calls of Fetch and Consume ended because their reader did not read',
  );

  readonly groups = new GroupMetrics(this.registry);

  readonly commits = this.counter('commits_total', 'Groups of appends made durable together');
  readonly commitBatches = this.histogram(
    'commit_batches',
    'Batches in one group',
    [1, 2, 5, 10, 25, 50, 100, 250, 1000],
  );
  readonly commitWriteSeconds = this.histogram('commit_write_seconds', 'Time to write a group', SECONDS);
  readonly commitSyncSeconds = this.histogram('commit_sync_seconds', 'Time to sync a group', SECONDS);
  readonly committedBytes = this.counter('committed_bytes_total', 'Bytes made durable');
  readonly storeEvents = this.counter('store_events_total', 'What the log reported, other than commits', [
    'event',
  ]);
  readonly deletedBytes = this.counter('deleted_bytes_total', 'Bytes of segments deleted by retention');
  readonly openSeconds = this.gauge('open_seconds', 'Time that opening the data directory took');

  readonly topics = this.gauge('topics', 'Topics');
  readonly partitions = this.gauge('partitions', 'Partitions');
  readonly partitionsOffline = this.gauge(
    'partitions_offline',
    'Partitions that take no appends after a failed write or sync',
  );
  readonly partitionsDamaged = this.gauge('partitions_damaged', 'Partitions in which damage was found');
  readonly segments = this.gauge('segments', 'Segments of all partitions');
  readonly logBytes = this.gauge('log_bytes', 'Bytes of log files', ['topic']);
  readonly highWatermark = this.gauge('partition_high_watermark', 'The end of what can be read', [
    'topic',
    'partition',
  ]);
  readonly logStartOffset = this.gauge('partition_log_start_offset', 'The first readable offset', [
    'topic',
    'partition',
  ]);

  readonly eventLoopDelay = this.gauge(
    'event_loop_delay_seconds',
    'Delay of the event loop since the last scrape',
    ['quantile'],
  );
  readonly residentBytes = this.gauge('resident_bytes', 'Resident memory of the process');
  readonly heapBytes = this.gauge('heap_bytes', 'JavaScript heap in use');
  readonly externalBytes = this.gauge('external_bytes', 'Buffers outside of the heap');
  readonly cpuSeconds = this.gauge('cpu_seconds', 'Processor time used by the process since its start');

  /** Counts what the log reports. */
  onStoreEvent(event: StoreEvent): void {
    if (event.event !== 'committed') this.storeEvents.inc({ event: event.event });
    switch (event.event) {
      case 'committed':
        this.commits.inc();
        this.commitBatches.observe(event.batches);
        this.committedBytes.inc(event.bytes);
        this.commitWriteSeconds.observe(event.writeMs / 1000);
        this.commitSyncSeconds.observe(event.syncMs / 1000);
        break;
      case 'segments-deleted':
        this.deletedBytes.inc(event.bytes);
        break;
      case 'opened':
        this.openSeconds.set(event.durationMs / 1000);
        break;
    }
  }

  /** A batch was acknowledged. */
  onAppended(topic: string, records: number, bytes: number, tookMs: number): void {
    const label: LabelValues<'topic'> = { topic: this.topicLabel.of(topic) };
    this.appendedBatches.inc(label);
    this.appendedRecords.inc(label, records);
    this.appendedBytes.inc(label, bytes);
    this.batchBytes.observe(bytes);
    this.appendSeconds.observe(tookMs / 1000);
  }
}

/** The broker's metrics, all of them; `docs/metrics.md` says of each what it means, and a test compares the two. */
import { Counter, Gauge, Histogram, type LabelValues, Registry } from 'prom-client';
import type { StoreEvent } from '../../segment-store/index.js';
import { BoundedLabel } from './bounded-label.js';

const KIB = 1024;
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BYTES = [128, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, KIB ** 2, 4 * KIB ** 2];

/** Topics with a label of their own; the rest are counted together. */
const MAX_TOPIC_LABELS = 100;

export class BrokerMetrics {
  readonly registry = new Registry();
  readonly topicLabel = new BoundedLabel(MAX_TOPIC_LABELS);

  readonly ready = this.#gauge(
    'ready',
    '1 if the broker answers calls, 0 while it opens, drains, or its disk has a problem',
  );

  readonly connections = this.#gauge('connections', 'Open gRPC connections');
  readonly connectionsRefused = this.#counter(
    'connections_refused_total',
    'gRPC connections that the broker closed',
    ['reason'],
  );
  readonly openCalls = this.#gauge('open_calls', 'Calls under way', ['method']);
  readonly calls = this.#counter('calls_total', 'Calls ended, by status', ['method', 'code']);
  readonly unarySeconds = this.#histogram('unary_call_seconds', 'Time that unary calls took', SECONDS, [
    'method',
  ]);

  readonly receivingBytes = this.#gauge('receiving_bytes', 'Bytes of messages that are half received');

  readonly appendedBatches = this.#counter('appended_batches_total', 'Batches acknowledged', ['topic']);
  readonly appendedRecords = this.#counter('appended_records_total', 'Records acknowledged', ['topic']);
  readonly appendedBytes = this.#counter('appended_bytes_total', 'Bytes of batches acknowledged', ['topic']);
  readonly appendsRefused = this.#counter('appends_refused_total', 'Batches refused, by error code', [
    'code',
  ]);
  readonly batchBytes = this.#histogram('batch_bytes', 'Size of batches acknowledged', BYTES);
  readonly appendSeconds = this.#histogram(
    'append_seconds',
    'Time from the receipt of a batch to its durability',
    SECONDS,
  );
  readonly inFlightBytes = this.#gauge(
    'in_flight_bytes',
    'Bytes of batches received and not yet stored or refused',
  );

  readonly fetchedBytes = this.#counter('fetched_bytes_total', 'Bytes of batches read for Fetch', ['topic']);
  readonly fetchBufferedBytes = this.#gauge(
    'fetch_buffered_bytes',
    'Bytes of Fetch responses that wait for their readers',
  );
  readonly fetchesEvicted = this.#counter(
    'fetches_evicted_total',
    'Fetch calls ended because their reader did not read',
  );

  readonly groups = this.#gauge('groups', 'Consumer groups');
  readonly groupOffsets = this.#gauge('group_committed_offsets', 'Committed offsets of all groups');
  readonly groupMembers = this.#gauge('group_members', 'Members of a group', ['group']);
  readonly groupGeneration = this.#gauge('group_generation', "A group's generation", ['group']);
  readonly groupLagRecords = this.#gauge('group_lag_records', 'Records that a group has not read yet', [
    'group',
    'topic',
    'partition',
  ]);
  readonly groupLagSeconds = this.#gauge(
    'group_lag_seconds',
    'Age of the oldest record that a group has not read yet',
    ['group'],
  );
  readonly groupSentBytes = this.#counter('group_sent_bytes_total', 'Bytes of batches sent to members', [
    'topic',
  ]);
  readonly groupRebalances = this.#counter('group_rebalances_total', 'Times that partitions were shared out');
  readonly groupPartitionsMoved = this.#counter(
    'group_partitions_moved_total',
    'Partitions that changed hands',
  );
  readonly groupExpelled = this.#counter('group_expelled_total', 'Members expelled', ['reason']);
  readonly groupCommits = this.#counter('group_commits_total', 'Offsets committed');
  readonly groupCommitsRefused = this.#counter(
    'group_commits_refused_total',
    'Offsets that were not committed, by error code',
    ['code'],
  );
  readonly groupCommitSeconds = this.#histogram(
    'group_commit_seconds',
    'Time from the receipt of a commit to its durability',
    SECONDS,
  );
  readonly groupJournalSeconds = this.#histogram(
    'group_journal_seconds',
    'Time to write changes of groups to their journal',
    SECONDS,
  );
  readonly groupViewsRebuilt = this.#counter(
    'group_view_rebuilt_total',
    'Times that the view of the offsets was set aside and rebuilt',
  );
  readonly groupEvents = this.#counter('group_events_total', 'What groups reported, other than commits', [
    'event',
  ]);

  readonly commits = this.#counter('commits_total', 'Groups of appends made durable together');
  readonly commitBatches = this.#histogram(
    'commit_batches',
    'Batches in one group',
    [1, 2, 5, 10, 25, 50, 100, 250, 1000],
  );
  readonly commitWriteSeconds = this.#histogram('commit_write_seconds', 'Time to write a group', SECONDS);
  readonly commitSyncSeconds = this.#histogram('commit_sync_seconds', 'Time to sync a group', SECONDS);
  readonly committedBytes = this.#counter('committed_bytes_total', 'Bytes made durable');
  readonly storeEvents = this.#counter('store_events_total', 'What the log reported, other than commits', [
    'event',
  ]);
  readonly deletedBytes = this.#counter('deleted_bytes_total', 'Bytes of segments deleted by retention');
  readonly openSeconds = this.#gauge('open_seconds', 'Time that opening the data directory took');

  readonly topics = this.#gauge('topics', 'Topics');
  readonly partitions = this.#gauge('partitions', 'Partitions');
  readonly partitionsOffline = this.#gauge(
    'partitions_offline',
    'Partitions that take no appends after a failed write or sync',
  );
  readonly partitionsDamaged = this.#gauge('partitions_damaged', 'Partitions in which damage was found');
  readonly segments = this.#gauge('segments', 'Segments of all partitions');
  readonly logBytes = this.#gauge('log_bytes', 'Bytes of log files', ['topic']);
  readonly highWatermark = this.#gauge('partition_high_watermark', 'The end of what can be read', [
    'topic',
    'partition',
  ]);
  readonly logStartOffset = this.#gauge('partition_log_start_offset', 'The first readable offset', [
    'topic',
    'partition',
  ]);

  readonly eventLoopDelay = this.#gauge(
    'event_loop_delay_seconds',
    'Delay of the event loop since the last scrape',
    ['quantile'],
  );
  readonly residentBytes = this.#gauge('resident_bytes', 'Resident memory of the process');
  readonly heapBytes = this.#gauge('heap_bytes', 'JavaScript heap in use');
  readonly externalBytes = this.#gauge('external_bytes', 'Buffers outside of the heap');
  readonly cpuSeconds = this.#gauge('cpu_seconds', 'Processor time used by the process since its start');

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

  #counter<const L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
  ): Counter<L> {
    return new Counter({ name: `respool_${name}`, help, labelNames, registers: [this.registry] });
  }

  #gauge<const L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
  ): Gauge<L> {
    return new Gauge({ name: `respool_${name}`, help, labelNames, registers: [this.registry] });
  }

  #histogram<const L extends string = never>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly L[] = [],
  ): Histogram<L> {
    return new Histogram({ name: `respool_${name}`, help, buckets, labelNames, registers: [this.registry] });
  }
}

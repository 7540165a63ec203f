import { Admin } from '../admin/index.js';
import { type Connection, invalidOption } from '../connection/index.js';
import { checkWithinLog, fetchBatches } from '../reader/index.js';
import type { MarkedPartition, StoredReplay } from './replay-bookmark.js';
import type { ResolvedReplayOptions } from './replay-options.js';
import { remainingMs } from './replay-pace.js';

/** What a replay would do. */
export interface ReplayPlan {
  topic: string;
  to: string;
  /** True: each record goes into the partition of the same number. False: by key. */
  keepPartitions: boolean;
  /** True: it goes on where an earlier one of the same name was stopped. */
  resumed: boolean;
  /** By number. */
  partitions: PlannedPartition[];
  /** Records to look at, as far as offsets tell: in a compacted topic there are fewer, and a filter may leave some out. */
  records: number;
  /** The time of the first record, milliseconds since 1970 UTC. Undefined: there is none. */
  firstTimestampMs: number | undefined;
  /** The time of the last. */
  lastTimestampMs: number | undefined;
  /** How long it takes at its pace, milliseconds. Undefined: flat out, as long as it takes. */
  estimatedMs: number | undefined;
}

/** What is to be read of one partition. */
export interface PlannedPartition extends MarkedPartition {
  /** Records from `nextOffset` to `endOffset`, as far as offsets tell. */
  records: number;
  /** The time of the first of them, milliseconds since 1970 UTC. Undefined: there is none. */
  firstTimestampMs: number | undefined;
  /** The time of the last. */
  lastTimestampMs: number | undefined;
}

/** Finds out what a replay would do. TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, OFFSET_OUT_OF_RANGE, CORRUPT_BATCH, INVALID_ARGUMENT. */
export async function planReplay(
  connection: Connection,
  options: ResolvedReplayOptions,
  stored: StoredReplay | undefined,
): Promise<ReplayPlan> {
  const { topic, to, pace } = options;
  const counts = await partitionCounts(connection, options);
  const marked = stored?.partitions ?? (await resolveBounds(connection, options, counts.source));
  const keepPartitions = stored?.keepPartitions ?? options.keepPartitions ?? counts.target >= counts.source;
  if (keepPartitions) checkTarget(options, marked, counts.target);
  const partitions: PlannedPartition[] = [];
  for (const mark of [...marked].sort((a, b) => a.partition - b.partition)) {
    partitions.push(await describe(connection, options, mark));
  }
  const times = {
    firstTimestampMs: minimum(partitions.map(({ firstTimestampMs }) => firstTimestampMs)),
    lastTimestampMs: maximum(partitions.map(({ lastTimestampMs }) => lastTimestampMs)),
  };
  const records = partitions.reduce((sum, partition) => sum + partition.records, 0);
  const estimatedMs = remainingMs(pace, { total: records, passed: 0, elapsedMs: 0, ...times });
  return {
    topic,
    to,
    keepPartitions,
    resumed: stored !== undefined,
    partitions,
    records,
    ...times,
    estimatedMs,
  };
}

async function partitionCounts(
  connection: Connection,
  { topic, to }: ResolvedReplayOptions,
): Promise<{ source: number; target: number }> {
  const [source, target] = await new Admin(connection).describeTopics([topic, to]);
  return { source: source?.partitions.length ?? 0, target: target?.partitions.length ?? 0 };
}

async function resolveBounds(
  connection: Connection,
  { topic, partitions, from, until }: ResolvedReplayOptions,
  count: number,
): Promise<MarkedPartition[]> {
  const numbers = partitions ?? Array.from({ length: count }, (_, partition) => partition);
  const queries = numbers.flatMap((partition) => [from, until].map((at) => ({ topic, partition, at })));
  const found = await new Admin(connection).listOffsets(queries);
  found.forEach(checkWithinLog);
  return numbers.map((partition, i) => {
    const startOffset = found[2 * i]!.offset;
    const endOffset = Math.max(startOffset, found[2 * i + 1]!.offset);
    return { partition, startOffset, endOffset, nextOffset: startOffset };
  });
}

function checkTarget({ to }: ResolvedReplayOptions, marked: readonly MarkedPartition[], count: number): void {
  const highest = marked.reduce((most, { partition }) => Math.max(most, partition), 0);
  if (highest < count) return;
  const expected = `it must be false: ${to} has ${count} partitions, and partition ${highest} is to be copied`;
  throw invalidOption('keepPartitions', true, expected);
}

async function describe(
  connection: Connection,
  { topic, onDataLoss }: ResolvedReplayOptions,
  mark: MarkedPartition,
): Promise<PlannedPartition> {
  const { partition, nextOffset, endOffset } = mark;
  const records = endOffset - nextOffset;
  const first = { topic, partition, from: nextOffset, until: endOffset, onDataLoss, maxBytes: LOOK_BYTES };
  const last = { ...first, from: Math.max(nextOffset, endOffset - 1) };
  return {
    ...mark,
    records,
    firstTimestampMs: records === 0 ? undefined : await timeAt(connection, first),
    lastTimestampMs: records === 0 ? undefined : await timeAt(connection, last),
  };
}

/** One batch is enough. */
const LOOK_BYTES = 1024;

/** The time of the first record that there is. */
async function timeAt(
  connection: Connection,
  where: Parameters<typeof fetchBatches>[1],
): Promise<number | undefined> {
  for await (const batch of fetchBatches(connection, where)) {
    for (const { timestampMs } of batch.records()) return timestampMs;
  }
  return undefined;
}

function minimum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((least, value) => Math.min(least, value));
}

function maximum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((most, value) => Math.max(most, value));
}

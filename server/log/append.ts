/** `Append`: plain records, encoded here, one batch for each partition. */
import type { respool } from '../../proto/index.js';
import { BatchBuilder, type NewLogRecord, partitionForKey } from '../../proto/record-batch/index.js';
import type { TopicDescription } from '../../segment-store/index.js';
import type { BrokerContext } from '../broker-context.js';
import { invalidArgument, optionalOffset, wirePartition, wireTimestamp } from '../rpc/wire-number.js';
import { AppendLanes } from './append-lanes.js';
import type { Appender } from './appender.js';

type AppendRequest = respool.v1.AppendRequest;
type NewRecord = respool.v1.NewRecord.$Properties;
type AppendResponse = respool.v1.AppendResponse.$Properties;

export function appendHandler(
  { store }: Pick<BrokerContext, 'store'>,
  appender: Appender,
): (request: AppendRequest) => Promise<AppendResponse> {
  const sticky = new StickyPartition();
  return async ({ topic, records, expectedOffset }) => {
    if (records.length === 0) throw invalidArgument('records', 'is empty; at least one record is needed');
    await appender.ensureTopic(topic);
    const [description] = await store.describeTopics([topic]);
    const groups = byPartition(records, description!, sticky);
    const expected = optionalOffset('expected_offset', expectedOffset);
    if (expected !== undefined && groups.size > 1) {
      throw invalidArgument('expected_offset', `needs records of one partition; these are of ${groups.size}`);
    }
    return { positions: await appendGroups(appender, topic, [...groups.values()], expected) };
  };
}

/** The records of one partition, and where each stood in the request. */
interface PartitionGroup {
  partition: number;
  builder: BatchBuilder;
  indexes: number[];
  timestampsMs: number[];
}

function byPartition(
  records: readonly NewRecord[],
  { partitions: { length: partitions } }: TopicDescription,
  sticky: StickyPartition,
): Map<number, PartitionGroup> {
  const keyless = sticky.next(partitions);
  const nowMs = Date.now();
  const groups = new Map<number, PartitionGroup>();
  records.forEach((record, index) => {
    const partition = partitionOf(record, partitions, keyless);
    let group = groups.get(partition);
    if (!group) {
      group = { partition, builder: new BatchBuilder(), indexes: [], timestampsMs: [] };
      groups.set(partition, group);
    }
    const encoded = newLogRecord(record, nowMs);
    group.builder.append(encoded);
    group.indexes.push(index);
    group.timestampsMs.push(encoded.timestampMs);
  });
  return groups;
}

/** The number is checked against the topic by the store. */
function partitionOf({ partition, key }: NewRecord, partitions: number, keyless: number): number {
  if (partition != null) return wirePartition(partition);
  return key ? partitionForKey(key, partitions) : keyless;
}

function newLogRecord({ key, value, headers, timestampMs }: NewRecord, nowMs: number): NewLogRecord {
  return {
    timestampMs: timestampMs == null ? nowMs : wireTimestamp('timestamp_ms', timestampMs),
    key: key ?? null,
    value: value ?? null,
    headers: headers?.map((header) => ({ key: header.key ?? '', value: header.value ?? null })),
  };
}

/** All partitions side by side; waits for all, so that a failure leaves nothing under way behind it. */
async function appendGroups(
  appender: Appender,
  topic: string,
  groups: readonly PartitionGroup[],
  expectedOffset: number | undefined,
): Promise<respool.v1.RecordPosition.$Properties[]> {
  const positions: respool.v1.RecordPosition.$Properties[] = [];
  const lanes = new AppendLanes();
  const outcomes = await Promise.allSettled(
    groups.map(async ({ partition, builder, indexes, timestampsMs }) => {
      const { baseOffset } = await appender.append(lanes, {
        topic,
        partition,
        batch: builder.build(),
        expectedOffset,
      });
      indexes.forEach((index, i) => {
        positions[index] = { partition, offset: baseOffset + i, timestampMs: timestampsMs[i]! };
      });
    }),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return positions;
}

/** Where records without a key go: one partition for a call, the next for the next. */
class StickyPartition {
  #calls = 0;

  next(partitions: number): number {
    return this.#calls++ % partitions;
  }
}

/** What is read, and in which order. */
import type { Position, ReadOptions, RecordFilter, Respool } from '../../sdk/index.js';
import type { ConsumedRecord } from './record-format.js';
import { mergeByTime } from './record-merge.js';

export interface Reading extends ReadOptions {
  topic: string;
  /** Undefined: all. */
  partition: number | undefined;
  from: Position;
  until: Position | undefined;
  maxRecords: number | undefined;
  filter: RecordFilter | undefined;
}

/**
 * The records, in runs that are there at once. Of one partition in the order of offsets. Of several: by time while reading ends, so that the order is the same every time; as
 * they come while it follows.
 */
export async function* readRecords(
  client: Respool,
  reading: Reading,
): AsyncGenerator<Iterable<ConsumedRecord>> {
  const { partition, filter, maxRecords, ...options } = reading;
  const partitions = partition === undefined ? await partitionsOf(client, reading.topic) : [partition];
  if (partitions.length === 1 && filter === undefined) {
    for await (const batch of client.fetch({ ...options, partition: partitions[0]! })) yield batch.records();
  } else if (reading.follow || partitions.length === 1) {
    const records = client.records({ ...options, partitions, filter, maxRecords });
    for await (const record of records) yield [record];
  } else {
    const sources = partitions.map((one) => client.records({ ...options, partitions: [one], filter }));
    for await (const record of mergeByTime(sources)) yield [record];
  }
}

async function partitionsOf(client: Respool, topic: string): Promise<number[]> {
  const [description] = await client.admin.describeTopics([topic]);
  return description!.partitions.map(({ partition }) => partition);
}

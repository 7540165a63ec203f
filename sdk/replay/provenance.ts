/**
 * Headers of a copy that say where it comes from. They stand behind the original's own, in this order: topic, partition, offset and timestamp of the original, and the replay's name if it has
 * one. Whatever was there is kept: a copy of a copy has them once more, so that the first say where the record began, and the last where this copy was made from.
 */
import type { LogHeader, NewLogHeader, RecordCursor } from '../../proto/record-batch/index.js';

const TOPIC_HEADER = 'respool-replay-topic';
const PARTITION_HEADER = 'respool-replay-partition';
const OFFSET_HEADER = 'respool-replay-offset';
const TIMESTAMP_HEADER = 'respool-replay-timestamp';
const NAME_HEADER = 'respool-replay-name';

/** A place that copies are made from. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
}

/** The headers of a copy of the record that a cursor is on. */
export type CopyHeaders = (cursor: RecordCursor) => readonly NewLogHeader[];

/** For copies of one partition, made by the replay of that name. */
export function copyHeaders({ topic, partition }: Origin, name: string | undefined): CopyHeaders {
  const of = { key: TOPIC_HEADER, value: Buffer.from(topic) };
  const at = { key: PARTITION_HEADER, value: Buffer.from(String(partition)) };
  const by = name === undefined ? [] : [{ key: NAME_HEADER, value: Buffer.from(name) }];
  return (cursor) => [
    ...cursor.headers(),
    of,
    at,
    { key: OFFSET_HEADER, value: String(cursor.offset) },
    { key: TIMESTAMP_HEADER, value: String(cursor.timestampMs) },
    ...by,
  ];
}

/** What to look for to find the copies that a replay has made of a topic. */
export function copyFilter(topic: string, name: string): Readonly<Record<string, string>> {
  return { [TOPIC_HEADER]: topic, [NAME_HEADER]: name };
}

/** Where a copy was made from, if that was of this topic and by the replay of that name. */
export function originOf(
  headers: readonly LogHeader[],
  topic: string,
  name: string,
): { partition: number; offset: number } | undefined {
  const last = (key: string): string | undefined =>
    headers.findLast((header) => header.key === key)?.value?.toString();
  if (last(TOPIC_HEADER) !== topic || last(NAME_HEADER) !== name) return undefined;
  const partition = Number(last(PARTITION_HEADER));
  const offset = Number(last(OFFSET_HEADER));
  return Number.isSafeInteger(partition) && Number.isSafeInteger(offset) ? { partition, offset } : undefined;
}

/** Where delivery of a partition begins. */
import { type PartitionBounds, StoreError } from '../../segment-store/index.js';
import type { TopicPartition } from '../committed-offset.js';
import { GroupError } from '../errors.js';
import type { OffsetReset } from '../groups.js';
import { partitionName } from '../partition-name.js';

export type LogRange = Pick<PartitionBounds, 'logStartOffset' | 'highWatermark'>;

/**
 * At the committed offset; without one, or if it lies outside of the log (retention was faster, or the log lost its end), where the policy says.
 * NO_COMMITTED_OFFSET, OFFSET_OUT_OF_RANGE: it says nothing.
 */
export function startOffset(
  place: TopicPartition & { group: string },
  committedOffset: number | undefined,
  range: LogRange,
  policy: OffsetReset,
): number {
  if (committedOffset === undefined) {
    if (policy === 'none') throw noCommittedOffset(place);
    return fallback(range, policy);
  }
  if (isWithin(committedOffset, range)) return committedOffset;
  if (policy === 'none') throw outOfRange(place, committedOffset, range);
  return fallback(range, policy);
}

export function isWithin(offset: number, { logStartOffset, highWatermark }: LogRange): boolean {
  return offset >= logStartOffset && offset <= highWatermark;
}

export function fallback(
  { logStartOffset, highWatermark }: LogRange,
  policy: Exclude<OffsetReset, 'none'>,
): number {
  return policy === 'earliest' ? logStartOffset : highWatermark;
}

function noCommittedOffset({ group, topic, partition }: TopicPartition & { group: string }): GroupError {
  const message = `The group "${group}" has no committed offset for ${partitionName(topic, partition)}, and the member has no reset policy`;
  return new GroupError('NO_COMMITTED_OFFSET', message, { group, topic, partition });
}

function outOfRange({ topic, partition }: TopicPartition, offset: number, range: LogRange): StoreError {
  const { logStartOffset: startOffset, highWatermark: endOffset } = range;
  const place = partitionName(topic, partition);
  const message = `The committed offset ${offset} is outside of ${place}, which has ${startOffset} to ${endOffset} (exclusive), and the member has no reset policy`;
  return new StoreError('OFFSET_OUT_OF_RANGE', message, { topic, partition, offset, startOffset, endOffset });
}

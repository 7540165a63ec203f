/**
 * Planning: where one partition of a group goes. Pure functions of its position and of what is asked.
 *
 * Invariants of every plan: log start offset ≤ after ≤ high watermark; `asked` is set exactly where it differs from `after`.
 */
import type { TopicPartition } from '../committed-offset.js';
import { GroupError } from '../errors.js';
import type { PlannedReset, ResetTarget } from './reset-plan.js';

/** How a group and the log stand in one partition. */
export interface PartitionPosition extends TopicPartition {
  group: string;
  committed: number | undefined;
  logStartOffset: number;
  highWatermark: number;
}

/** A target for one partition, after whatever had to be looked up. */
export type PartitionTarget =
  | Extract<ResetTarget, { to: 'earliest' | 'latest' | 'current' | 'offset' | 'shift' }>
  /** The offset of the first record of the time asked for, or later; undefined: there is none. */
  | { to: 'found'; offset: number | undefined };

/** Throws NO_COMMITTED_OFFSET. What it comes to in bytes is looked up afterwards, from {@link offsetsBetween}. */
export function planPartition(
  position: PartitionPosition,
  target: PartitionTarget,
): Omit<PlannedReset, 'bytes'> {
  const { group, topic, partition, committed, logStartOffset, highWatermark } = position;
  const asked = askedOffset(position, target);
  const after = withinLog(asked, position);
  return {
    group,
    topic,
    partition,
    before: committed,
    after,
    asked: asked === after ? undefined : asked,
    logStartOffset,
    highWatermark,
    records: after - readTo(committed, position),
  };
}

/** The offsets that are read again or skipped, half-open. */
export function offsetsBetween(planned: Omit<PlannedReset, 'bytes'>): {
  startOffset: number;
  endOffset: number;
} {
  const { after, before } = planned;
  const read = readTo(before, planned);
  return { startOffset: Math.min(read, after), endOffset: Math.max(read, after) };
}

function askedOffset(position: PartitionPosition, target: PartitionTarget): number {
  const { committed, logStartOffset, highWatermark } = position;
  switch (target.to) {
    case 'earliest':
      return logStartOffset;
    case 'latest':
      return highWatermark;
    case 'current':
      return committed ?? highWatermark;
    case 'offset':
      return target.offset;
    case 'shift':
      if (committed === undefined) throw nothingToShift(position);
      return committed + target.by;
    case 'found':
      return target.offset ?? highWatermark;
  }
}

type LogRange = Pick<PartitionPosition, 'logStartOffset' | 'highWatermark'>;

function withinLog(offset: number, { logStartOffset, highWatermark }: LogRange): number {
  return Math.min(Math.max(offset, logStartOffset), highWatermark);
}

/** Up to where the group has read what is still in the log. */
function readTo(committed: number | undefined, log: LogRange): number {
  return committed === undefined ? log.logStartOffset : withinLog(committed, log);
}

function nothingToShift({ group, topic, partition }: PartitionPosition): GroupError<'NO_COMMITTED_OFFSET'> {
  const message = `The group "${group}" has no committed offset for ${topic}-${partition} that could be shifted`;
  return new GroupError('NO_COMMITTED_OFFSET', message, { group, topic, partition });
}

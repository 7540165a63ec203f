import type { SkippedOffsets } from './consumer-options.js';
import type { OwnedPartition } from './owned-partition.js';

/** What the broker sent of a partition, in the order in which it is to be handed out. */
export type Arrival = ArrivedBatches | ArrivedGap;

/** Batches, one behind the other. */
export interface ArrivedBatches {
  readonly partition: OwnedPartition;
  /** The last seek that they obey. */
  readonly seekNumber: number;
  readonly bytes: Uint8Array;
  /** The offset to go on from behind them. */
  readonly nextOffset: number;
  readonly highWatermark: number;
  readonly skipped?: undefined;
}

/** Offsets that were gone past. */
export interface ArrivedGap {
  readonly partition: OwnedPartition;
  readonly skipped: SkippedOffsets;
}

/** True if it is still to be handed out: not from before a seek or a reset, and not of a partition that is to go. */
export function isCurrent({
  partition,
  seekNumber,
}: {
  partition: OwnedPartition;
  seekNumber: number;
}): boolean {
  return partition.live && !partition.revoked && partition.seekNumber === seekNumber;
}

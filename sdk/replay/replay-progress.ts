/** How far a replay is. */
export interface ReplayProgress {
  /** Records that were copied, by this run. */
  copied: number;
  /** Records that were gone past: they do not match the filter, or an earlier run had copied them. */
  skipped: number;
  /** Records that this run has before it, as far as offsets tell: in a compacted topic there are fewer. */
  total: number;
  /** Since it was begun, milliseconds. */
  elapsedMs: number;
  /** About how much longer it takes, milliseconds. Undefined: nothing tells yet. */
  remainingMs: number | undefined;
  /** By number. */
  perPartition: PartitionReplayProgress[];
}

/** How far a partition is. */
export interface PartitionReplayProgress {
  partition: number;
  /** The next offset to look at. */
  nextOffset: number;
  /** Where it ends. */
  endOffset: number;
  copied: number;
  skipped: number;
}

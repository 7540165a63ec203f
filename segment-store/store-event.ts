/** What the store tells whoever runs it, for logs and metrics. It goes on whether or not anybody listens. */
export type StoreEvent =
  /** The store is open. `clean`: the last one closed properly and nothing was scanned. */
  | { event: 'opened'; topics: number; partitions: number; clean: boolean; durationMs: number }
  /** An incomplete tail was cut off an unsynced end; the bytes are in `keptIn`, unless there was no room for them. */
  | {
      event: 'tail-cut';
      topic: string;
      partition: number;
      offset: number;
      bytes: number;
      keptIn: string | undefined;
    }
  /** Stored bytes are damaged; offsets of the range answer CORRUPT_BATCH. */
  | {
      event: 'damage-found';
      topic: string;
      partition: number;
      startOffset: number;
      endOffset: number;
      reason: string;
    }
  /** A file was not as it should be and was made anew from the log (an index, a snapshot, a checkpoint). */
  | { event: 'rebuilt'; file: string; reason: string }
  /** A write or a sync failed; the partition takes no more appends until the next start. */
  | { event: 'partition-offline'; topic: string; partition: number; error: Error }
  /** The disk is full (or below the reserve): appends are refused. */
  | { event: 'disk-full'; freeBytes: number | undefined }
  /** There is room again: appends are taken. */
  | { event: 'disk-recovered'; freeBytes: number }
  /** A new segment was begun. */
  | { event: 'segment-rolled'; topic: string; partition: number; baseOffset: number }
  /** Old segments were deleted. */
  | {
      event: 'segments-deleted';
      topic: string;
      partition: number;
      segments: number;
      bytes: number;
      logStartOffset: number;
    }
  /** A partition was compacted. */
  | {
      event: 'compacted';
      topic: string;
      partition: number;
      bytesBefore: number;
      bytesAfter: number;
      durationMs: number;
    }
  /** A group of appends of one partition was written (and, by default, synced) and acknowledged. */
  | {
      event: 'committed';
      topic: string;
      partition: number;
      batches: number;
      bytes: number;
      writeMs: number;
      syncMs: number;
    }
  /** Something in the background failed and will be tried again. */
  | { event: 'background-error'; doing: string; error: Error };

export type StoreEventListener = (event: StoreEvent) => void;

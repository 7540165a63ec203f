/**
 * What an inspection tells, item by item, in the order of the files. Sizes and positions are bytes, times milliseconds since 1970 UTC,
 * all bounds half-open. `file` is a path as it was found.
 */
import type { Compression, LogHeader } from '../../proto/record-batch/index.js';

export type InspectionItem =
  | FileItem
  | BatchItem
  | RecordItem
  | IndexEntryItem
  | Finding
  | SegmentItem
  | PartitionItem;

/**
 * What a finding means.
 * - `damage`: bytes are not what was written; records are lost, or a file that vouches for others cannot be believed.
 * - `repairable`: an aid (an index, a snapshot, a checkpoint) is missing or wrong; the broker makes it anew at its next start.
 * - `note`: as it may be after a crash or while a segment is being written; nothing is lost.
 */
export type Severity = 'damage' | 'repairable' | 'note';

export interface Finding {
  item: 'finding';
  severity: Severity;
  file: string;
  /** One sentence fragment: what is wrong, and what was expected. */
  reason: string;
  /** The bytes concerned. */
  position?: number;
  endPosition?: number;
  /** The offsets concerned; without an end if nobody can tell. */
  startOffset?: number;
  endOffset?: number;
}

/** A file that is looked at by itself, before its content. */
export interface FileItem {
  item: 'file';
  file: string;
  kind: 'log' | 'index' | 'timeindex' | 'seal' | 'snapshot' | 'kept-tail' | 'checkpoint' | 'settings';
  sizeBytes: number;
  /** What the file says, for kinds with a few fields or lines. */
  fields?: Readonly<Record<string, string | number>>;
}

export interface BatchItem {
  item: 'batch';
  file: string;
  position: number;
  sizeBytes: number;
  baseOffset: number;
  lastOffset: number;
  recordsCount: number;
  /** Undefined: a codec that is not defined. */
  compression: Compression | undefined;
  baseTimestampMs: number;
  maxTimestampMs: number;
  /** Undefined: not of an idempotent producer. */
  producer: { producerId: number; producerEpoch: number; baseSequence: number } | undefined;
  crc: number;
}

export interface RecordItem {
  item: 'record';
  offset: number;
  timestampMs: number;
  key: Buffer | undefined;
  value: Buffer | undefined;
  headers: readonly LogHeader[];
}

/** An entry of an index: `position` in an offset index, `timestampMs` in a time index. */
export interface IndexEntryItem {
  item: 'index-entry';
  file: string;
  offset: number;
  position?: number;
  timestampMs?: number;
}

/** A segment, behind all its batches and findings. */
export interface SegmentItem {
  item: 'segment';
  file: string;
  baseOffset: number;
  /** One behind the last offset of its last sound batch. */
  endOffset: number;
  batches: number;
  records: number;
  sizeBytes: number;
  minTimestampMs: number | undefined;
  maxTimestampMs: number | undefined;
  offsetIndexEntries: number | undefined;
  timeIndexEntries: number | undefined;
  /** How far its seal vouches for it; undefined without a seal. */
  sealedUntil: number | undefined;
}

/** A partition, behind all its segments. */
export interface PartitionItem {
  item: 'partition';
  topic: string;
  partition: number;
  folder: string;
  segments: number;
  logStartOffset: number;
  endOffset: number;
  recoveryPoint: number | undefined;
  records: number;
  sizeBytes: number;
}

/** What to list besides segments, partitions and findings. */
export interface InspectionOptions {
  /** Every batch, and every entry of an index that is looked at by itself. */
  batches: boolean;
  /** Every record: batches are decompressed and decoded. */
  records: boolean;
  /** Decode the records of every batch, listed or not, so that what lies behind a right CRC is checked too. */
  checkRecords: boolean;
}

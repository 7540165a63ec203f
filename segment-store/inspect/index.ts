/** Looking at files of the log without a broker: what they hold, and where they are damaged. Changes nothing. */
export type {
  BatchItem,
  FileItem,
  Finding,
  IndexEntryItem,
  InspectionItem,
  InspectionOptions,
  PartitionItem,
  RecordItem,
  SegmentItem,
  Severity,
} from './inspection-item.js';

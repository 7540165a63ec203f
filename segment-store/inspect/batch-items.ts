/** A batch as items: itself, its records, and what is wrong inside of it although its CRC is right. */
import {
  type BatchHeader,
  compressionOf,
  InvalidBatchError,
  lastOffset,
  RecordBatch,
} from '../../proto/record-batch/index.js';
import type { BatchItem, Finding, RecordItem } from './inspection-item.js';

/** What a batch may hold when it is decompressed. A generous bound: the broker let it in under its own. */
const MAX_UNCOMPRESSED_BYTES = 1024 ** 3;

const NO_PRODUCER = -1;

export function batchItem(file: string, position: number, header: BatchHeader): BatchItem {
  const { producerId, producerEpoch, baseSequence } = header;
  return {
    item: 'batch',
    file,
    position,
    sizeBytes: header.sizeBytes,
    baseOffset: header.baseOffset,
    lastOffset: lastOffset(header),
    recordsCount: header.recordsCount,
    compression: compressionOf(header),
    baseTimestampMs: header.baseTimestamp,
    maxTimestampMs: header.maxTimestamp,
    producer: producerId === NO_PRODUCER ? undefined : { producerId, producerEpoch, baseSequence },
    crc: header.crc,
  };
}

/** Decodes the records of a batch; yields them if `list` says so, and a finding if one of them is malformed. `bytes` is the whole batch. */
export async function* recordItems(
  file: string,
  position: number,
  bytes: Buffer,
  header: BatchHeader,
  list: boolean,
): AsyncGenerator<RecordItem | Finding> {
  try {
    const cursor = await new RecordBatch(header, bytes).decompress({
      maxUncompressedBytes: MAX_UNCOMPRESSED_BYTES,
    });
    while (cursor.next()) {
      if (list) yield { item: 'record', ...cursor.record() };
      else cursor.checkHeaders();
    }
  } catch (error) {
    if (!(error instanceof InvalidBatchError)) throw error;
    yield {
      item: 'finding',
      severity: 'damage',
      file,
      position,
      endPosition: position + header.sizeBytes,
      startOffset: error.offset ?? header.baseOffset,
      endOffset: lastOffset(header) + 1,
      reason: `the CRC is right, but ${error.reason}`,
    };
  }
}

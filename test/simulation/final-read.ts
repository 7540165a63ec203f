/** Reads a healed log from beginning to end, and asks it about itself. */
import { isStoreError, type LogStore } from '../../segment-store/index.js';
import type { FinalLog, StoredRecord } from '../history/history.js';
import { keyOf, type PartitionName } from './client-context.js';
import { decodeBatches } from './sent-batch.js';

export interface FinalRead {
  log: Omit<FinalLog, 'deletableBelow'>;
  /** The stored records, with their times. */
  records: readonly (StoredRecord & { timestampMs: number })[];
}

const MAX_BYTES = 3000;
/** More would mean that reading does not get on. */
const MAX_READS = 100_000;

export async function readWholeLog(store: LogStore, name: PartitionName): Promise<FinalRead> {
  const { topic, partition } = name;
  const { logStartOffset, highWatermark } = await store.bounds(topic, partition);
  const records: FinalRead['records'][number][] = [];
  const damaged: { startOffset: number; endOffset: number }[] = [];
  let offset = logStartOffset;
  for (let reads = 0; offset < highWatermark; reads += 1) {
    if (reads === MAX_READS) throw new Error(`reading ${keyOf(name)} stands still at ${offset}`);
    try {
      const read = await store.read(topic, partition, offset, MAX_BYTES);
      records.push(...decodeBatches(read.batches, offset));
      if (read.nextOffset <= offset)
        throw new Error(`a read of ${keyOf(name)} at ${offset} below ${highWatermark} found nothing`);
      offset = read.nextOffset;
    } catch (error) {
      if (!isStoreError(error, 'CORRUPT_BATCH')) throw error;
      const { startOffset, endOffset } = error.details;
      damaged.push({ startOffset: Math.max(startOffset, offset), endOffset });
      offset = endOffset;
    }
  }
  return {
    log: { partition: keyOf(name), logStartOffset, endOffset: highWatermark, records, damaged },
    records,
  };
}

/** Where the log's answers to "what came at this time or later" differ from a linear scan; undefined if nowhere. */
export async function wrongLookup(
  store: LogStore,
  name: PartitionName,
  records: FinalRead['records'],
): Promise<string | undefined> {
  const times = new Set(records.flatMap(({ timestampMs }) => [timestampMs, timestampMs + 1]));
  const chosen = [...times].filter((_, i) => i % Math.ceil(times.size / 10) === 0);
  for (const timestampMs of chosen) {
    const expected = records.find((record) => record.timestampMs >= timestampMs)?.offset;
    const found = await foundOrDamaged(store, name, timestampMs);
    if (found !== 'damaged' && found?.offset !== expected)
      return `${keyOf(name)}: the first record at ${timestampMs} is at ${expected}, not ${found?.offset}`;
  }
  return undefined;
}

/** Damage may hide the answer; what it may hide is judged by the final read. */
async function foundOrDamaged(store: LogStore, name: PartitionName, timestampMs: number) {
  try {
    return await store.findByTime(name.topic, name.partition, timestampMs);
  } catch (error) {
    if (isStoreError(error, 'CORRUPT_BATCH')) return 'damaged';
    throw error;
  }
}

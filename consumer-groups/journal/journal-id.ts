/** Which journal it is: a name that its first record carries, so that the view of another one is not taken for this one's. */
import { InvalidBatchError, splitBatches } from '../../proto/record-batch/index.js';
import { isStoreError, type LogStore } from '../../segment-store/index.js';
import { decodeFact } from './journal-record.js';
import { JOURNAL_PARTITION, JOURNAL_TOPIC, MAX_JOURNAL_BATCH_BYTES } from './journal-topic.js';
import { MalformedRecordError } from './record-bytes.js';

/** Undefined: it is empty, or its beginning is gone or damaged. Compaction keeps the record where it is: nothing ever supersedes it. */
export async function readJournalId(store: LogStore, logStartOffset: number): Promise<string | undefined> {
  try {
    const { batches } = await store.read(JOURNAL_TOPIC, JOURNAL_PARTITION, logStartOffset, 1);
    for (const batch of splitBatches(batches)) {
      const records = await batch.decompress({ maxUncompressedBytes: MAX_JOURNAL_BATCH_BYTES });
      const key = records.next() ? records.key() : undefined;
      const fact = key && decodeFact(key, records.value());
      return fact?.kind === 'journal' ? fact.id : undefined;
    }
    return undefined;
  } catch (error) {
    if (isStoreError(error, 'CORRUPT_BATCH')) return undefined;
    if (error instanceof MalformedRecordError || error instanceof InvalidBatchError) return undefined;
    throw error;
  }
}

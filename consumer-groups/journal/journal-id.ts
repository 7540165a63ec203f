/** Which journal it is: a name that its first record carries, so that the view of another one is not taken for this one's. */
import { splitBatches } from '../../proto/record-batch/index.js';
import { isStoreError, type LogStore } from '../../segment-store/index.js';
import { decodeFact } from './journal-record.js';
import { JOURNAL_PARTITION, JOURNAL_TOPIC } from './journal-topic.js';
import { MalformedRecordError } from './record-bytes.js';

/** Undefined: it is empty, or its beginning is gone or damaged. Compaction keeps the record where it is: nothing ever supersedes it. */
export async function readJournalId(store: LogStore, logStartOffset: number): Promise<string | undefined> {
  try {
    const { batches } = await store.read(JOURNAL_TOPIC, JOURNAL_PARTITION, logStartOffset, 1);
    for (const batch of splitBatches(batches)) {
      for (const { key, value } of batch.cursor()) {
        const fact = key && decodeFact(key, value);
        return fact?.kind === 'journal' ? fact.id : undefined;
      }
    }
    return undefined;
  } catch (error) {
    if (isStoreError(error, 'CORRUPT_BATCH') || error instanceof MalformedRecordError) return undefined;
    throw error;
  }
}

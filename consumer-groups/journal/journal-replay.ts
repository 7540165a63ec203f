/** Reads the journal: what its records say, from an offset to its end, past what is damaged. */
import { InvalidBatchError, type RecordBatch, splitBatches } from '../../proto/record-batch/index.js';
import { isStoreError, type LogStore, type OffsetRange } from '../../segment-store/index.js';
import { decodeFact, type JournalFact } from './journal-record.js';
import { JOURNAL_PARTITION, JOURNAL_TOPIC, MAX_JOURNAL_BATCH_BYTES } from './journal-topic.js';
import { MalformedRecordError } from './record-bytes.js';

const READ_BYTES = 1024 ** 2;

/** What a replay came upon. */
export interface JournalReplay {
  /** Where it ended. */
  nextOffset: number;
  records: number;
  /** True if offsets are missing although nothing there is damaged: compaction was there. */
  compacted: boolean;
  /** What could not be read, ascending: damaged batches, and records that make no sense. */
  damaged: OffsetRange[];
}

/** Hands every fact of `fromOffset`..`endOffset` to `take`, in order. `fromOffset` must not be below the log's start. */
export async function replayJournal(
  store: LogStore,
  fromOffset: number,
  endOffset: number,
  take: (fact: JournalFact) => void,
): Promise<JournalReplay> {
  const replay: JournalReplay = { nextOffset: fromOffset, records: 0, compacted: false, damaged: [] };
  while (replay.nextOffset < endOffset) {
    try {
      const { batches, nextOffset } = await store.read(
        JOURNAL_TOPIC,
        JOURNAL_PARTITION,
        replay.nextOffset,
        READ_BYTES,
      );
      for (const batch of splitBatches(batches)) await replayBatch(batch, replay, take);
      replay.nextOffset = Math.max(replay.nextOffset, nextOffset);
    } catch (error) {
      if (!isStoreError(error, 'CORRUPT_BATCH')) throw error;
      skip(replay, error.details.endOffset);
    }
  }
  return replay;
}

async function replayBatch(
  batch: RecordBatch,
  replay: JournalReplay,
  take: (fact: JournalFact) => void,
): Promise<void> {
  try {
    // None of ours is compressed; one that is, is read all the same.
    const records = await batch.decompress({ maxUncompressedBytes: MAX_JOURNAL_BATCH_BYTES });
    while (records.next()) {
      if (records.offset < replay.nextOffset) continue;
      if (records.offset > replay.nextOffset) replay.compacted = true;
      replay.nextOffset = records.offset + 1;
      replay.records += 1;
      takeRecord(records.key(), records.value(), replay, take);
    }
  } catch (error) {
    if (!(error instanceof InvalidBatchError)) throw error;
    skip(replay, batch.nextOffset);
  }
  if (replay.nextOffset < batch.nextOffset) {
    replay.compacted = true;
    replay.nextOffset = batch.nextOffset;
  }
}

function takeRecord(
  key: Buffer | undefined,
  value: Buffer | undefined,
  replay: JournalReplay,
  take: (fact: JournalFact) => void,
): void {
  try {
    if (key === undefined) throw new MalformedRecordError('it has no key');
    const fact = decodeFact(key, value);
    if (fact) take(fact);
  } catch (error) {
    if (!(error instanceof MalformedRecordError)) throw error;
    replay.damaged.push({ startOffset: replay.nextOffset - 1, endOffset: replay.nextOffset });
  }
}

function skip(replay: JournalReplay, endOffset: number): void {
  const startOffset = replay.nextOffset;
  if (endOffset <= startOffset) throw new Error(`the journal's damage at ${startOffset} has no end`);
  replay.damaged.push({ startOffset, endOffset });
  replay.nextOffset = endOffset;
}

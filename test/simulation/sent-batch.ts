/** Batches that simulated clients send, and records as they come back, in the checker's form. */
import { BatchBuilder, type BatchProducer, splitBatches } from '../../proto/record-batch/index.js';
import type { StoredRecord } from '../history/history.js';
import type { SeededRandom } from './seeded-random.js';

export interface ClientRecord {
  timestampMs: number;
  /** Undefined: none. */
  key?: string | undefined;
  content: string;
}

/** So few that compaction finds much to do. */
const KEYS = 6;

/** Records with a number that makes them unique, and sizes from a few bytes to more than a sector. */
export function randomRecords(random: SeededRandom, nowMs: number, nextNumber: () => number): ClientRecord[] {
  const count = random.between(1, 4);
  return Array.from({ length: count }, () => {
    const number = nextNumber();
    const filler = String.fromCharCode(97 + (number % 26)).repeat(random.pick([0, 10, 100, 700]));
    const key = `key-${random.between(0, KEYS)}`;
    return { timestampMs: nowMs + random.between(-50, 50), key, content: `#${number} ${filler}` };
  });
}

export function encodeBatch(records: readonly ClientRecord[], producer?: BatchProducer): Buffer {
  const builder = new BatchBuilder({ initialBytes: 1024 });
  for (const { timestampMs, key, content } of records)
    builder.append({ timestampMs, key, value: Buffer.from(content, 'latin1') });
  return builder.build(producer ? { producer } : {});
}

/** What the checker compares: everything of the record that the client chose. */
export function checkedValue({ timestampMs, key, content }: ClientRecord): string {
  return `${timestampMs} ${key ?? 'none'} ${content}`;
}

/** The key in what {@link checkedValue} gave. */
export function keyIn(value: string): string {
  return value.split(' ')[1] ?? '';
}

/** The time in what {@link checkedValue} gave. */
export function timestampOf(value: string): number {
  return Number(value.slice(0, value.indexOf(' ')));
}

/** The records from `fromOffset` on. Bytes that are no batch come back as a value that nobody sent: it is the checker that judges. */
export function decodeBatches(
  batches: Buffer,
  fromOffset: number,
): (StoredRecord & { timestampMs: number })[] {
  const records: (StoredRecord & { timestampMs: number })[] = [];
  try {
    for (const batch of splitBatches(batches)) {
      const cursor = batch.cursor();
      while (cursor.next()) {
        const content = cursor.value()?.toString('latin1') ?? 'null';
        const key = cursor.key()?.toString('latin1');
        const { offset, timestampMs } = cursor;
        if (offset >= fromOffset)
          records.push({ offset, timestampMs, value: checkedValue({ timestampMs, key, content }) });
      }
    }
  } catch (error) {
    const offset = (records.at(-1)?.offset ?? fromOffset - 1) + 1;
    records.push({ offset, timestampMs: 0, value: `not a batch: ${String(error)}` });
  }
  return records;
}

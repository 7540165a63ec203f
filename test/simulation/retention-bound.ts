import type { TopicConfig } from '../../segment-store/index.js';
import type { History, StoredRecord } from '../history/history.js';
import { timestampOf } from './sent-batch.js';

/** More than a record takes beside its content, in a batch of its own. */
const OVERHEAD_BYTES = 100;

/**
 * The offset below which retention may have deleted, and at most that: it spares what is younger than `retentionMs` at the latest time that
 * the broker's clock has shown, and always keeps `retentionBytes`.
 */
export function deletableBelow(
  config: Partial<TopicConfig>,
  history: History,
  partition: string,
  latestWallMs: number,
): number {
  const { cleanupPolicy, retentionMs, retentionBytes } = config;
  if (cleanupPolicy === 'compact') return 0;
  const records = knownRecords(history, partition);
  return Math.max(
    retentionMs === undefined ? 0 : firstYoung(records, latestWallMs - retentionMs),
    retentionBytes === undefined ? 0 : lastWithBytesBehind(records, retentionBytes),
  );
}

/** Every acknowledged record that was not truncated away, ascending. */
function knownRecords({ sends, truncations }: History, partition: string): StoredRecord[] {
  const truncated = truncations.filter((call) => call.partition === partition);
  const startOffset = Math.max(0, ...truncated.map((call) => call.beforeOffset));
  const values = new Map<number, string>();
  for (const call of sends) {
    if (call.partition !== partition || call.baseOffset === undefined) continue;
    for (const [i, value] of call.values.entries()) values.set(call.baseOffset + i, value);
  }
  return [...values]
    .map(([offset, value]) => ({ offset, value }))
    .filter(({ offset }) => offset >= startOffset)
    .sort((a, b) => a.offset - b.offset);
}

function firstYoung(records: readonly StoredRecord[], limitMs: number): number {
  return records.find(({ value }) => timestampOf(value) >= limitMs)?.offset ?? Number.POSITIVE_INFINITY;
}

function lastWithBytesBehind(records: readonly StoredRecord[], bytes: number): number {
  let behind = 0;
  for (const { offset, value } of records.toReversed()) {
    behind += value.length + OVERHEAD_BYTES;
    if (behind >= bytes) return offset;
  }
  return 0;
}

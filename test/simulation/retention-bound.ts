import type { TopicConfig } from '../../segment-store/index.js';
import type { StoredRecord } from '../history/history.js';

/** More than a record takes beside its content, in a batch of its own. */
const OVERHEAD_BYTES = 100;

/**
 * The offset below which retention may have deleted, and at most that: it spares what is younger than `retentionMs` at the latest time that
 * the broker's clock has shown, and always keeps `retentionBytes`. `records` are those known to have been stored, in any order.
 */
export function deletableBelow(
  config: Partial<TopicConfig>,
  records: readonly (StoredRecord & { timestampMs: number })[],
  latestWallMs: number,
): number {
  const { retentionMs, retentionBytes } = config;
  return Math.max(
    retentionMs === undefined ? 0 : firstYoung(records, latestWallMs - retentionMs),
    retentionBytes === undefined ? 0 : lastWithBytesBehind(records, retentionBytes),
  );
}

function firstYoung(records: readonly (StoredRecord & { timestampMs: number })[], limitMs: number): number {
  const young = records.filter(({ timestampMs }) => timestampMs >= limitMs);
  return young.reduce((least, { offset }) => Math.min(least, offset), Number.POSITIVE_INFINITY);
}

function lastWithBytesBehind(records: readonly StoredRecord[], bytes: number): number {
  let behind = 0;
  for (const { offset, value } of records.toSorted((a, b) => b.offset - a.offset)) {
    behind += value.length + OVERHEAD_BYTES;
    if (behind >= bytes) return offset;
  }
  return 0;
}

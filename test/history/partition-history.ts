import type { FinalLog, History, ReadCall, SendCall, StoredRecord, TruncateCall } from './history.js';

/** The part of a history that is about one partition, with the look-ups that the rules share. */
export interface PartitionHistory {
  partition: string;
  log: FinalLog;
  sends: readonly SendCall[];
  /** In the order in which they ended. */
  reads: readonly ReadCall[];
  truncations: readonly TruncateCall[];
  /** Every value that was ever sent, with what is known of it. */
  fates: ReadonlyMap<string, ValueFate>;
  /** Every acknowledgement of a single record. */
  acks: readonly RecordAck[];
  /** The final log by offset; where an offset came twice, its first record. */
  byOffset: ReadonlyMap<number, string>;
  /** True if the record may be missing: its prefix was deleted, or compaction kept a later one of its key. */
  mayBeGone: (record: StoredRecord) => boolean;
}

/** What is known of one value, all attempts to send it taken together. */
export interface ValueFate {
  value: string;
  idempotent: boolean;
  /** When its first attempt began. */
  begun: number;
  /** How many of its attempts may have stored it: those that were not answered with `fail`. */
  possibleCopies: number;
}

/** The broker said: this value is at this offset. */
export interface RecordAck extends StoredRecord {
  ended: number;
}

/** Splits a history by partition. Throws if calls name a partition whose final log is missing: it would go unchecked. */
export function splitByPartition(history: History): PartitionHistory[] {
  const logs = new Map(history.logs.map((log) => [log.partition, log]));
  for (const call of [...history.sends, ...history.reads, ...history.truncations]) {
    if (!logs.has(call.partition)) throw new Error(`the history has no final log of ${call.partition}`);
  }
  const sends = groupByPartition(history.sends);
  const reads = groupByPartition(history.reads);
  const truncations = groupByPartition(history.truncations);
  return [...logs.values()].map((log) => {
    const own = sends.get(log.partition) ?? [];
    return {
      partition: log.partition,
      log,
      sends: own,
      reads: (reads.get(log.partition) ?? []).toSorted((a, b) => a.ended - b.ended),
      truncations: truncations.get(log.partition) ?? [],
      fates: fatesOf(own),
      acks: acksOf(own),
      byOffset: firstByOffset(log.records),
      mayBeGone: goneRightly(log),
    };
  });
}

function groupByPartition<T extends { partition: string }>(calls: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const call of calls) {
    const group = groups.get(call.partition);
    if (group) group.push(call);
    else groups.set(call.partition, [call]);
  }
  return groups;
}

function fatesOf(sends: readonly SendCall[]): Map<string, ValueFate> {
  const fates = new Map<string, ValueFate>();
  for (const call of sends) {
    for (const value of call.values) {
      const fate = fates.get(value) ?? {
        value,
        idempotent: call.idempotent,
        begun: call.begun,
        possibleCopies: 0,
      };
      fate.begun = Math.min(fate.begun, call.begun);
      if (call.outcome !== 'fail') fate.possibleCopies += 1;
      fates.set(value, fate);
    }
  }
  return fates;
}

function acksOf(sends: readonly SendCall[]): RecordAck[] {
  return sends.flatMap(({ outcome, baseOffset, ended, values }) => {
    if (outcome !== 'ok' || baseOffset === undefined || ended === undefined) return [];
    return values.map((value, i) => ({ value, offset: baseOffset + i, ended }));
  });
}

function goneRightly({ logStartOffset, records, keyOf }: FinalLog): (record: StoredRecord) => boolean {
  if (!keyOf) return ({ offset }) => offset < logStartOffset;
  const latest = new Map<string, number>();
  for (const { offset, value } of records) latest.set(keyOf(value), offset);
  return ({ offset, value }) => offset < logStartOffset || (latest.get(keyOf(value)) ?? -1) > offset;
}

function firstByOffset(records: readonly StoredRecord[]): Map<number, string> {
  const byOffset = new Map<number, string>();
  for (const { offset, value } of records) if (!byOffset.has(offset)) byOffset.set(offset, value);
  return byOffset;
}

/** Rules for what lies in the log at the end. Each yields one sentence per violation. */
import type { PartitionHistory } from './partition-history.js';

/** One value per offset: no offset comes twice, and none goes back. */
export function* oneValuePerOffset({ log }: PartitionHistory): Generator<string> {
  let previous = -1;
  for (const { offset, value } of log.records) {
    if (offset <= previous) yield `offset ${offset} (${show(value)}) was read again after ${previous}`;
    previous = Math.max(previous, offset);
  }
}

/** Offsets are dense: from the log start offset to the end offset, none is missing but those of damaged ranges. Compaction may take any. */
export function* offsetsAreDense({ log }: PartitionHistory): Generator<string> {
  if (log.keyOf) return;
  let expected = log.logStartOffset;
  for (const { offset } of log.records) {
    if (offset > expected && !isDamaged(log.damaged, expected, offset)) {
      yield `offsets ${expected}..${offset} are missing`;
    }
    expected = Math.max(expected, offset + 1);
  }
  if (expected < log.endOffset && !isDamaged(log.damaged, expected, log.endOffset)) {
    yield `offsets ${expected}..${log.endOffset} are missing at the end`;
  }
  if (expected > log.endOffset)
    yield `offset ${expected - 1} was read beyond the end offset ${log.endOffset}`;
}

/** No acknowledged write is unread: its offset is in the log, unless it was deleted or compacted away. */
export function* acknowledgedIsRead({ log, acks, byOffset, mayBeGone }: PartitionHistory): Generator<string> {
  for (const ack of acks) {
    const { offset, value } = ack;
    if (byOffset.has(offset) || mayBeGone(ack)) continue;
    const damaged = isDamaged(log.damaged, offset, offset + 1) ? 'damaged' : 'not in the log';
    yield `${show(value)} was acknowledged at offset ${offset}, which is ${damaged}`;
  }
}

/** An acknowledged value is at its acknowledged offset, byte for byte. */
export function* acknowledgedIsInPlace({ acks, byOffset }: PartitionHistory): Generator<string> {
  for (const { offset, value } of acks) {
    const found = byOffset.get(offset);
    if (found === undefined || found === value) continue;
    yield `offset ${offset} was acknowledged as ${show(value)} and holds ${show(found)}`;
  }
}

/** Nothing is read that nobody sent, neither at the end nor by a reader before. */
export function* readWasSent({ log, reads, fates, acks }: PartitionHistory): Generator<string> {
  const promised = new Set(acks.map((ack) => ack.offset));
  for (const { offset, value } of log.records) {
    // At an acknowledged offset it is `acknowledgedIsInPlace` that speaks.
    if (!fates.has(value) && !promised.has(offset))
      yield `offset ${offset} holds ${show(value)}, which nobody sent`;
  }
  for (const read of reads) {
    for (const { offset, value } of read.records) {
      if (!fates.has(value))
        yield `${read.reader} read ${show(value)} at offset ${offset}, which nobody sent`;
    }
  }
}

/** What was refused is not stored. */
export function* refusedIsAbsent({ log, fates }: PartitionHistory): Generator<string> {
  for (const { offset, value } of log.records) {
    if (fates.get(value)?.possibleCopies === 0)
      yield `offset ${offset} holds ${show(value)}, which was refused`;
  }
}

/** No duplicates: a value of an idempotent producer is stored once, any other at most as often as it was sent. */
export function* noDuplicates({ log, fates }: PartitionHistory): Generator<string> {
  const copies = new Map<string, number>();
  for (const { offset, value } of log.records) {
    const fate = fates.get(value);
    if (!fate || fate.possibleCopies === 0) continue;
    const count = (copies.get(value) ?? 0) + 1;
    copies.set(value, count);
    const allowed = fate.idempotent ? 1 : fate.possibleCopies;
    if (count > allowed)
      yield `offset ${offset} holds copy ${count} of ${show(value)}; ${allowed} may be there`;
  }
}

/** The prefix is kept: below the log start offset lies only what a truncation or retention was entitled to delete. */
export function* prefixIsKept({ log, truncations }: PartitionHistory): Generator<string> {
  const asked = truncations.filter((call) => call.outcome !== 'fail').map((call) => call.beforeOffset);
  const entitled = Math.max(log.deletableBelow, ...asked);
  if (log.logStartOffset > entitled) {
    yield `the log starts at ${log.logStartOffset}, but nothing from ${entitled} on was to be deleted`;
  }
}

function isDamaged(damaged: PartitionHistory['log']['damaged'], from: number, to: number): boolean {
  let covered = from;
  for (const range of damaged) {
    if (range.startOffset <= covered) covered = Math.max(covered, range.endOffset);
  }
  return covered >= to;
}

function show(value: string): string {
  return JSON.stringify(value.length <= 40 ? value : `${value.slice(0, 40)}…`);
}

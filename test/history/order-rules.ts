/** Rules for the order of things: between calls, and from read to read. Each yields one sentence per violation. */
import type { PartitionHistory } from './partition-history.js';

/** What a reader saw is never gone and never changes: later reads and the final log agree with it. */
export function* seenStays({ reads, fates, byOffset, mayBeGone }: PartitionHistory): Generator<string> {
  const seen = new Map<number, { value: string; reader: string }>();
  for (const { reader, records } of reads) {
    for (const { offset, value } of records) {
      if (!fates.has(value)) continue;
      const first = seen.get(offset);
      if (!first) seen.set(offset, { value, reader });
      else if (first.value !== value)
        yield `${first.reader} saw ${first.value} at offset ${offset}, then ${reader} saw ${value}`;
    }
  }
  for (const [offset, { value, reader }] of seen) {
    const found = byOffset.get(offset);
    if (found === undefined && mayBeGone({ offset, value })) continue;
    if (found === undefined)
      yield `${reader} saw ${value} at offset ${offset}, which is no longer in the log`;
    else if (found !== value)
      yield `${reader} saw ${value} at offset ${offset}, which holds ${found} in the end`;
  }
}

/** The reads of one reader go forward, one offset at a time; only where compaction takes some may they skip. */
export function* readsAreMonotone({ log, reads }: PartitionHistory): Generator<string> {
  const lastOffsets = new Map<string, number>();
  for (const { reader, records } of reads) {
    for (const { offset } of records) {
      const last = lastOffsets.get(reader);
      lastOffsets.set(reader, offset);
      if (last === undefined || offset === last + 1 || (log.keyOf && offset > last)) continue;
      yield `${reader} read offset ${offset} after ${last}`;
    }
  }
}

/** A send that was begun after another's acknowledgement has the larger offset. */
export function* laterSendIsBehind({ fates, acks, log }: PartitionHistory): Generator<string> {
  const positions = new Map([...firstPositions(acks), ...firstPositions(log.records)]);
  const begins = [...fates.values()].toSorted((a, b) => a.begun - b.begun);
  const ends = acks.toSorted((a, b) => a.ended - b.ended);
  let ended = 0;
  let highest: { offset: number; value: string } | undefined;
  for (const { value, begun } of begins) {
    for (let ack = ends[ended]; ack && ack.ended < begun; ack = ends[ended]) {
      if (!highest || ack.offset > highest.offset) highest = ack;
      ended += 1;
    }
    const offset = positions.get(value);
    if (offset === undefined || !highest || offset > highest.offset) continue;
    yield `${value} is at offset ${offset}, but was first sent after ${highest.value} had its ack at ${highest.offset}`;
  }
}

/** What was acknowledged or shown stays visible: a read shows at least the high watermark that was known when it began. */
export function* watermarkHolds({ acks, reads }: PartitionHistory): Generator<string> {
  const known = [
    ...acks.map(({ offset, ended, value }) => ({ mark: offset + 1, ended, from: `the ack of ${value}` })),
    ...reads.map(({ highWatermark, ended, reader }) => ({
      mark: highWatermark ?? 0,
      ended,
      from: `a read of ${reader}`,
    })),
  ].sort((a, b) => a.ended - b.ended);
  let next = 0;
  let highest: { mark: number; from: string } | undefined;
  for (const read of reads.toSorted((a, b) => a.begun - b.begun)) {
    for (let fact = known[next]; fact && fact.ended < read.begun; fact = known[next]) {
      if (!highest || fact.mark > highest.mark) highest = fact;
      next += 1;
    }
    if (!highest || (read.highWatermark ?? Number.POSITIVE_INFINITY) >= highest.mark) continue;
    yield `${read.reader} was shown the high watermark ${read.highWatermark} after ${highest.from} had shown ${highest.mark}`;
  }
}

/** The log start offset never goes back: not behind an answered truncation, nor behind what a read has shown. */
export function* startHolds({ log, reads, truncations }: PartitionHistory): Generator<string> {
  const truncated = truncations.filter((call) => call.outcome === 'ok' && call.ended !== undefined);
  const known = [
    ...truncated.map(({ beforeOffset, ended }) => ({
      start: beforeOffset,
      ended: ended ?? 0,
      from: 'a truncation',
    })),
    ...reads.map(({ logStartOffset, ended, reader }) => ({
      start: logStartOffset ?? 0,
      ended,
      from: `a read of ${reader}`,
    })),
  ].sort((a, b) => a.ended - b.ended);
  const shown = [
    ...reads.map((read) => ({
      start: read.logStartOffset ?? Number.POSITIVE_INFINITY,
      begun: read.begun,
      by: read.reader,
    })),
    { start: log.logStartOffset, begun: Number.POSITIVE_INFINITY, by: 'the final read' },
  ].sort((a, b) => a.begun - b.begun);
  let next = 0;
  let highest: { start: number; from: string } | undefined;
  for (const { start, begun, by } of shown) {
    for (let fact = known[next]; fact && fact.ended < begun; fact = known[next]) {
      if (!highest || fact.start > highest.start) highest = fact;
      next += 1;
    }
    if (highest && start < highest.start) {
      yield `${by} was shown the log start offset ${start} after ${highest.from} had moved it to ${highest.start}`;
    }
  }
}

function firstPositions(records: readonly { value: string; offset: number }[]): Map<string, number> {
  const positions = new Map<string, number>();
  for (const { value, offset } of records) {
    positions.set(value, Math.min(offset, positions.get(value) ?? offset));
  }
  return positions;
}

/** Indexes: built by Kafka's rule, and answering as a linear scan would. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OffsetIndex } from '../../segment-store/offset-index.js';
import { needsRoll } from '../../segment-store/roll.js';
import { decodeSeal, encodeSeal, fits, sealOf } from '../../segment-store/seal.js';
import { SegmentIndex } from '../../segment-store/segment-index.js';
import { TimeIndex } from '../../segment-store/time-index.js';
import { DEFAULT_TOPIC_CONFIG } from '../../segment-store/topic-config.js';
import { headerOf } from './fixtures/test-batch.js';

/** Batches one behind the other from a base offset on. */
const stretch = fc
  .tuple(
    fc.integer({ min: 0, max: 1e12 }),
    fc.array(
      fc.record({
        sizeBytes: fc.integer({ min: 61, max: 9000 }),
        count: fc.integer({ min: 1, max: 5 }),
        maxTimestamp: fc.integer({ min: 0, max: 60 }),
      }),
      { maxLength: 40 },
    ),
  )
  .map(([baseOffset, sizes]) => {
    let offset = baseOffset;
    let position = 0;
    const batches = sizes.map(({ sizeBytes, count, maxTimestamp }) => {
      const placed = {
        header: headerOf({ baseOffset: offset, lastOffsetDelta: count - 1, sizeBytes, maxTimestamp }),
        position,
      };
      offset += count;
      position += sizeBytes;
      return placed;
    });
    return { baseOffset, batches, endOffset: offset };
  });

function indexOf(
  {
    baseOffset,
    batches,
  }: { baseOffset: number; batches: readonly { header: ReturnType<typeof headerOf>; position: number }[] },
  interval = 4096,
) {
  const index = new SegmentIndex(baseOffset, interval);
  for (const { header, position } of batches) index.add(header, position);
  return index;
}

describe('an index', () => {
  it('is built by the rule of Kafka, entry by entry', () => {
    fc.assert(
      fc.property(stretch, fc.constantFrom(0, 150, 4096), (log, interval) => {
        const index = indexOf(log, interval);
        // The rule once more, in the words of LogSegment.append.
        const offsets: { lastOffset: number; position: number }[] = [];
        const times: { timestampMs: number; offset: number }[] = [];
        let bytesSinceLastIndexEntry = 0;
        let maxTimestampAndOffset = { timestampMs: -1, offset: -1 };
        const maybeAppendTime = () => {
          if (maxTimestampAndOffset.timestampMs > (times.at(-1)?.timestampMs ?? -1))
            times.push(maxTimestampAndOffset);
        };
        for (const { header, position } of log.batches) {
          const lastOffset = header.baseOffset + header.lastOffsetDelta;
          if (header.maxTimestamp > maxTimestampAndOffset.timestampMs)
            maxTimestampAndOffset = { timestampMs: header.maxTimestamp, offset: lastOffset };
          if (bytesSinceLastIndexEntry > interval) {
            offsets.push({ lastOffset, position });
            maybeAppendTime();
            bytesSinceLastIndexEntry = 0;
          }
          bytesSinceLastIndexEntry += header.sizeBytes;
        }
        index.seal();
        maybeAppendTime();
        expect(Array.from({ length: index.offsets.entries }, (_, n) => index.offsets.entry(n))).toEqual(
          offsets,
        );
        expect(Array.from({ length: index.times.entries }, (_, n) => index.times.entry(n))).toEqual(times);
        if (offsets.length > 0) expect(offsets[0]!.position).toBeGreaterThan(interval);
      }),
    );
  });

  it('finds by offset the last entry at or before it, as a scan of the entries does', () => {
    fc.assert(
      fc.property(stretch, (log) => {
        const { offsets } = indexOf(log, 300);
        const entries = Array.from({ length: offsets.entries }, (_, n) => offsets.entry(n));
        for (let offset = log.baseOffset; offset <= log.endOffset; offset += 1)
          expect(offsets.lookup(offset)).toEqual(entries.findLast(({ lastOffset }) => lastOffset <= offset));
      }),
    );
  });

  it('by time never goes past a record of that time or later', () => {
    fc.assert(
      fc.property(stretch, (log) => {
        const index = indexOf(log, 300);
        index.seal();
        for (let timestampMs = 0; timestampMs <= 61; timestampMs += 1) {
          const first = log.batches.find(({ header }) => header.maxTimestamp >= timestampMs);
          const before = index.times.lookupBefore(timestampMs);
          if (before && first)
            expect(before.offset).toBeLessThan(first.header.baseOffset + first.header.lastOffsetDelta);
          const entries = Array.from({ length: index.times.entries }, (_, n) => index.times.entry(n));
          expect(before).toEqual(entries.findLast((entry) => entry.timestampMs < timestampMs));
        }
      }),
    );
  });

  it('is the same when it goes on from its bytes', () => {
    fc.assert(
      fc.property(stretch, fc.nat(40), (log, cut) => {
        const whole = indexOf(log);
        const first = indexOf({ ...log, batches: log.batches.slice(0, cut) });
        const second = new SegmentIndex(log.baseOffset, 4096, {
          offsets: first.offsets.content,
          times: first.times.content,
          bytesSinceEntry: first.bytesSinceEntry,
          largestTime: first.largestTime,
        });
        for (const { header, position } of log.batches.slice(cut)) second.add(header, position);
        for (const index of [whole, second]) index.seal();
        expect(second.offsets.content).toEqual(whole.offsets.content);
        expect(second.times.content).toEqual(whole.times.content);
        expect(second.largestTime).toEqual(whole.largestTime);
      }),
    );
  });

  it('has the bytes of Kafka', () => {
    const offsets = new OffsetIndex(1000);
    offsets.add(1005, 4200);
    expect(offsets.content.toString('hex')).toBe('0000000500001068');
    const times = new TimeIndex(1000);
    times.add(1_700_000_000_000, 1005);
    times.add(1_700_000_000_000, 1009);
    expect(times.content.toString('hex')).toBe('0000018bcfe5680000000005');
  });
});

describe('a seal', () => {
  const sealed = stretch.map((log) => {
    const index = indexOf(log);
    const logBytes = log.batches.reduce((bytes, { header }) => bytes + header.sizeBytes, 0);
    return { index, seal: sealOf(index, log.endOffset, logBytes, log.batches[0]?.header.baseTimestamp) };
  });

  it('comes back as it was written, and fits its indexes alone', () => {
    fc.assert(
      fc.property(sealed, ({ index, seal }) => {
        expect(decodeSeal(encodeSeal(seal))).toEqual(seal);
        expect(fits(seal.offsetIndex, index.offsets.content)).toBe(true);
        const grown = Buffer.concat([index.offsets.content, Buffer.from([1, 2, 3])]);
        expect(fits(seal.offsetIndex, grown)).toBe(true);
        if (index.offsets.sizeBytes === 0) return;
        expect(fits(seal.offsetIndex, index.offsets.content.subarray(1))).toBe(false);
        const flipped = Buffer.from(index.offsets.content);
        flipped[0]! ^= 1;
        expect(fits(seal.offsetIndex, flipped)).toBe(false);
      }),
    );
  });
});

describe('a segment is rolled', () => {
  const config = { ...DEFAULT_TOPIC_CONFIG, segmentBytes: 1000, segmentMs: 100 };
  const segment = { baseOffset: 50, logBytes: 600, firstTimestampMs: 1000, indexIsFull: () => false };
  const batch = { header: headerOf({ baseOffset: 60, sizeBytes: 400, maxTimestamp: 1100 }) };
  const header = (fields: Partial<ReturnType<typeof headerOf>>) => ({
    header: { ...batch.header, ...fields },
  });

  it('by size, the bytes before the batch counted, and only then', () => {
    expect(needsRoll(segment, batch, 0, config)).toBe(false);
    expect(needsRoll(segment, batch, 1, config)).toBe(true);
    expect(needsRoll(segment, header({ sizeBytes: 401 }), 0, config)).toBe(true);
  });

  it('by the time from its first record, by a full index, and by offsets beyond int32', () => {
    expect(needsRoll(segment, header({ maxTimestamp: 1101 }), 0, config)).toBe(true);
    expect(needsRoll({ ...segment, indexIsFull: () => true }, batch, 0, config)).toBe(true);
    const last = 50 + 2 ** 31 - 1;
    expect(needsRoll(segment, header({ baseOffset: last - 1, lastOffsetDelta: 1 }), 0, config)).toBe(false);
    expect(needsRoll(segment, header({ baseOffset: last, lastOffsetDelta: 1 }), 0, config)).toBe(true);
  });

  it('never while it is empty, whatever the batch', () => {
    const empty = { ...segment, logBytes: 0, indexIsFull: () => true };
    expect(needsRoll(empty, header({ sizeBytes: 9999, maxTimestamp: 9999 }), 0, config)).toBe(false);
    expect(needsRoll(empty, header({ sizeBytes: 9999 }), 1, config)).toBe(true);
  });
});

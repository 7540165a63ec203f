/** What compaction keeps, and what it looks at: as pure decisions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitBatches } from '../../proto/record-batch/index.js';
import { groupForMerge, KeyMap, keeps, segmentsToCompact } from '../../segment-store/compaction.js';
import { BASE_TIME_MS, batchOf } from './fixtures/test-batch.js';

const NOW_MS = BASE_TIME_MS + 1000;
const record = fc.record({
  key: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
  deleted: fc.boolean(),
  ageMs: fc.integer({ min: 0, max: 1000 }),
});
type Shape = { key: string | undefined; deleted: boolean; ageMs: number };

/** The offsets that stay when these records, one behind the other, are compacted with what the map knows. */
async function compact(
  shapes: readonly (Shape & { offset: number })[],
  deleteRetentionMs: number,
): Promise<number[]> {
  const batches = await Promise.all(
    shapes.map(async ({ key, deleted, ageMs, offset }) => {
      const fields = { timestampMs: NOW_MS - ageMs, ...(key && { key }), ...(!deleted && { value: 'v' }) };
      const batch = await batchOf([fields]);
      batch.writeBigInt64BE(BigInt(offset), 0);
      return batch;
    }),
  );
  const log = Buffer.concat(batches);
  const cursors = async function* () {
    for (const batch of splitBatches(log)) {
      const cursor = await batch.decompress({ maxUncompressedBytes: 1e6 });
      while (cursor.next()) yield cursor;
    }
  };
  const keys = new KeyMap();
  for await (const cursor of cursors()) keys.note(cursor);
  const kept: number[] = [];
  for await (const cursor of cursors())
    if (keeps(cursor, keys, { deleteRetentionMs }, NOW_MS)) kept.push(cursor.offset);
  return kept;
}

describe('compaction', () => {
  it('keeps the last record of each key and those without, but for deletions that all had time to see; and is done then', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 12 }),
        fc.nat(1000),
        async (shapes, deleteRetentionMs) => {
          const log = shapes.map((shape, offset) => ({ ...shape, offset }));
          const expected = log
            .filter(
              ({ key, offset }) =>
                key === undefined || !log.some((later) => later.key === key && later.offset > offset),
            )
            .filter(({ key, deleted, ageMs }) => key === undefined || !deleted || ageMs <= deleteRetentionMs)
            .map(({ offset }) => offset);
          const kept = await compact(log, deleteRetentionMs);
          expect(kept).toEqual(expected);
          expect(
            await compact(
              log.filter(({ offset }) => kept.includes(offset)),
              deleteRetentionMs,
            ),
          ).toEqual(kept);
        },
      ),
      { numRuns: 150 },
    );
  });

  const segments = fc
    .array(
      fc.record({
        sizeBytes: fc.integer({ min: 0, max: 60 }),
        records: fc.integer({ min: 1, max: 2 ** 31 }),
        ageMs: fc.nat(500),
      }),
      { maxLength: 10 },
    )
    .map((shapes) => {
      let offset = 0;
      return shapes.map(({ sizeBytes, records, ageMs }) => {
        const baseOffset = offset;
        offset += records;
        return { baseOffset, endOffset: offset, sizeBytes, largestTimestampMs: NOW_MS - ageMs };
      });
    });

  it('merges neighbours only, all of them, up to the size and the offsets that a segment may have', () => {
    fc.assert(
      fc.property(segments, fc.integer({ min: 1, max: 100 }), (sealed, segmentBytes) => {
        const groups = groupForMerge(sealed, { segmentBytes });
        expect(groups.flat()).toEqual(sealed);
        for (const group of groups.filter(({ length }) => length > 1)) {
          expect(group.reduce((bytes, one) => bytes + one.sizeBytes, 0)).toBeLessThanOrEqual(segmentBytes);
          expect(group.at(-1)!.endOffset - group[0]!.baseOffset).toBeLessThan(2 ** 31);
        }
      }),
    );
  });

  it('begins when enough is new, never under "delete", and leaves what is young and all behind it alone', () => {
    const config = {
      cleanupPolicy: 'compact',
      minCompactionLagMs: 100,
      minCleanableDirtyRatio: 0.5,
    } as const;
    fc.assert(
      fc.property(segments, fc.nat(9), (sealed, compacted) => {
        const compactedTo = sealed[compacted]?.baseOffset ?? 0;
        const count = segmentsToCompact(sealed, compactedTo, config, NOW_MS);
        expect(segmentsToCompact(sealed, compactedTo, { ...config, cleanupPolicy: 'delete' }, NOW_MS)).toBe(
          0,
        );
        const young = sealed.findIndex(({ largestTimestampMs }) => NOW_MS - largestTimestampMs < 100);
        const old = young < 0 ? sealed : sealed.slice(0, young);
        const bytes = (of: typeof sealed) => of.reduce((sum, one) => sum + one.sizeBytes, 0);
        const dirty = bytes(old.filter(({ endOffset }) => endOffset > compactedTo));
        expect(count).toBe(dirty > 0 && dirty >= bytes(old) / 2 ? old.length : 0);
      }),
    );
  });
});

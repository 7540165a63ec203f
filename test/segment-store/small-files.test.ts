/** Small files with a checksum, and the data directory's format: whole, or not believed. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint, partitionKey } from '../../segment-store/checkpoint.js';
import { withChecksum, withoutChecksum } from '../../segment-store/checksummed-text.js';
import { mergeRanges } from '../../segment-store/damage-log.js';
import { decodeSeal, encodeSeal } from '../../segment-store/seal.js';
import { decodeTopicFile, encodeTopicFile } from '../../segment-store/topic-file.js';
import { storeFolder } from './fixtures/opened-store.js';
import { WatchedFileSystem } from './fixtures/watched-file-system.js';

const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/);
const checkpoint = fc
  .array(fc.tuple(name, fc.nat(9), fc.maxSafeNat()), { maxLength: 6 })
  .map((rows) => new Map(rows.map(([topic, partition, offset]) => [partitionKey(topic, partition), offset])));
const settings = fc.record({
  partitions: fc.integer({ min: 1, max: 100 }),
  overrides: fc.record(
    {
      cleanupPolicy: fc.constantFrom('delete' as const, 'compact' as const),
      retentionMs: fc.option(fc.integer({ min: 1 }), { nil: undefined }),
      segmentBytes: fc.integer({ min: 1024 }),
    },
    { requiredKeys: [] },
  ),
  everCompacted: fc.boolean(),
});
const seal = fc.record({
  baseOffset: fc.maxSafeNat(),
  endOffset: fc.maxSafeNat(),
  logBytes: fc.maxSafeNat(),
  firstTimestampMs: fc.option(fc.maxSafeNat(), { nil: undefined }),
  largestTime: fc.option(fc.record({ timestampMs: fc.maxSafeNat(), offset: fc.maxSafeNat() }), {
    nil: undefined,
  }),
  bytesSinceIndexEntry: fc.nat(),
  offsetIndex: fc.record({ sizeBytes: fc.nat(), crc: fc.nat(2 ** 32 - 1) }),
  timeIndex: fc.record({ sizeBytes: fc.nat(), crc: fc.nat(2 ** 32 - 1) }),
});

function codec<T>(
  what: string,
  value: fc.Arbitrary<T>,
  encode: (value: T) => string,
  decode: (text: string) => unknown,
) {
  describe(what, () => {
    it('comes back as it was written', () => {
      fc.assert(
        fc.property(value, (one) => {
          expect(decode(encode(one))).toEqual(one);
        }),
      );
    });
    it('is refused with any bit flipped, or cut off anywhere', () => {
      fc.assert(
        fc.property(value, fc.nat(), fc.nat(7), (one, at, bit) => {
          const whole = Buffer.from(encode(one));
          const flipped = Buffer.from(whole);
          flipped[at % whole.length]! ^= 1 << bit;
          expect(decode(flipped.toString('utf8'))).toBeUndefined();
          expect(decode(whole.subarray(0, at % whole.length).toString('utf8'))).toBeUndefined();
        }),
        { numRuns: 500 },
      );
    });
  });
}

codec(
  'checksummed text',
  fc.string().map((text) => `${text}\n`),
  withChecksum,
  withoutChecksum,
);
codec('a checkpoint', checkpoint, encodeCheckpoint, decodeCheckpoint);
codec('a topic’s file', settings, encodeTopicFile, decodeTopicFile);
codec('a seal', seal, encodeSeal, decodeSeal);

describe('ranges of damage', () => {
  it('merge into the fewest that cover the same offsets, ascending and apart', () => {
    const range = fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 6 }));
    fc.assert(
      fc.property(fc.array(range), (rows) => {
        const ranges = rows.map(([startOffset, length]) => ({
          startOffset,
          endOffset: startOffset + length,
        }));
        const covered = (all: typeof ranges, offset: number) =>
          all.some((one) => one.startOffset <= offset && offset < one.endOffset);
        const merged = mergeRanges(ranges);
        for (let offset = 0; offset < 40; offset += 1)
          expect(covered(merged, offset)).toBe(covered(ranges, offset));
        merged.slice(1).forEach((one, n) => {
          expect(one.startOffset).toBeGreaterThan(merged[n]!.endOffset);
        });
      }),
    );
  });
});

describe('the data directory', () => {
  const folder = storeFolder();

  it.each(['{"format":2}\n', '{"format":9,"since":"2030"}', '{\n  "format": 17\n}\n'])(
    'of a newer format (%j) is refused, and nothing in it is touched',
    async (content) => {
      writeFileSync(join(folder.path, 'format.json'), content);
      mkdirSync(join(folder.path, 'topics'));
      const disk = new WatchedFileSystem();
      await expect(folder.open({}, { fs: disk.fileSystem })).rejects.toMatchObject({
        code: 'UNSUPPORTED_FORMAT',
        details: { dataDir: folder.path, supported: 1 },
      });
      expect(
        disk.calls.filter(
          ({ operation }) => operation !== 'open' && operation !== 'read' && operation !== 'close',
        ),
      ).toEqual([]);
      expect(readdirSync(folder.path).sort()).toEqual(['format.json', 'topics']);
      expect(readFileSync(join(folder.path, 'format.json'), 'utf8')).toBe(content);
    },
  );

  it.each(['', 'garbage', '{"form'])(
    'opens although its format file holds %j, and writes it anew',
    async (content) => {
      writeFileSync(join(folder.path, 'format.json'), content);
      await folder.open();
      expect(readFileSync(join(folder.path, 'format.json'), 'utf8')).toBe('{"format":1}\n');
    },
  );
});

import { appendFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inspectPartition } from '../../../segment-store/inspect/partition-inspection.js';
import { nodeFileSystem } from '../../../segment-store/node-file-system.js';
import {
  collect,
  temporaryFolder,
  threeRecords,
  type WrittenSegment,
  writeSegment,
} from './written-partition.js';

const EVERYTHING = { batches: true, records: true, checkRecords: true };
const SUMMARY = { batches: false, records: false, checkRecords: false };

describe('inspecting a partition', () => {
  let root: Awaited<ReturnType<typeof temporaryFolder>>;
  let folder: string;
  let first: WrittenSegment;
  let last: WrittenSegment;

  beforeEach(async () => {
    root = await temporaryFolder();
    folder = join(root.path, 'orders-0');
    first = await writeSegment(folder, 0, 4);
    last = await writeSegment(folder, 12, 2);
  });
  afterEach(() => root.remove());

  const inspect = (
    place: { recoveryPoint?: number; logStartOffset?: number; gaps?: boolean } = {},
    options = SUMMARY,
  ) => {
    const { recoveryPoint, logStartOffset, gaps = false } = place;
    const where = { topic: 'orders', partition: 0, folder, recoveryPoint, logStartOffset, gaps };
    return collect(inspectPartition(nodeFileSystem, where, options));
  };

  const flip = async (file: string, position: number, bit = 0) => {
    const bytes = await readFile(file);
    bytes[position]! ^= 1 << bit;
    await writeFile(file, bytes);
  };

  test('a sound partition gives no finding, and every batch and record in order', async () => {
    const { items, findings } = await inspect({ recoveryPoint: 18, logStartOffset: 0 }, EVERYTHING);
    expect(findings).toEqual([]);
    const offsets = items.filter((item) => item.item === 'record').map(({ offset }) => offset);
    expect(offsets).toEqual(Array.from({ length: 18 }, (_, offset) => offset));
    expect(items.filter((item) => item.item === 'batch').map(({ baseOffset }) => baseOffset)).toEqual([
      0, 3, 6, 9, 12, 15,
    ]);
    expect(items.at(-1)).toMatchObject({
      item: 'partition',
      segments: 2,
      records: 18,
      logStartOffset: 0,
      endOffset: 18,
    });
  });

  test.each(['gzip', 'lz4', 'snappy', 'zstd'] as const)(
    'records compressed with %s are decoded',
    async (compression) => {
      const { path, remove } = await temporaryFolder();
      folder = join(path, 'orders-0');
      await writeSegment(folder, 0, 2, { compression });
      const { items, findings } = await inspect({}, EVERYTHING);
      await remove();
      expect(findings).toEqual([]);
      expect(items.filter((item) => item.item === 'record')).toHaveLength(6);
    },
  );

  test('any flipped bit of a log is damage of exactly the batch that it lies in', async () => {
    const bytes = await readFile(first.log);
    for (const batch of first.batches) {
      for (let at = batch.position; at < batch.position + batch.sizeBytes; at++) {
        await flip(first.log, at, at % 8);
        const { findings } = await inspect({ recoveryPoint: 18 });
        await writeFile(first.log, bytes);
        if (isUnsyncedMark(at - batch.position)) continue;
        const damage = findings.filter(({ severity }) => severity === 'damage');
        expect(damage, `byte ${at}`).toHaveLength(1);
        expect(damage[0], `byte ${at}`).toMatchObject({
          file: first.log,
          position: batch.position,
          endPosition: batch.position + batch.sizeBytes,
          startOffset: batch.baseOffset,
          endOffset: batch.endOffset,
        });
        expect(findings, `byte ${at}`).toHaveLength(1);
      }
    }
  });

  test('a log that ends early is damage where a later segment, the recovery point or its seal says that there was more', async () => {
    await truncate(first.log, first.batches[3]!.position);
    const later = await inspect();
    expect(later.findings).toMatchObject([
      { severity: 'damage', file: first.log, startOffset: 9, endOffset: 12 },
    ]);
    await truncate(last.log, last.batches[1]!.position);
    await rm(last.seal);
    const recoveryPoint = await inspect({ recoveryPoint: 18 });
    expect(recoveryPoint.findings).toContainEqual(
      expect.objectContaining({ severity: 'damage', file: last.log, startOffset: 15, endOffset: 18 }),
    );
  });

  test('an unfinished batch behind everything durable is a note, wherever it was cut', async () => {
    const whole = await threeRecords(18);
    const bytes = await readFile(last.log);
    for (let length = 1; length < whole.length; length++) {
      await writeFile(last.log, Buffer.concat([bytes, whole.subarray(0, length)]));
      const { findings } = await inspect({ recoveryPoint: 18 });
      expect(findings, `${length} bytes`).toMatchObject([
        { severity: 'note', position: bytes.length, endPosition: bytes.length + length, startOffset: 18 },
      ]);
    }
  });

  test('zeros behind the last batch of the last segment are a note, in an older segment damage', async () => {
    await appendFile(last.log, Buffer.alloc(5000));
    const active = await inspect({ recoveryPoint: 18 });
    expect(active.findings).toMatchObject([{ severity: 'note', reason: expect.stringContaining('zeros') }]);
    await truncate(first.log, first.batches[3]!.position);
    await appendFile(first.log, Buffer.alloc(5000));
    const sealed = await inspect({ recoveryPoint: 18 });
    expect(sealed.findings[0]).toMatchObject({ severity: 'damage', startOffset: 9, endOffset: 12 });
  });

  test('a missing log is damage of all its offsets, first, middle and last', async () => {
    const newest = await writeSegment(folder, 18, 1);
    const known = { recoveryPoint: 21, logStartOffset: 0 };
    for (const [segment, startOffset, endOffset] of [
      [first, 0, 12],
      [last, 12, 18],
      [newest, 18, 21],
    ] as const) {
      const bytes = await readFile(segment.log);
      await rm(segment.log);
      const { findings } = await inspect(known);
      await writeFile(segment.log, bytes);
      expect(findings.filter(({ severity }) => severity === 'damage')).toMatchObject([
        { startOffset, endOffset },
      ]);
    }
  });

  test('any flipped bit of an index or a seal is found, and is no damage of records', async () => {
    for (const file of [first.index, first.timeIndex, first.seal]) {
      const bytes = await readFile(file);
      for (let at = 0; at < bytes.length; at++) {
        await flip(file, at, at % 8);
        const { findings } = await inspect({ recoveryPoint: 18 });
        expect(findings.length, `${file} byte ${at}`).toBeGreaterThan(0);
        for (const { severity } of findings) expect(severity).toBe('repairable');
        await writeFile(file, bytes);
      }
    }
  });

  test('an index that contradicts its log is found without a seal as well', async () => {
    await rm(first.seal);
    await flip(first.index, first.batches.length === 4 ? 7 : 0);
    const { findings } = await inspect({ recoveryPoint: 18 });
    expect(findings.map(({ file, severity }) => [file, severity])).toEqual([
      [first.seal, 'repairable'],
      [first.index, 'repairable'],
    ]);
    expect(findings[1]!.reason).toContain('where no batch begins');
  });

  test('a missing aid is repairable in an old segment and a note in the one being written', async () => {
    for (const file of [first.index, first.timeIndex, first.seal, last.index, last.timeIndex, last.seal]) {
      const bytes = await readFile(file);
      await rm(file);
      const { findings } = await inspect({ recoveryPoint: 18 });
      await writeFile(file, bytes);
      expect(findings[0], file).toMatchObject({
        file,
        severity: file.includes('012.') ? 'note' : 'repairable',
      });
    }
  });

  test('a segment that begins behind the log start offset is damage of what lies between', async () => {
    await rm(first.log);
    const { findings } = await inspect({ recoveryPoint: 18, logStartOffset: 5 });
    expect(findings).toContainEqual(
      expect.objectContaining({ severity: 'damage', startOffset: 5, endOffset: 12 }),
    );
  });

  test('offsets that compaction took out are no damage', async () => {
    await rm(first.log);
    for (const file of [first.index, first.timeIndex, first.seal]) await rm(file);
    await writeSegment(folder, 0, 2);
    const strict = await inspect({ recoveryPoint: 18 });
    expect(strict.findings.map(({ severity }) => severity)).toContain('damage');
    const compacted = await inspect({ recoveryPoint: 18, gaps: true });
    expect(compacted.findings).toEqual([]);
  });

  test('kept tails, leftovers and strangers are notes; a broken snapshot is repairable', async () => {
    await writeFile(join(folder, `${'0'.repeat(20)}.cut-${'0'.repeat(18)}18`), 'x');
    await writeFile(join(folder, `${'0'.repeat(18)}12.seal.tmp`), 'x');
    await writeFile(join(folder, 'stranger'), 'x');
    await writeFile(join(folder, `${'0'.repeat(18)}12.snapshot`), 'x');
    const { findings } = await inspect({ recoveryPoint: 18 });
    expect(findings.map(({ severity }) => severity).sort()).toEqual(['note', 'note', 'note', 'repairable']);
  });
});

/** What the store notes for its own recovery where Kafka has the leader epoch: no part of the batch, and outside of its CRC. */
function isUnsyncedMark(placeInBatch: number): boolean {
  return placeInBatch >= 12 && placeInBatch < 16;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  COMPRESSIONS,
  compressionOf,
  type LogRecord,
  splitBatches,
  stampBatch,
  validateBatch,
  validateCompressedBatch,
} from '../../../proto/record-batch/index.js';
import { buildBatch, LIMITS, read, recordsArbitrary, written } from './record-arbitrary.js';

describe.each(COMPRESSIONS)('with compression %s', (compression) => {
  it('any records are valid, and read as they were written', async () => {
    await fc.assert(
      fc.asyncProperty(recordsArbitrary, fc.nat({ max: 2 ** 50 }), async (records, baseOffset) => {
        const batch = await buildBatch(records, compression);
        validateBatch(batch, LIMITS);
        await validateCompressedBatch(batch, LIMITS);
        stampBatch(batch, baseOffset, 3);
        expect((await readAll(batch)).map(read)).toEqual(written(records, baseOffset));
      }),
      { numRuns: 60 },
    );
  });

  it('records that compress are stored so', async () => {
    const record = { timestampMs: 1, value: Buffer.alloc(100_000, 'respool ') };
    const batch = await buildBatch([record, record], compression);
    expect(compressionOf(validateBatch(batch, LIMITS))).toBe(compression);
    if (compression !== 'none') expect(batch.length).toBeLessThan(20_000);
  });

  it('several batches in one Buffer read one after the other', async () => {
    const records = [{ timestampMs: 1, value: 'a'.repeat(1000) }, { timestampMs: 2 }];
    const batches = await Promise.all([0, 1, 2].map(() => buildBatch(records, compression)));
    for (const [i, batch] of batches.entries()) stampBatch(batch, 10 + i * 2, 0);
    const all = await readAll(Buffer.concat(batches));
    expect(all.map(({ offset }) => offset)).toEqual([10, 11, 12, 13, 14, 15]);
  });
});

it('records that do not compress are stored as they are', async () => {
  const value = Uint8Array.from({ length: 64 }, (_, i) => (i * 197 + 31) & 0xff);
  for (const compression of COMPRESSIONS) {
    const batch = await buildBatch([{ timestampMs: 1, value }], compression);
    expect(compressionOf(validateBatch(batch, LIMITS)), compression).toBe('none');
    expect((await readAll(batch))[0]?.value).toEqual(Buffer.from(value));
  }
});

async function readAll(bytes: Buffer): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (const batch of splitBatches(bytes, { checkCrc: true })) {
    records.push(...(await batch.decompress(LIMITS)));
  }
  return records;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BatchBuilder,
  COMPRESSIONS,
  HEADER_BYTES,
  type NewLogRecord,
  readHeader,
  splitBatches,
  validateBatch,
  validateCompressedBatch,
} from '../../../proto/record-batch/index.js';
import { LIMITS, recordsArbitrary } from './record-arbitrary.js';

const RECORD: NewLogRecord = { timestampMs: 7, key: 'key', value: 'value' };

describe('sizes', () => {
  it('are known before and after each record, to the byte', () => {
    fc.assert(
      fc.property(recordsArbitrary, (records) => {
        const builder = new BatchBuilder({ initialBytes: 64 });
        expect(builder.sizeBytes).toBe(HEADER_BYTES);
        for (const [i, record] of records.entries()) {
          const expected = builder.sizeWith(record);
          builder.append(record);
          expect(builder.sizeBytes).toBe(expected);
          expect(builder.count).toBe(i + 1);
        }
        const size = builder.sizeBytes;
        expect(builder.build().length).toBe(size);
      }),
      { numRuns: 100 },
    );
  });

  it('tryAppend takes a record that fits exactly, and leaves the builder as it was if one does not', () => {
    const builder = new BatchBuilder();
    builder.append(RECORD);
    const limit = builder.sizeWith(RECORD);
    expect(builder.tryAppend(RECORD, limit - 1)).toBe(false);
    expect(builder.count).toBe(1);
    expect(builder.tryAppend(RECORD, limit)).toBe(true);
    expect(builder.tryAppend(RECORD, limit)).toBe(false);
    expect(validateBatch(builder.build(), LIMITS)).toMatchObject({ sizeBytes: limit, recordsCount: 2 });
  });

  it('a record that passes 2 GiB is refused', () => {
    const builder = new BatchBuilder();
    const huge = new Uint8Array(2 ** 31 - 50);
    expect(() => builder.append({ timestampMs: 0, value: huge })).toThrow(/it can have at most 2147483647/);
    expect(builder.count).toBe(0);
  });
});

describe('text', () => {
  it.each([
    '',
    'short',
    'exactly 16 chars',
    'more than sixteen characters',
    'ä',
    'grüße, grüße, grüße',
    '\u{1f600}',
    '\ud800',
  ])('%j is written as UTF-8', (text) => {
    const builder = new BatchBuilder();
    builder.append({ timestampMs: 0, key: text, value: text, headers: [{ key: text, value: text }] });
    const [record] = [...[...splitBatches(builder.build())][0]!.cursor()];
    const utf8 = Buffer.from(text);
    expect(record).toEqual({
      offset: 0,
      timestampMs: 0,
      key: utf8,
      value: utf8,
      headers: [{ key: utf8.toString(), value: utf8 }],
    });
  });
});

describe('building', () => {
  it('writes the producer and leaves base offset and epoch to the broker', () => {
    const builder = new BatchBuilder();
    builder.append({ timestampMs: 9 });
    builder.append({ timestampMs: 4 });
    const producer = { producerId: 2 ** 40, producerEpoch: 5, baseSequence: 2 ** 31 - 1 };
    expect(validateBatch(builder.build({ producer }), LIMITS)).toMatchObject({
      ...producer,
      baseOffset: 0,
      leaderEpoch: -1,
      baseTimestamp: 9,
      maxTimestamp: 9,
    });
  });

  it('leaves the builder empty, and the batch its own', () => {
    const builder = new BatchBuilder();
    builder.append(RECORD);
    const first = builder.build();
    const copy = Buffer.from(first);
    expect(builder.count).toBe(0);
    expect(builder.sizeBytes).toBe(HEADER_BYTES);
    builder.append({ timestampMs: 1, value: 'something else, and longer' });
    const second = builder.build();
    expect(first).toEqual(copy);
    expect(readHeader(second)).toMatchObject({ recordsCount: 1, baseTimestamp: 1, maxTimestamp: 1 });
  });

  it.each(COMPRESSIONS)(
    'goes on with the next batch while the last is compressed (%s)',
    async (compression) => {
      const builder = new BatchBuilder();
      const building: (Buffer | Promise<Buffer>)[] = [];
      for (let i = 0; i < 20; i++) {
        for (let j = 0; j < 200; j++) builder.append({ timestampMs: i, value: `batch ${i} `.repeat(20) });
        building.push(builder.build({ compression }));
      }
      for (const [i, batch] of (await Promise.all(building)).entries()) {
        expect(await validateCompressedBatch(batch, LIMITS)).toMatchObject({
          recordsCount: 200,
          baseTimestamp: i,
        });
        const cursor = await [...splitBatches(batch)][0]!.decompress(LIMITS);
        expect(cursor.next() && cursor.value()?.toString('latin1', 0, 8)).toBe(
          `batch ${i} `.slice(0, 8).padEnd(8, 'b'),
        );
      }
    },
  );

  it('forgets on clear', () => {
    const builder = new BatchBuilder();
    builder.append(RECORD);
    builder.clear();
    expect(() => builder.build()).toThrow(/at least one record/);
  });
});

describe('what is no record is refused, naming the field', () => {
  it.each<[string, object, RegExp]>([
    ['no time', {}, /^timestampMs is undefined; it must be a whole number of 0 or more$/],
    ['a negative time', { timestampMs: -1 }, /timestampMs is -1/],
    ['half a millisecond', { timestampMs: 0.5 }, /timestampMs is 0.5/],
    ['a time beyond the safe integers', { timestampMs: 2 ** 53 }, /timestampMs is 9007199254740992/],
    [
      'a number as key',
      { timestampMs: 0, key: 1 },
      /record's key must be bytes, a string, null or undefined; it is a number/,
    ],
    ['an object as value', { timestampMs: 0, value: {} }, /record's value must be .* it is a object/],
    [
      'a header without name',
      { timestampMs: 0, headers: [{ value: 'x' }] },
      /header name must be a string; it is a undefined/,
    ],
    [
      'a header with a null name',
      { timestampMs: 0, headers: [{ key: null }] },
      /header name must be a string; it is null/,
    ],
    [
      'a number as header value',
      { timestampMs: 0, headers: [{ key: 'h', value: 1 }] },
      /header value must be/,
    ],
  ])('%s', (_, record, message) => {
    const builder = new BatchBuilder();
    builder.append(RECORD);
    expect(() => builder.append(record as NewLogRecord)).toThrow(message);
    expect(validateBatch(builder.build(), LIMITS).recordsCount).toBe(1);
  });

  it.each([
    [
      { producerId: -1, producerEpoch: 0, baseSequence: 0 },
      /producerId is -1; it must be a whole number from 0/,
    ],
    [{ producerId: 2 ** 53, producerEpoch: 0, baseSequence: 0 }, /producerId is 9007199254740992/],
    [{ producerId: 1, producerEpoch: 32768, baseSequence: 0 }, /producerEpoch is 32768; .* from 0 to 32767/],
    [{ producerId: 1, producerEpoch: 0, baseSequence: 2 ** 31 }, /baseSequence is 2147483648/],
  ])('a producer out of bounds', (producer, message) => {
    const builder = new BatchBuilder();
    builder.append(RECORD);
    expect(() => builder.build({ producer })).toThrow(message);
    expect(builder.count).toBe(1);
  });
});

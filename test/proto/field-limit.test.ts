import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkFieldCount,
  groupService,
  logService,
  MAX_FIELDS,
  MalformedMessageError,
  respool,
} from '../../proto/index.js';

const { AppendRequest, ResetOffsetsRequest } = respool.v1;

describe('the count of fields', () => {
  test('lets a message of many records pass', () => {
    const records = Array.from({ length: 10_000 }, (_, i) => ({
      key: Buffer.from(`${i}`),
      value: Buffer.from('v'),
    }));
    const bytes = Buffer.from(AppendRequest.encode({ topic: 't', records }).finish());
    expect(logService.Append.requestDeserialize(bytes).records).toHaveLength(10_000);
  });

  test('refuses millions of empty records before it makes one of them', () => {
    const bytes = Buffer.alloc(4_000_000);
    for (let i = 0; i < bytes.length; i += 2) bytes[i] = 0x12;
    expect(() => logService.Append.requestDeserialize(bytes)).toThrow(MalformedMessageError);
  });

  test('counts fields within fields, and fields that nobody knows', () => {
    const headers = Array.from({ length: MAX_FIELDS }, () => ({ key: '' }));
    const nested = Buffer.from(AppendRequest.encode({ records: [{ headers }] }).finish());
    expect(() => logService.Append.requestDeserialize(nested)).toThrow(/more than 100000 fields/);
    const unknown = Buffer.alloc(2 * (MAX_FIELDS + 1), Buffer.from([15 << 3, 0]));
    expect(() => logService.InitProducer.requestDeserialize(unknown)).toThrow(/more than 100000 fields/);
  });

  test('counts packed numbers one by one', () => {
    const reset = (partitions: number) =>
      groupService.ResetOffsets.requestDeserialize(
        Buffer.from(
          ResetOffsetsRequest.encode({
            topics: [{ topic: 't', partitions: new Array<number>(partitions).fill(1) }],
          }).finish(),
        ),
      );
    expect(reset(10_000).topics[0]?.partitions).toHaveLength(10_000);
    expect(() => reset(MAX_FIELDS)).toThrow(/more than 100000 fields/);
  });

  test('passes whatever protobufjs writes', () => {
    const record = fc.record({
      key: fc.option(fc.uint8Array(), { nil: null }),
      value: fc.option(fc.uint8Array(), { nil: null }),
      timestampMs: fc.maxSafeInteger(),
      partition: fc.integer(),
      headers: fc.array(fc.record({ key: fc.string(), value: fc.uint8Array() })),
    });
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const bytes = Buffer.from(AppendRequest.encode({ topic: 't', records }).finish());
        expect(logService.Append.requestDeserialize(bytes).records).toHaveLength(records.length);
      }),
    );
  });

  test('ends on any bytes, with an answer or an error of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (array) => {
        try {
          checkFieldCount(Buffer.from(array), { 1: { 2: {} }, 2: {} });
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessageError);
        }
      }),
    );
  });
});

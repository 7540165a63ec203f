/** Against the codec of another Kafka client, both ways: what we write it reads, what it writes we read. */
import { createRequire } from 'node:module';
import zstd from '@mongodb-js/zstd';
import fc from 'fast-check';
import { compressFrame, decompressFrame } from 'lz4-napi';
import snappy from 'snappy';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  COMPRESSIONS,
  compressionOf,
  splitBatches,
  stampBatch,
  validateBatch,
  validateCompressedBatch,
} from '../../../proto/record-batch/index.js';
import { buildBatch, LIMITS } from './record-arbitrary.js';

interface KafkajsRecord {
  offset: string;
  timestamp: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, Buffer | null>;
}
interface KafkajsEncoder {
  buffer: Buffer;
}
interface KafkajsCodec {
  compress(encoder: KafkajsEncoder): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}
interface KafkajsLong {
  fromValue(value: number): unknown;
}

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => unknown;
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder.js') as (
  decoder: unknown,
) => Promise<{ firstOffset: string; records: KafkajsRecord[] }>;
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0/index.js') as {
  RecordBatch(options: object): Promise<KafkajsEncoder>;
};
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (
  options: object,
) => unknown;
const Long = require('kafkajs/src/utils/long.js') as KafkajsLong;
const { Codecs } = require('kafkajs/src/protocol/message/compression/index.js') as {
  Codecs: Record<number, () => KafkajsCodec>;
};

beforeAll(() => {
  Codecs[COMPRESSIONS.indexOf('snappy')] = () => ({
    compress: async ({ buffer }) => snappy.compress(buffer),
    decompress: decompressXerial,
  });
  Codecs[COMPRESSIONS.indexOf('lz4')] = () => ({
    compress: ({ buffer }) => compressFrame(buffer, { contentChecksum: true, blockChecksums: true }),
    decompress: decompressFrame,
  });
  Codecs[COMPRESSIONS.indexOf('zstd')] = () => ({
    compress: ({ buffer }) => zstd.compress(buffer),
    decompress: zstd.decompress,
  });
});

/** Names are kafkajs's object keys, so that they must differ; large values, so that several snappy blocks are filled. */
const recordsArbitrary = fc.array(
  fc.record({
    timestampMs: fc.nat({ max: 10_000 }).map((ms) => 1_700_000_000_000 + ms),
    key: fc.option(fc.uint8Array({ maxLength: 20 }), { nil: undefined }),
    value: fc.option(
      fc.nat({ max: 50_000 }).map((length) => Buffer.alloc(length, 'a value ')),
      { nil: undefined },
    ),
    headers: fc.uniqueArray(
      fc.record({
        key: fc.stringMatching(/^h[a-z]{1,8}$/),
        value: fc.uint8Array({ maxLength: 20 }),
      }),
      { maxLength: 3, selector: ({ key }) => key },
    ),
  }),
  { minLength: 1, maxLength: 20 },
);

describe.each(COMPRESSIONS)('with compression %s', (compression) => {
  it('kafkajs reads what we write', async () => {
    await fc.assert(
      fc.asyncProperty(recordsArbitrary, async (records) => {
        const batch = await buildBatch(records, compression);
        stampBatch(batch, 4321, 0);
        const read = await decodeBatch(new Decoder(batch));
        expect(read.records.map(fromKafkajs)).toEqual(records.map((record, i) => plain(record, 4321 + i)));
      }),
      { numRuns: 25 },
    );
  });

  it('we accept and read what kafkajs writes', async () => {
    await fc.assert(
      fc.asyncProperty(recordsArbitrary, async (records) => {
        const batch = await encodeWithKafkajs(records, COMPRESSIONS.indexOf(compression));
        expect(compressionOf(validateBatch(batch, LIMITS))).toBe(compression);
        await validateCompressedBatch(batch, LIMITS);
        const read = [...(await [...splitBatches(batch, { checkCrc: true })][0]!.decompress(LIMITS))];
        expect(read.map((record) => plain(record, record.offset))).toEqual(records.map(plain));
      }),
      { numRuns: 25 },
    );
  });
});

interface PlainRecord {
  timestampMs: number;
  key?: Uint8Array | undefined;
  value?: Uint8Array | undefined;
  headers: readonly { key: string; value?: Uint8Array | undefined }[];
}

function plain({ timestampMs, key, value, headers }: PlainRecord, offset: number) {
  return {
    offset,
    timestampMs,
    key: hex(key),
    value: hex(value),
    headers: headers.map((header) => [header.key, hex(header.value)]),
  };
}

function fromKafkajs(record: KafkajsRecord) {
  return {
    offset: Number(record.offset),
    timestampMs: Number(record.timestamp),
    key: hex(record.key),
    value: hex(record.value),
    headers: Object.entries(record.headers).map(([key, value]) => [key, hex(value)]),
  };
}

function hex(bytes: Uint8Array | null | undefined): string | null {
  return bytes ? Buffer.from(bytes).toString('hex') : null;
}

async function encodeWithKafkajs(records: readonly PlainRecord[], compression: number): Promise<Buffer> {
  const timestamps = records.map(({ timestampMs }) => timestampMs);
  const encoded = records.map(({ timestampMs, key, value, headers }, i) =>
    encodeRecord({
      offsetDelta: i,
      timestampDelta: timestampMs - timestamps[0]!,
      key: key === undefined ? null : Buffer.from(key),
      value: value === undefined ? null : Buffer.from(value),
      headers: Object.fromEntries(headers.map((header) => [header.key, Buffer.from(header.value ?? [])])),
    }),
  );
  const encoder = await RecordBatch({
    compression,
    firstTimestamp: timestamps[0],
    maxTimestamp: Math.max(...timestamps),
    producerId: Long.fromValue(-1),
    producerEpoch: -1,
    firstSequence: -1,
    lastOffsetDelta: records.length - 1,
    records: encoded,
  });
  return encoder.buffer;
}

/** As snappy-java frames it: 16 bytes, then blocks with their lengths. */
async function decompressXerial(bytes: Buffer): Promise<Buffer> {
  expect(bytes.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001');
  const blocks: Buffer[] = [];
  for (let at = 16; at < bytes.length; ) {
    const end = at + 4 + bytes.readInt32BE(at);
    blocks.push((await snappy.uncompress(bytes.subarray(at + 4, end))) as Buffer);
    at = end;
  }
  return Buffer.concat(blocks);
}

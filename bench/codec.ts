/**
 * How many records a second the record-batch codec encodes, checks and reads on this machine: no disk, no network, one thread.
 * Prints JSON, with the samples that the medians are of.
 *
 *     npx tsc -p bench/tsconfig.json && node dist/bench/codec.js
 */
import os from 'node:os';
import {
  BatchBuilder,
  COMPRESSIONS,
  type Compression,
  type NewLogRecord,
  type RecordBatch,
  splitBatches,
  validateBatch,
  validateCompressedBatch,
} from '../proto/record-batch/index.js';

const RECORDS_PER_BATCH = 600;
const SAMPLES = 7;
const MS_PER_SAMPLE = 300;
const LIMITS = { maxUncompressedBytes: 64 * 1024 ** 2 };

interface Result {
  what: string;
  recordsPerSecond: number;
  samples: number[];
}

async function main(): Promise<void> {
  const results = [100, 1024].flatMap((valueBytes) => measureValues(valueBytes));
  for (const compression of COMPRESSIONS.slice(1)) results.push(...(await measureCompression(compression)));
  const environment = { node: process.version, cpu: os.cpus()[0]?.model, cores: os.cpus().length };
  console.log(JSON.stringify({ environment, recordsPerBatch: RECORDS_PER_BATCH, results }, undefined, 2));
}

function measureValues(valueBytes: number): Result[] {
  const value = Buffer.alloc(valueBytes, 'respool ');
  const timestampMs = Date.now();
  const bytes: NewLogRecord = { timestampMs, value };
  const keyed: NewLogRecord = { timestampMs, key: Buffer.from('user-12345'), value };
  const text: NewLogRecord = { timestampMs, key: 'user-12345', value: value.toString() };
  const headers: NewLogRecord = {
    ...keyed,
    headers: [{ key: 'trace', value: Buffer.from('0af7651916cd43dd') }],
  };
  const batch = encode(new BatchBuilder(), bytes);
  const withHeaders = encode(new BatchBuilder(), headers);
  const split = [...splitBatches(batch)];
  const builder = new BatchBuilder();
  const measure = (what: string, run: () => unknown) => measureOne(`${what}, ${valueBytes} B`, run);
  return [
    measure('encode bytes', () => encode(builder, bytes)),
    measure('encode bytes with a key', () => encode(builder, keyed)),
    measure('encode text with a key', () => encode(builder, text)),
    measure('encode with a key and a header', () => encode(builder, headers)),
    measure('validate', () => validateBatch(batch, LIMITS)),
    measure('validate with a key and a header', () => validateBatch(withHeaders, LIMITS)),
    measure('read with a cursor', () => readCursor(split)),
    measure('read as objects', () => readObjects(split)),
  ];
}

/** One batch at a time: what a single thread of the pool does. */
async function measureCompression(compression: Compression): Promise<Result[]> {
  const builder = new BatchBuilder();
  const timestampMs = Date.now();
  const compressed = async () => {
    for (let i = 0; i < RECORDS_PER_BATCH; i++) {
      builder.append({
        timestampMs,
        key: `user-${i}`,
        value: `{"order":${i * 7919},"state":"paid","total":${i * 13}.50}`,
      });
    }
    return await builder.build({ compression });
  };
  const batch = await compressed();
  return [
    await measureAsync(`encode and compress small JSON, ${compression}`, compressed),
    await measureAsync(`decompress and validate small JSON, ${compression}`, () =>
      validateCompressedBatch(batch, LIMITS),
    ),
  ];
}

function encode(builder: BatchBuilder, record: NewLogRecord): Buffer {
  for (let i = 0; i < RECORDS_PER_BATCH; i++) builder.append(record);
  return builder.build();
}

function readCursor(batches: readonly RecordBatch[]): number {
  let sum = 0;
  for (const batch of batches) {
    const cursor = batch.cursor();
    while (cursor.next()) sum += cursor.valueEnd - cursor.valueStart + cursor.offset;
  }
  return sum;
}

function readObjects(batches: readonly RecordBatch[]): number {
  let sum = 0;
  for (const batch of batches) {
    for (const record of batch.cursor()) sum += record.offset + (record.value?.length ?? 0);
  }
  return sum;
}

function measureOne(what: string, run: () => unknown): Result {
  sample(run);
  const samples = Array.from({ length: SAMPLES }, () => sample(run));
  const sorted = samples.toSorted((a, b) => a - b);
  return { what, recordsPerSecond: sorted[SAMPLES >> 1]!, samples };
}

async function measureAsync(what: string, run: () => Promise<unknown>): Promise<Result> {
  const samples: number[] = [];
  for (let i = 0; i <= SAMPLES; i++) {
    const start = performance.now();
    let batches = 0;
    for (; performance.now() - start < MS_PER_SAMPLE; batches++) await run();
    if (i > 0) samples.push(Math.round((batches * RECORDS_PER_BATCH * 1000) / (performance.now() - start)));
  }
  return { what, recordsPerSecond: samples.toSorted((a, b) => a - b)[SAMPLES >> 1]!, samples };
}

function sample(run: () => unknown): number {
  const start = performance.now();
  let batches = 0;
  let elapsedMs = 0;
  do {
    for (let i = 0; i < 50; i++) run();
    batches += 50;
    elapsedMs = performance.now() - start;
  } while (elapsedMs < MS_PER_SAMPLE);
  return Math.round((batches * RECORDS_PER_BATCH * 1000) / elapsedMs);
}

await main();

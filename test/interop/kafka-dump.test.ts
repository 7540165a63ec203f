import { copyFile, mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProducerRecord, Respool } from '../../sdk/index.js';
import { Broker, formatAddress } from '../../server/index.js';
import { hasCommands, requireOrSkip } from '../fixtures/requirement.js';
import { type Dump, dumpLogSegments, kafkaClassPath } from './kafka-dump/dump-log-segments.js';

const SET_UP_MS = 300_000;
const TOPIC = 'dumped';
const COMPACTED_TOPIC = 'compacted';
const PARTITIONS = 2;
const SEGMENT_BYTES = 32 * 1024;
/** Long ago: a log that is brought in from elsewhere has as many segments as one that is new. */
const START_MS = 1_700_000_000_000;
const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const KAFKA_NAMES = COMPRESSIONS.map((compression) => compression.toUpperCase());

const canRun = requireOrSkip(
  "Kafka's own dump tool",
  () => hasCommands('java', 'mvn'),
  'needs Java 17, Maven, and its repository',
);

describe.runIf(canRun)("Kafka's own dump tool reads what the broker wrote", () => {
  let folder: string;
  let classPath: string;
  let sent: ProducerRecord[][];
  let dumps: Dump[];

  const partitionFolder = (partition: number): string => join(folder, 'data/topics', `${TOPIC}-${partition}`);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'respool-kafka-dump-'));
    classPath = await kafkaClassPath(folder);
    sent = await writeLog(join(folder, 'data'));
    dumps = [];
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      dumps.push(await dumpLogSegments(classPath, await filesOf(partitionFolder(partition))));
    }
  }, SET_UP_MS);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('every batch has a valid checksum', () => {
    const invalid = dumps.flatMap(({ batches }) => batches.filter(({ isValid }) => !isValid));
    expect(invalid).toEqual([]);
  });

  test('no index entry is a mismatch, and nothing else is complained of', () => {
    expect(dumps.flatMap(({ complaints }) => complaints)).toEqual([]);
  });

  test('every index entry was looked at', async () => {
    for (const [partition, dump] of dumps.entries()) {
      const files = await filesOf(partitionFolder(partition));
      expect(dump.indexEntries).toBe(await entriesIn(files));
      expect(dump.indexEntries).toBeGreaterThan(100);
    }
  });

  test('the log has many segments and all compressions, in batches large and small', async () => {
    for (const [partition, { batches }] of dumps.entries()) {
      const files = await filesOf(partitionFolder(partition));
      expect(files.filter((file) => file.endsWith('.log')).length).toBeGreaterThan(5);
      expect([...new Set(batches.map(({ compression }) => compression.toUpperCase()))].sort()).toEqual(
        [...KAFKA_NAMES].sort(),
      );
      expect(batches.some(({ count }) => count === 1)).toBe(true);
      expect(batches.some(({ count }) => count > 100)).toBe(true);
    }
  });

  test('every record is there, once, in order, at its offset, with its key, value and headers', () => {
    for (const [partition, { records }] of dumps.entries()) {
      expect(records.map(({ offset }) => offset)).toEqual(sent[partition]!.map((_, offset) => offset));
      expect(records.map(({ offset: _, ...rest }) => rest)).toEqual(sent[partition]!.map(asDumped));
    }
  });

  test('a compacted log is read as well, with the offsets that were kept', async () => {
    const keys = 7;
    const written = 400;
    const dataDir = join(folder, 'compacted-data');
    await writeCompactedLog(dataDir, keys, written);
    const partition = join(dataDir, 'topics', `${COMPACTED_TOPIC}-0`);
    const { batches, records, complaints } = await dumpLogSegments(classPath, await filesOf(partition));
    expect(batches.filter(({ isValid }) => !isValid)).toEqual([]);
    expect(complaints).toEqual([]);
    const offsets = records.map(({ offset }) => offset);
    expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
    // The last record of every key, at the offset where it was written.
    const last = Array.from({ length: keys }, (_, key) => written - keys + key);
    expect(offsets).toEqual(expect.arrayContaining(last));
    expect(offsets.length).toBeLessThan(written);
    expect(batches.some(({ baseOffset, lastOffset, count }) => count < lastOffset - baseOffset + 1)).toBe(
      true,
    );
  });

  test('damage would have been told', async () => {
    const copy = join(folder, 'damaged-0');
    await mkdir(copy);
    const [log, index, timeIndex] = await firstIndexedSegment(partitionFolder(0));
    for (const file of [log, index, timeIndex])
      await copyFile(join(partitionFolder(0), file), join(copy, file));
    await flipByte(join(copy, log), 30);
    await flipByte(join(copy, index), 3);
    const dump = await dumpLogSegments(
      classPath,
      [log, index, timeIndex].map((file) => join(copy, file)),
    );
    expect(dump.batches.filter(({ isValid }) => !isValid)).not.toEqual([]);
    expect(dump.complaints).not.toEqual([]);
  });
});

/** Produces through a broker, closes it, and resolves with what was sent, by partition. */
async function writeLog(dataDir: string): Promise<ProducerRecord[][]> {
  await using broker = await Broker.start({
    dataDir,
    listen: '127.0.0.1:0',
    http: 'off',
    logLevel: 'silent',
  });
  await using client = new Respool(formatAddress(broker.address));
  const config = { segmentBytes: SEGMENT_BYTES, indexIntervalBytes: 512, retentionMs: 'unlimited' } as const;
  await client.admin.createTopic(TOPIC, { partitions: PARTITIONS, config });
  const sent: ProducerRecord[][] = [];
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    sent.push([]);
    for (const compression of COMPRESSIONS) {
      const records = recordsFor(partition);
      const producer = client.producer({ compression, idempotent: partition === 0 });
      // Each is awaited, so each is a batch of its own; the rest goes as large batches.
      for (const record of records.slice(0, 200)) await producer.send(record);
      await Promise.all(records.slice(200).map((record) => producer.send(record)));
      await producer.close();
      sent[partition]!.push(...records);
    }
  }
  return sent;
}

/** Writes the same keys again and again, waits until the log was compacted, and closes it. */
async function writeCompactedLog(dataDir: string, keys: number, written: number): Promise<void> {
  const compacted = new LogLine('"msg":"compacted"');
  await using broker = await Broker.start(
    { dataDir, listen: '127.0.0.1:0', http: 'off', cleanupIntervalMs: 100 },
    { log: pino({}, compacted) },
  );
  await using client = new Respool(formatAddress(broker.address));
  await client.admin.createTopic(COMPACTED_TOPIC, {
    config: {
      cleanupPolicy: 'compact',
      minCleanableDirtyRatio: 0.01,
      segmentBytes: 4096,
      indexIntervalBytes: 512,
    },
  });
  const producer = client.producer({ compression: 'lz4' });
  for (let number = 0; number < written; number += 5) {
    const batch = Array.from({ length: 5 }, (_, at) => ({
      key: `key-${(number + at) % keys}`,
      value: 'v'.repeat(100),
    }));
    await Promise.all(
      batch.map((record) => producer.send({ topic: COMPACTED_TOPIC, partition: 0, ...record })),
    );
  }
  await compacted.written;
}

/** Where a broker's log goes; tells when a line with some text was written. */
class LogLine extends Writable {
  readonly written: Promise<void>;
  #tell!: () => void;

  constructor(private readonly text: string) {
    super();
    this.written = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (chunk.includes(this.text)) this.#tell();
    done();
  }
}

/** Keys and values of all kinds, headers that repeat, values beyond the size of a segment. */
function recordsFor(partition: number): ProducerRecord[] {
  const small = Array.from({ length: 600 }, (_, number) => ({
    topic: TOPIC,
    partition,
    timestampMs: START_MS + number,
    key: number % 3 === 0 ? null : `key-${number % 17}`,
    value: number % 7 === 0 ? null : `value ${number} `.repeat(number % 50),
    headers: Array.from({ length: number % 4 }, (_unused, header) => ({
      key: `header-${header % 2}`,
      value: header === 2 ? null : `${number}`,
    })),
  }));
  const large = { ...small[1]!, value: incompressible(SEGMENT_BYTES + 1000), headers: [] };
  return [...small.slice(0, 20), large, ...small.slice(20), large];
}

/** Bytes in which no codec finds much, the same in every run. */
function incompressible(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, state = 1; at < length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** A record as the tool prints it, apart from its offset. */
function asDumped({ timestampMs, key, value, headers }: ProducerRecord): object {
  const sizeOf = (bytes: ProducerRecord['value']): number => (bytes == null ? -1 : Buffer.byteLength(bytes));
  return {
    timestampMs,
    keySizeBytes: sizeOf(key),
    valueSizeBytes: sizeOf(value),
    headerKeys: Array.isArray(headers) ? headers.map((header) => header.key) : [],
  };
}

const DUMPABLE = /\.(?:log|index|timeindex)$/;

/** The paths of what the tool can read, ascending. */
async function filesOf(partitionFolder: string): Promise<string[]> {
  const names = await readdir(partitionFolder);
  return names
    .filter((name) => DUMPABLE.test(name))
    .sort()
    .map((name) => join(partitionFolder, name));
}

/** How many entries the indexes among these files have, by their sizes. */
async function entriesIn(files: readonly string[]): Promise<number> {
  const counts = files
    .filter((file) => file.endsWith('index'))
    .map(async (file) => (await stat(file)).size / (file.endsWith('.timeindex') ? 12 : 8));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** The names of a segment's log and indexes, where the offset index has an entry. */
async function firstIndexedSegment(
  partitionFolder: string,
): Promise<[log: string, index: string, time: string]> {
  for (const name of (await readdir(partitionFolder)).filter((file) => file.endsWith('.index')).sort()) {
    const base = name.slice(0, -'.index'.length);
    if ((await stat(join(partitionFolder, name))).size > 0) return [`${base}.log`, name, `${base}.timeindex`];
  }
  throw new Error(`no segment in ${partitionFolder} has an index entry`);
}

async function flipByte(path: string, position: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, position);
    buffer[0]! ^= 1;
    await file.write(buffer, 0, 1, position);
  } finally {
    await file.close();
  }
}

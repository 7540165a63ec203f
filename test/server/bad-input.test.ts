import { existsSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { crc32c } from '@node-rs/crc32';
import { describe, expect, test } from 'vitest';
import { adminService, logService, type Method } from '../../proto/index.js';
import { CRC_FROM, HEADER_BYTES } from '../../proto/record-batch/index.js';
import { ackCode, batchOf, failureOf, startBroker, TestClient, temporaryFolder } from './broker-fixture.js';

const UNKNOWN_TOPIC = { status: status.NOT_FOUND, code: 'TOPIC_NOT_FOUND', details: { topic: 'nope' } };

describe('an unknown topic is NOT_FOUND', () => {
  test('to whatever is asked of it', async () => {
    const client = new TestClient(await startBroker());
    const failures = await Promise.all([
      failureOf(client.call(logService.Append, { topic: 'nope', records: [{}] })),
      failureOf(client.fetchAll({ topic: 'nope' })),
      failureOf(client.call(logService.ListOffsets, { queries: [{ topic: 'nope' }] })),
      failureOf(client.call(adminService.AlterTopic, { topic: 'nope', partitions: 2 })),
      failureOf(client.call(adminService.DeleteTopic, { topic: 'nope' })),
      failureOf(client.call(adminService.DescribeTopics, { topics: ['nope'] })),
      failureOf(client.call(adminService.TruncatePrefix, { topic: 'nope' })),
    ]);
    for (const failure of failures) expect(failure).toMatchObject(UNKNOWN_TOPIC);
    const [ack] = await client.produceAll([{ topic: 'nope', batch: batchOf(['a']) }]);
    expect(ackCode(ack)).toBe('TOPIC_NOT_FOUND');
  });

  test('and an unknown partition says how many there are', async () => {
    const client = new TestClient(await startBroker());
    await client.createTopic('t', { partitions: 2 });
    expect(await failureOf(client.fetchAll({ topic: 't', partition: 2 }))).toMatchObject({
      status: status.NOT_FOUND,
      code: 'PARTITION_NOT_FOUND',
      details: { topic: 't', partition: '2', partitions: '2' },
    });
  });
});

describe('a bad or hostile name is INVALID_ARGUMENT, and nothing is made of it', () => {
  const NAMES = [
    '',
    '.',
    '..',
    '../x',
    'a/b',
    'a\\b',
    'a\0b',
    'a b',
    'ä',
    'x'.repeat(250),
    '__proto__',
    '__consumer',
  ];

  test.each(NAMES.map((name) => [JSON.stringify(name.slice(0, 20)), name]))('%s', async (_shown, topic) => {
    const dataDir = temporaryFolder();
    const client = new TestClient(await startBroker({ dataDir }));
    const before = tree(dataDir);
    expect(await failureOf(client.createTopic(topic))).toMatchObject({
      status: status.INVALID_ARGUMENT,
      code: 'INVALID_TOPIC_NAME',
    });
    expect(tree(dataDir)).toEqual(before);
    expect((await client.call(adminService.DescribeTopics, {})).topics).toEqual([]);
  });

  test('two names that differ in case only', async () => {
    const client = new TestClient(await startBroker());
    await client.createTopic('Orders');
    expect(await failureOf(client.createTopic('orders'))).toMatchObject({ code: 'INVALID_TOPIC_NAME' });
    expect(await failureOf(client.createTopic('Orders'))).toMatchObject({
      status: status.ALREADY_EXISTS,
      code: 'TOPIC_EXISTS',
      details: { topic: 'Orders' },
    });
  });

  function tree(folder: string): string[] {
    return existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).sort() : [];
  }
});

describe('a record or batch over the limit is RECORD_TOO_LARGE, naming both sizes', () => {
  test('produced', async () => {
    const client = new TestClient(await startBroker());
    await client.createTopic('t', { config: { maxBatchBytes: 1000 } });
    const batch = batchOf([Buffer.alloc(1000)]);
    const [ack] = await client.produceAll([{ topic: 't', batch }]);
    expect(ackCode(ack)).toBe('RECORD_TOO_LARGE');
    expect(ack?.error?.details).toMatchObject({ sizeBytes: `${batch.length}`, limitBytes: '1000' });
    expect(ack?.error?.message).toContain('1000');
  });

  test('appended', async () => {
    const client = new TestClient(await startBroker());
    await client.createTopic('t', { config: { maxBatchBytes: 1000 } });
    const records = [{ value: Buffer.alloc(2000) }];
    const failure = await failureOf(client.call(logService.Append, { topic: 't', records }));
    expect(failure).toMatchObject({ status: status.INVALID_ARGUMENT, code: 'RECORD_TOO_LARGE' });
    expect(Number(failure.details['sizeBytes'])).toBeGreaterThan(2000);
    expect(failure.details['limitBytes']).toBe('1000');
  });

  test('a message over the limit of messages is refused by its length alone, naming both sizes', async () => {
    const client = new TestClient(await startBroker({ maxMessageBytes: 2 * 1024 ** 2 }));
    const records = [{ value: Buffer.alloc(3 * 1024 ** 2) }];
    const failure = await failureOf(client.call(logService.Append, { topic: 't', records }));
    expect(failure.status).toBe(status.RESOURCE_EXHAUSTED);
    expect(failure.message).toMatch(/31457\d\d vs 2097152/);
  });

  test('a topic cannot allow batches that fit into no message', async () => {
    const client = new TestClient(await startBroker());
    const failure = await failureOf(client.createTopic('t', { config: { maxBatchBytes: 8 * 1024 ** 2 } }));
    expect(failure).toMatchObject({ status: status.INVALID_ARGUMENT, details: { field: 'max_batch_bytes' } });
    expect(failure.message).toContain('4193280');
  });
});

describe('a batch that lies is INVALID_BATCH, and nothing of it is stored', () => {
  /** Changes what the CRC covers, and the CRC, so that only the lie is wrong. */
  function lying(change: (batch: Buffer) => void): Buffer {
    const batch = batchOf(['a', 'b']);
    change(batch);
    batch.writeUInt32BE(crc32c(batch.subarray(CRC_FROM)), 17);
    return batch;
  }

  function compressed(records: Buffer, count: number, codec = 1): Buffer {
    const header = Buffer.from(batchOf(['a']).subarray(0, HEADER_BYTES));
    const batch = Buffer.concat([header, records]);
    batch.writeInt32BE(batch.length - 12, 8);
    batch.writeInt16BE(codec, 21);
    batch.writeInt32BE(count - 1, 23);
    batch.writeInt32BE(count, 57);
    batch.writeUInt32BE(crc32c(batch.subarray(CRC_FROM)), 17);
    return batch;
  }

  const LIES: [string, Buffer][] = [
    ['CRC', Object.assign(batchOf(['a']), { 17: 0, 18: 0 })],
    ['records count', lying((batch) => batch.writeInt32BE(3, 57))],
    ['negative count', lying((batch) => batch.writeInt32BE(-1, 57))],
    ['last offset delta', lying((batch) => batch.writeInt32BE(7, 23))],
    ['batch length', lying((batch) => batch.writeInt32BE(batch.length, 8))],
    ['magic', lying((batch) => batch.writeInt8(1, 16))],
    ['record length', lying((batch) => batch.writeInt8(2, HEADER_BYTES))],
    ['offset delta', lying((batch) => batch.writeInt8(8, HEADER_BYTES + 3))],
    ['control batch', lying((batch) => batch.writeInt16BE(1 << 5, 21))],
    ['unknown codec', lying((batch) => batch.writeInt16BE(7, 21))],
    ['says gzip, is not', lying((batch) => batch.writeInt16BE(1, 21))],
    ['gzip of garbage', compressed(gzipSync(Buffer.alloc(50, 7)), 2)],
    ['gzip bomb', compressed(gzipSync(Buffer.alloc(200 * 1024 ** 2)), 100)],
    ['says lz4, is not', compressed(Buffer.alloc(100, 3), 1, 3)],
    ['says snappy, is not', compressed(Buffer.alloc(100, 3), 1, 2)],
    ['says zstd, is not', compressed(Buffer.alloc(100, 3), 1, 4)],
    ['nothing', Buffer.alloc(0)],
    ['half a header', batchOf(['a']).subarray(0, 30)],
    ['two batches', Buffer.concat([batchOf(['a']), batchOf(['b'])])],
  ];

  test('in whatever way', async () => {
    const client = new TestClient(await startBroker());
    await client.createTopic('t');
    const acks = await client.produceAll(
      LIES.map(([, batch], i) => ({ correlationId: i, topic: 't', batch })),
    );
    const codes = acks
      .sort((a, b) => a.correlationId - b.correlationId)
      .map((ack) => [LIES[ack.correlationId]?.[0], ackCode(ack)]);
    expect(codes).toEqual(LIES.map(([name]) => [name, 'INVALID_BATCH']));
    expect(acks.every(({ error }) => error?.details?.['reason'])).toBe(true);
    expect(await client.values('t')).toEqual([]);
    // The log is as it was: what is right gets the first offset.
    const [good] = await client.produceAll([{ topic: 't', batch: batchOf(['a']) }]);
    expect(good).toMatchObject({ baseOffset: 0 });
  });
});

test.each([
  ['below the start', 1],
  ['beyond the end', 5],
])('an offset outside of the log, %s, is OUT_OF_RANGE and carries both ends', async (_where, offset) => {
  const client = new TestClient(await startBroker());
  await client.createTopic('t');
  await client.produceAll([{ topic: 't', batch: batchOf(['a', 'b', 'c', 'd']) }]);
  await client.call(adminService.TruncatePrefix, { topic: 't', beforeOffset: 2 });
  for (const follow of [false, true]) {
    expect(await failureOf(client.fetchAll({ topic: 't', from: { offset }, follow }))).toMatchObject({
      status: status.OUT_OF_RANGE,
      code: 'OFFSET_OUT_OF_RANGE',
      details: { topic: 't', partition: '0', offset: `${offset}`, startOffset: '2', endOffset: '4' },
    });
  }
});

test('a sequence gap is an error, a duplicate has its old offset', async () => {
  const client = new TestClient(await startBroker());
  await client.createTopic('t');
  const { producerId } = await client.call(logService.InitProducer, {});
  const sequenced = (baseSequence: number, epoch = 0) => {
    const batch = batchOf(['a']);
    batch.writeBigInt64BE(BigInt(producerId), 43);
    batch.writeInt16BE(epoch, 51);
    batch.writeInt32BE(baseSequence, 53);
    batch.writeUInt32BE(crc32c(batch.subarray(CRC_FROM)), 17);
    return { topic: 't', batch };
  };
  const send = async (...batches: { topic: string; batch: Buffer }[]) => {
    const acks = await client.produceAll(
      batches.map((batch, correlationId) => ({ correlationId, ...batch })),
    );
    return acks.sort((a, b) => a.correlationId - b.correlationId);
  };
  expect((await send(sequenced(0), sequenced(1))).map(({ baseOffset }) => baseOffset)).toEqual([0, 1]);
  const [duplicate, gap] = await send(sequenced(0), sequenced(5));
  expect(duplicate).toMatchObject({ baseOffset: 0, duplicate: true });
  expect(ackCode(gap)).toBe('OUT_OF_ORDER_SEQUENCE');
  expect(gap?.error?.details).toMatchObject({ expectedSequence: '2', sequence: '5' });
  await send(sequenced(0, 1));
  expect(ackCode((await send(sequenced(2, 0)))[0])).toBe('PRODUCER_FENCED');
  expect(await client.values('t')).toHaveLength(3);
});

describe('a number that cannot be meant is INVALID_ARGUMENT, naming its field', () => {
  test.each([
    ['partition', { topic: 't', partition: -1 }],
    ['from.offset', { topic: 't', from: { offset: -1 } }],
    ['from.offset', { topic: 't', from: { offset: 2 ** 60 } }],
    ['from.timestamp_ms', { topic: 't', from: { timestampMs: -5 } }],
    ['until.offset', { topic: 't', until: { offset: -1 } }],
    ['format', { topic: 't', format: 9 as number }],
    ['max_records', { topic: 't', maxRecords: 2 ** 63 }],
  ])('%s of a Fetch', async (field, request) => {
    const client = new TestClient(await startBroker());
    await client.createTopic('t');
    expect(await failureOf(client.fetchAll(request))).toMatchObject({
      status: status.INVALID_ARGUMENT,
      code: 'INVALID_ARGUMENT',
      details: { field },
    });
  });

  test.each([
    ['partitions', adminService.CreateTopic, { topic: 'x', partitions: -1 }],
    ['segmentBytes', adminService.CreateTopic, { topic: 'x', config: { segmentBytes: 3 } }],
    ['cleanup_policy', adminService.CreateTopic, { topic: 'x', config: { cleanupPolicy: 77 as number } }],
    ['reset', adminService.AlterTopic, { topic: 't', reset: ['retention'] }],
    ['before_offset', adminService.TruncatePrefix, { topic: 't', beforeOffset: -1 }],
    ['records', logService.Append, { topic: 't', records: [] }],
    ['timestamp_ms', logService.Append, { topic: 't', records: [{ timestampMs: -1 }] }],
    ['partition', logService.Append, { topic: 't', records: [{ partition: -1 }] }],
    ['expected_offset', logService.Append, { topic: 't', records: [{}], expectedOffset: -1 }],
    ['queries', logService.ListOffsets, { queries: [] }],
    ['at.offset', logService.ListOffsets, { queries: [{ topic: 't', at: { offset: 2 ** 55 } }] }],
  ])('%s of %o', async (field, method, request) => {
    const client = new TestClient(await startBroker());
    await client.createTopic('t');
    const call = client.call(method as unknown as Method<object, object, object, object>, request);
    expect(await failureOf(call)).toMatchObject({ status: status.INVALID_ARGUMENT, details: { field } });
  });
});

describe('a message that is no message is INVALID_ARGUMENT', () => {
  const raw = (bytes: Buffer) => ({ ...logService.Append, requestSerialize: () => bytes });

  test.each([
    ['garbage', Buffer.from('garbage, not protobuf')],
    ['a cut message', Buffer.from([0x0a, 0x20, 0x61])],
    ['millions of empty records', Buffer.alloc(4_000_000, Buffer.from([0x12, 0x00]))],
    ['millions of unknown fields', Buffer.alloc(4_000_000, Buffer.from([0x78, 0x00]))],
    ['groups within groups', Buffer.alloc(1_000_000, 0x7b)],
  ])('%s', async (_what, bytes) => {
    const client = new TestClient(await startBroker());
    await client.createTopic('t');
    expect(await failureOf(client.call(raw(bytes), {}))).toMatchObject({
      status: status.INVALID_ARGUMENT,
      code: 'INVALID_ARGUMENT',
      details: { field: 'request' },
    });
    await client.call(logService.Append, { topic: 't', records: [{}] });
  });

  test('and an unknown method is UNIMPLEMENTED', async () => {
    const client = new TestClient(await startBroker());
    const nowhere = { ...logService.Append, path: '/respool.v1.LogService/Nope' };
    expect((await failureOf(client.call(nowhere, {}))).status).toBe(status.UNIMPLEMENTED);
  });
});

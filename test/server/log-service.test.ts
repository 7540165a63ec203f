import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { adminService, logService, type respool } from '../../proto/index.js';
import { ackCode, batchOf, FetchFormat, failureOf, startBroker, TestClient } from './broker-fixture.js';

const { FETCH_FORMAT_BATCHES } = FetchFormat;

async function brokerWith(topic: string, request: respool.v1.CreateTopicRequest.$Properties = {}) {
  const broker = await startBroker();
  const client = new TestClient(broker);
  await client.createTopic(topic, request);
  return { broker, client };
}

describe('Produce', () => {
  test('answers every batch once, with its offset, and stores what it acknowledged in order', async () => {
    const { client } = await brokerWith('t');
    const batches = Array.from({ length: 20 }, (_, i) => ({
      correlationId: 100 + i,
      topic: 't',
      batch: batchOf([`${i}a`, `${i}b`]),
    }));
    const acks = await client.produceAll(batches);
    expect(
      acks.map(({ correlationId, baseOffset, error }) => [correlationId, baseOffset, error ?? undefined]),
    ).toEqual(batches.map(({ correlationId }, i) => [correlationId, 2 * i, undefined]));
    expect(await client.values('t')).toEqual(batches.flatMap((_, i) => [`${i}a`, `${i}b`]));
  });

  test('a refused batch ends neither the stream nor the others', async () => {
    const { client } = await brokerWith('t');
    const broken = batchOf(['x']);
    broken[40] = broken[40]! ^ 1;
    const acks = await client.produceAll([
      { correlationId: 1, topic: 't', batch: batchOf(['a']) },
      { correlationId: 2, topic: 't', batch: broken },
      { correlationId: 3, topic: 'nope', batch: batchOf(['x']) },
      { correlationId: 4, topic: 't', partition: 7, batch: batchOf(['x']) },
      { correlationId: 5, topic: 't', partition: -1, batch: batchOf(['x']) },
      { correlationId: 6, topic: 't', batch: batchOf(['x']), expectedOffset: 17 },
      { correlationId: 7, topic: 't', batch: batchOf(['b']), expectedOffset: 1 },
    ]);
    const codes = new Map(acks.map((ack) => [ack.correlationId, ackCode(ack)]));
    expect([...codes].sort(([a], [b]) => a - b)).toEqual([
      [1, undefined],
      [2, 'INVALID_BATCH'],
      [3, 'TOPIC_NOT_FOUND'],
      [4, 'PARTITION_NOT_FOUND'],
      [5, 'INVALID_ARGUMENT'],
      [6, 'UNEXPECTED_OFFSET'],
      [7, undefined],
    ]);
    expect(await client.values('t')).toEqual(['a', 'b']);
  });

  test('the stream is open before anything was sent', async () => {
    const { client } = await brokerWith('t');
    const stream = client.produce();
    await new Promise((resolve) => stream.once('metadata', resolve));
    stream.on('data', () => {});
    const ended = new Promise((resolve) => stream.once('end', resolve));
    stream.end();
    await ended;
  });
});

describe('Append', () => {
  test('stores records where their keys belong, and says where', async () => {
    const { client } = await brokerWith('t', { partitions: 3 });
    const records = ['21', 'foobar', 'abc', '21'].map((key) => ({
      key: Buffer.from(key),
      value: Buffer.from(`v${key}`),
      headers: [{ key: 'h', value: Buffer.from('x') }, { key: 'n' }],
      timestampMs: 5,
    }));
    const { positions } = await client.call(logService.Append, { topic: 't', records });
    const twentyOne = (-973932308 & 0x7fffffff) % 3;
    expect(positions[0]).toMatchObject({ partition: twentyOne, timestampMs: 5 });
    expect(positions[3]?.partition).toBe(twentyOne);
    expect(positions[3]?.offset).toBeGreaterThan(positions[0]?.offset ?? Infinity);
    const [response] = await client.fetchAll({ topic: 't', partition: twentyOne });
    expect(response?.records[0]).toMatchObject({
      offset: positions[0]?.offset,
      key: Buffer.from('21'),
      value: Buffer.from('v21'),
      headers: [
        { key: 'h', value: Buffer.from('x') },
        { key: 'n', value: null },
      ],
    });
  });

  test('null and empty differ, and the broker has a clock', async () => {
    const { client } = await brokerWith('t');
    const before = Date.now();
    await client.call(logService.Append, {
      topic: 't',
      records: [{ key: Buffer.alloc(0) }, { value: Buffer.alloc(0) }],
    });
    const [response] = await client.fetchAll({ topic: 't' });
    expect(response?.records).toMatchObject([
      { key: Buffer.alloc(0), value: null },
      { key: null, value: Buffer.alloc(0) },
    ]);
    expect(response?.records[0]?.timestampMs).toBeGreaterThanOrEqual(before);
  });

  test('a conditional append is for one partition', async () => {
    const { client } = await brokerWith('t', { partitions: 2 });
    const records = [{ partition: 0 }, { partition: 1 }];
    const failure = await failureOf(
      client.call(logService.Append, { topic: 't', records, expectedOffset: 0 }),
    );
    expect(failure).toMatchObject({ status: status.INVALID_ARGUMENT, details: { field: 'expected_offset' } });
    const one = { topic: 't', records: [{ partition: 0 }], expectedOffset: 0 };
    await client.call(logService.Append, one);
    expect(await failureOf(client.call(logService.Append, one))).toMatchObject({
      status: status.ABORTED,
      code: 'UNEXPECTED_OFFSET',
      details: { topic: 't', partition: '0', expectedOffset: '0', endOffset: '1' },
    });
  });
});

describe('Fetch', () => {
  test('in batches: the bytes that were produced, with only offset and epoch stamped', async () => {
    const { client } = await brokerWith('t');
    const batch = batchOf(['a', 'b']);
    await client.produceAll([{ topic: 't', batch }]);
    const responses = await client.fetchAll({ topic: 't', format: FETCH_FORMAT_BATCHES });
    const bytes = Buffer.concat(responses.map(({ batches }) => batches));
    expect(bytes.subarray(16)).toEqual(batch.subarray(16));
    expect(responses.at(-1)).toMatchObject({ nextOffset: 2, highWatermark: 2, logStartOffset: 0 });
  });

  test.each([
    ['an offset', { from: { offset: 3 } }, [3, 4, 5]],
    ['a time', { from: { timestampMs: 1004 } }, [4, 5]],
    ['a time between records', { from: { timestampMs: 1001 }, until: { timestampMs: 1003 } }, [1, 2]],
    ['earliest', { from: { earliest: {} } }, [0, 1, 2, 3, 4, 5]],
    ['nowhere in particular', {}, [0, 1, 2, 3, 4, 5]],
    ['latest', { from: { latest: {} } }, []],
    ['an offset up to another', { from: { offset: 1 }, until: { offset: 3 } }, [1, 2]],
    ['an offset up to one before it', { from: { offset: 3 }, until: { offset: 1 } }, []],
    ['at most so many', { from: { offset: 1 }, maxRecords: 2 }, [1, 2]],
  ])('from %s', async (_from, request, expected) => {
    const { client } = await brokerWith('t');
    // Batches of two, so that what is asked for begins and ends within them.
    for (const i of [0, 2, 4]) {
      const records = [i, i + 1].map((n) => ({ value: Buffer.from(`${n}`), timestampMs: 1000 + n }));
      await client.call(logService.Append, { topic: 't', records });
    }
    expect(await client.values('t', request)).toEqual(expected.map(String));
  });

  test('in batches, what is asked for may lie within a batch, and no batch beyond it is sent', async () => {
    const { client } = await brokerWith('t');
    await client.produceAll([0, 1, 2].map((i) => ({ topic: 't', batch: batchOf([`${i}a`, `${i}b`]) })));
    const request = { topic: 't', from: { offset: 1 }, until: { offset: 3 }, format: FETCH_FORMAT_BATCHES };
    const responses = await client.fetchAll(request);
    expect(responses.reduce((sum, { batches }) => sum + batches.length, 0)).toBe(
      2 * batchOf(['0a', '0b']).length,
    );
    expect(responses.at(-1)?.nextOffset).toBe(4);
  });

  test('follows: waits for what comes, and ends where it was told to', async () => {
    const { client } = await brokerWith('t');
    const reading = client.values('t', { follow: true, until: { offset: 3 } });
    await client.produceAll([{ topic: 't', batch: batchOf(['a']) }]);
    await client.produceAll([{ topic: 't', batch: batchOf(['b', 'c', 'd']) }]);
    expect(await reading).toEqual(['a', 'b', 'c']);
  });

  test('filters by key and by header, and tells how far it looked', async () => {
    const { client } = await brokerWith('t');
    const records = ['a', 'b', 'a'].map((key, i) => ({
      key: Buffer.from(key),
      value: Buffer.from(`${i}`),
      headers: [{ key: 'n', value: Buffer.from(`${i}`) }],
    }));
    await client.call(logService.Append, { topic: 't', records });
    expect(await client.values('t', { filter: { key: Buffer.from('a') } })).toEqual(['0', '2']);
    const header = { key: 'n', value: Buffer.from('2') };
    expect(await client.values('t', { filter: { headers: [header] } })).toEqual(['2']);
    expect(await client.values('t', { filter: { key: Buffer.from('a'), headers: [{ key: 'n' }] } })).toEqual([
      '0',
      '2',
    ]);
    const none = await client.fetchAll({ topic: 't', filter: { key: Buffer.from('z') } });
    expect(none.at(-1)).toMatchObject({ nextOffset: 3, records: [] });
    expect(
      await failureOf(
        client.fetchAll({ topic: 't', filter: { headers: [header] }, format: FETCH_FORMAT_BATCHES }),
      ),
    ).toMatchObject({ status: status.INVALID_ARGUMENT, details: { field: 'filter' } });
  });

  test('responses are no larger than asked for, down to one batch each', async () => {
    const { client } = await brokerWith('t');
    await client.produceAll(
      Array.from({ length: 5 }, () => ({ topic: 't', batch: batchOf([Buffer.alloc(1000)]) })),
    );
    const responses = await client.fetchAll({ topic: 't', format: FETCH_FORMAT_BATCHES, maxBytes: 1 });
    expect(responses).toHaveLength(5);
  });
});

describe('ListOffsets and InitProducer', () => {
  test('resolve positions', async () => {
    const { client } = await brokerWith('t');
    await client.call(logService.Append, {
      topic: 't',
      records: [1, 2, 3].map((n) => ({ timestampMs: 1000 * n })),
    });
    await client.call(adminService.TruncatePrefix, { topic: 't', beforeOffset: 1 });
    const ats = [
      { earliest: {} },
      { latest: {} },
      { timestampMs: 2500 },
      { timestampMs: 9000 },
      { offset: 2 },
    ];
    const { answers } = await client.call(logService.ListOffsets, {
      queries: ats.map((at) => ({ topic: 't', at })),
    });
    expect(answers.map(({ offset }) => offset)).toEqual([1, 3, 2, 3, 2]);
    expect(answers.map(({ timestampMs }) => timestampMs ?? undefined)).toEqual([
      undefined,
      undefined,
      3000,
      undefined,
      undefined,
    ]);
    expect(answers[0]).toMatchObject({ logStartOffset: 1, highWatermark: 3 });
  });

  test('no producer id is handed out twice', async () => {
    const { client } = await brokerWith('t');
    const ids = await Promise.all(Array.from({ length: 50 }, () => client.call(logService.InitProducer, {})));
    expect(new Set(ids.map(({ producerId }) => producerId)).size).toBe(50);
    expect(ids.every(({ producerEpoch }) => producerEpoch === 0)).toBe(true);
  });
});

test('topics are made at their first use if the broker is told to', async () => {
  const client = new TestClient(await startBroker({ autoCreateTopics: true, defaultPartitions: 2 }));
  const acks = await client.produceAll([1, 2, 3].map((n) => ({ topic: 'new', batch: batchOf([`${n}`]) })));
  expect(acks.map(({ baseOffset }) => baseOffset)).toEqual([0, 1, 2]);
  await client.call(logService.Append, { topic: 'other', records: [{}] });
  const { topics } = await client.call(adminService.DescribeTopics, {});
  expect(topics.map(({ topic, partitions }) => [topic, partitions?.length])).toEqual([
    ['new', 2],
    ['other', 2],
  ]);
  const [refused] = await client.produceAll([{ topic: '../x', batch: batchOf(['a']) }]);
  expect(ackCode(refused)).toBe('INVALID_TOPIC_NAME');
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partitionForKey } from '../../proto/record-batch/index.js';
import {
  type Delivery,
  type ProducerOptions,
  type ReceivedRecord,
  Respool,
  RespoolError,
} from '../../sdk/index.js';
import { RunningBroker } from './fixtures/running-broker.js';

let broker: RunningBroker;
let client: Respool;
let topics = 0;

beforeAll(async () => {
  broker = await RunningBroker.start();
  client = new Respool(broker.server);
});
afterAll(async () => {
  await client.close();
  await broker[Symbol.asyncDispose]();
});

async function newTopic(partitions = 1, config = {}): Promise<string> {
  const topic = `topic-${topics++}`;
  await client.admin.createTopic(topic, { partitions, config });
  return topic;
}

async function read(topic: string): Promise<ReceivedRecord[]> {
  const records: ReceivedRecord[] = [];
  for await (const record of client.records({ topic })) records.push(record);
  return records;
}

const values = (records: readonly ReceivedRecord[]): string[] => records.map(({ value }) => String(value));
const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

describe('a producer', () => {
  it('tells where each record was stored, and stores it as it was', async () => {
    const topic = await newTopic();
    await using producer = client.producer();
    const delivery = await producer.send({
      topic,
      key: 'k',
      value: Buffer.from([0, 255]),
      headers: [
        { key: 'h', value: 'ü' },
        { key: 'h', value: null },
      ],
      timestampMs: 1_700_000_000_000,
    });
    expect(delivery).toEqual<Delivery>({ topic, partition: 0, offset: 0, timestampMs: 1_700_000_000_000 });
    expect(await read(topic)).toEqual<ReceivedRecord[]>([
      {
        topic,
        partition: 0,
        offset: 0,
        timestampMs: 1_700_000_000_000,
        key: Buffer.from('k'),
        value: Buffer.from([0, 255]),
        headers: [
          { key: 'h', value: Buffer.from('ü') },
          { key: 'h', value: undefined },
        ],
      },
    ]);
  });

  it('keeps null apart from empty', async () => {
    const topic = await newTopic();
    await using producer = client.producer();
    await Promise.all([
      producer.send({ topic }),
      producer.send({ topic, key: '', value: '', headers: { a: '' } }),
    ]);
    const [none, empty] = await read(topic);
    expect([none!.key, none!.value, none!.headers]).toEqual([undefined, undefined, []]);
    expect([empty!.key?.length, empty!.value?.length, empty!.headers[0]!.value?.length]).toEqual([0, 0, 0]);
  });

  it('stores records of a partition in the order in which they were handed over, by send and write alike', async () => {
    const topic = await newTopic();
    await using producer = client.producer({ batchBytes: 2048 });
    const sent: Promise<Delivery>[] = [];
    for (let i = 0; i < 5000; i++) {
      if (i % 3 === 0) sent.push(producer.send({ topic, value: String(i) }));
      else producer.write({ topic, value: String(i) });
    }
    await producer.flush();
    expect(values(await read(topic))).toEqual(numbers(5000));
    const deliveries = await Promise.all(sent);
    expect(deliveries.every(({ offset }, i) => offset === 3 * i)).toBe(true);
  });

  it('packs what is handed over together', async () => {
    const topic = await newTopic();
    await using producer = client.producer();
    await Promise.all(numbers(1000).map((value) => producer.send({ topic, value })));
    let batches = 0;
    for await (const batch of client.fetch({ topic, partition: 0 })) {
      batches++;
      expect(batch.header.recordsCount).toBeGreaterThan(100);
    }
    expect(batches).toBeLessThan(5);
  });

  it('puts a key where a user of Kafka expects it, and one without anywhere but in full batches', async () => {
    const topic = await newTopic(4);
    await using producer = client.producer({ batchBytes: 1024 });
    const keyed = await Promise.all(numbers(100).map((key) => producer.send({ topic, key, value: 'v' })));
    keyed.forEach(({ partition }, i) => {
      expect(partition).toBe(partitionForKey(Buffer.from(String(i)), 4));
    });
    const keyless = await Promise.all(numbers(1000).map((value) => producer.send({ topic, value })));
    expect(new Set(keyless.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2, 3]));
    const chosen = await producer.send({ topic, key: '0', value: 'v', partition: 3 });
    expect(chosen.partition).toBe(3);
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('compresses with %s, in order', async (compression) => {
    const topic = await newTopic();
    await using producer = client.producer({ compression, batchBytes: 4096 });
    await Promise.all(numbers(2000).map((value) => producer.send({ topic, value })));
    expect(values(await read(topic))).toEqual(numbers(2000));
    for await (const batch of client.fetch({ topic, partition: 0 }))
      expect(batch.compression).toBe(compression);
  });

  it('fails records of an unknown topic with TOPIC_NOT_FOUND, and goes on with others', async () => {
    const topic = await newTopic();
    await using producer = client.producer();
    await expect(producer.send({ topic: 'nowhere', value: 'v' })).rejects.toMatchObject({
      code: 'TOPIC_NOT_FOUND',
      details: { topic: 'nowhere' },
    });
    await producer.send({ topic, value: 'v' });
    producer.write({ topic: 'nowhere', value: 'v' });
    producer.write({ topic: 'nowhere', value: 'v' });
    await expect(producer.flush()).rejects.toMatchObject({
      code: 'TOPIC_NOT_FOUND',
      details: { failedRecords: 2 },
    });
    await producer.flush();
  });

  it('fails records of an unknown partition with PARTITION_NOT_FOUND', async () => {
    const topic = await newTopic(2);
    await using producer = client.producer();
    await expect(producer.send({ topic, value: 'v', partition: 2 })).rejects.toMatchObject({
      code: 'PARTITION_NOT_FOUND',
      details: { topic, partition: 2, partitions: 2 },
      outcomeUnknown: false,
    });
  });

  it('finds partitions that were added', async () => {
    const topic = await newTopic(1);
    await using producer = client.producer({ metadataMaxAgeMs: 100 });
    await producer.send({ topic, key: 'key', value: 'v' });
    await client.admin.alterTopic(topic, { partitions: 8 });
    const wanted = partitionForKey(Buffer.from('key'), 8);
    let partition = 0;
    for (let i = 0; i < 2000 && partition !== wanted; i++) {
      ({ partition } = await producer.send({ topic, key: 'key', value: 'v' }));
    }
    expect(wanted).not.toBe(0);
    expect(partition).toBe(wanted);
  });

  it('refuses a record that no batch of the topic can hold, naming both sizes, and stores those around it', async () => {
    const topic = await newTopic(1, { maxBatchBytes: 2000 });
    await using producer = client.producer();
    const before = producer.send({ topic, value: 'a' });
    await expect(producer.send({ topic, value: Buffer.alloc(3000) })).rejects.toMatchObject({
      code: 'RECORD_TOO_LARGE',
      details: { limitBytes: 2000, sizeBytes: expect.any(Number) },
    });
    expect(() => producer.write({ topic, value: Buffer.alloc(3000) })).toThrow(/2000/);
    await Promise.all([before, producer.send({ topic, value: 'b' })]);
    expect(values(await read(topic))).toEqual(['a', 'b']);
  });

  it('goes on, in order and without a duplicate, behind batches that the broker refuses for good', async () => {
    const topic = await newTopic();
    await using producer = client.producer({ batchBytes: 8192, lingerMs: 0 });
    await producer.send({ topic, value: 'first' });
    // What the producer knows of the topic is out of date from here on: it makes batches that are too large now.
    await client.admin.alterTopic(topic, { config: { maxBatchBytes: 1000 } });
    const outcomes = await Promise.allSettled(
      numbers(400).map((value) => producer.send({ topic, value: value.padStart(100, '0') })),
    );
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ code: 'RECORD_TOO_LARGE', outcomeUnknown: false });
    }
    await Promise.all(['x', 'y', 'z'].map((value) => producer.send({ topic, value })));
    const stored = outcomes.flatMap(({ status }, i) =>
      status === 'fulfilled' ? [String(i).padStart(100, '0')] : [],
    );
    expect(values(await read(topic))).toEqual(['first', ...stored, 'x', 'y', 'z']);
  });

  it.each<[object, RegExp]>([
    [{ topic: '' }, /topic/],
    [{ topic: 't', partition: -1 }, /partition is -1/],
    [{ topic: 'known', value: 7 }, /value must be bytes/],
    [{ topic: 'known', key: {} }, /key/],
    [{ topic: 'known', timestampMs: -1 }, /timestampMs is -1/],
    [{ topic: 'known', headers: [{ key: 7 }] }, /header name/],
  ])('refuses %j with INVALID_ARGUMENT and stores nothing', async (record, message) => {
    const known = await newTopic();
    await using producer = client.producer();
    await producer.send({ topic: known, value: 'v' });
    const bad = { ...record, ...('topic' in record && record.topic === 'known' ? { topic: known } : {}) };
    const error: unknown = await producer.send(bad as { topic: string }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RespoolError);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) });
    expect(await read(known)).toHaveLength(1);
  });

  it('begins anew when its topic was deleted and made again', async () => {
    const topic = await newTopic();
    await using producer = client.producer();
    for (let i = 0; i < 3; i++) await producer.send({ topic, value: 'old' });
    await client.admin.deleteTopic(topic);
    await client.admin.createTopic(topic, { partitions: 1 });
    await Promise.all(numbers(3).map((value) => producer.send({ topic, value })));
    expect(values(await read(topic))).toEqual(['0', '1', '2']);
  });
});

describe('the buffer of a producer', () => {
  const small: ProducerOptions = { maxBufferedBytes: 64 * 1024, batchBytes: 4096 };

  it('asks a writer to wait, refuses one that does not, and never holds much more than its limit', async () => {
    const topic = await newTopic();
    await using producer = client.producer(small);
    const value = Buffer.alloc(1000);
    let most = 0;
    for (let i = 0; i < 2000; i++) {
      if (!producer.write({ topic, value })) {
        expect(() => producer.write({ topic, value })).toThrow(
          expect.objectContaining({ code: 'BUFFER_FULL' }),
        );
        await producer.ready();
      }
      most = Math.max(most, producer.bufferedBytes);
    }
    await producer.flush();
    expect(most).toBeGreaterThan(60 * 1024);
    expect(most).toBeLessThan(70 * 1024);
    expect(producer.bufferedBytes).toBe(0);
    expect(await read(topic)).toHaveLength(2000);
  });

  it('lets sends wait for their turn, in order, up to a limit', async () => {
    const topic = await newTopic();
    await using producer = client.producer({ ...small, maxWaitingSends: 500 });
    const sends = numbers(700).map((value) => producer.send({ topic, value: value.padEnd(1000) }));
    const outcomes = await Promise.allSettled(sends);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'BUFFER_FULL' });
    const stored = values(await read(topic)).map((value) => value.trim());
    expect(stored).toEqual(numbers(700 - refused.length));
  });
});

describe('flush and close', () => {
  it('flush waits for all that was handed over, also for what waits for room', async () => {
    const topic = await newTopic();
    await using producer = client.producer({ maxBufferedBytes: 64 * 1024, lingerMs: 1000 });
    let settled = 0;
    for (const value of numbers(300)) {
      void producer.send({ topic, value: value.padEnd(1000) }).then(() => settled++);
    }
    await producer.flush();
    expect(settled).toBe(300);
  });

  it('flush on an idle producer resolves', async () => {
    await using producer = client.producer();
    await producer.flush();
  });

  it('close stores what was handed over, is idempotent, and refuses what comes later', async () => {
    const topic = await newTopic();
    const producer = client.producer();
    producer.write({ topic, value: 'v' });
    const sent = producer.send({ topic, value: 'w' });
    await Promise.all([producer.close(), producer.close()]);
    await sent;
    expect(values(await read(topic))).toEqual(['v', 'w']);
    await expect(producer.send({ topic, value: 'x' })).rejects.toMatchObject({ code: 'CLOSED' });
    expect(() => producer.write({ topic, value: 'x' })).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });

  it('closing the client closes its producers, and everything is refused with CLOSED then', async () => {
    const topic = await newTopic();
    const another = new Respool(broker.server);
    const sent = another.producer().send({ topic, value: 'v' });
    await Promise.all([another.close(), another.close()]);
    expect((await sent).offset).toBe(0);
    await expect(another.admin.listTopics()).rejects.toMatchObject({ code: 'CLOSED' });
    expect(() => another.producer()).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    expect(() => another.fetch({ topic, partition: 0 })).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });

  it('close with a time-out gives up what is not acknowledged', async () => {
    const dead = new Respool({ server: '127.0.0.1:1' });
    const producer = dead.producer();
    const sent = producer.send({ topic: 't', value: 'v' });
    producer.write({ topic: 't', value: 'v' });
    const closed = dead.close({ timeoutMs: 50 });
    await expect(sent).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(closed).rejects.toMatchObject({ code: 'CLOSED', details: { failedRecords: 1 } });
  });
});

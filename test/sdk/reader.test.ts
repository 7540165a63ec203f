import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FetchOptions, type ReceivedRecord, type RecordsOptions, Respool } from '../../sdk/index.js';
import { RunningBroker } from './fixtures/running-broker.js';
import { TcpProxy } from './fixtures/tcp-proxy.js';

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

const T0 = 1_700_000_000_000;

/** A topic with `count` records in each partition, `perBatch` to a batch, a second apart; values are their numbers. */
async function filled(count: number, { partitions = 1, perBatch = 10, size = 0 } = {}): Promise<string> {
  const topic = `topic-${topics++}`;
  await client.admin.createTopic(topic, { partitions });
  await using producer = client.producer();
  for (let i = 0; i < count; i++) {
    for (let partition = 0; partition < partitions; partition++) {
      const value = String(i).padEnd(size);
      producer.write({
        topic,
        partition,
        value,
        key: `k${i % 3}`,
        headers: { n: String(i % 2) },
        timestampMs: T0 + i * 1000,
      });
    }
    if (i % perBatch === perBatch - 1) await producer.flush();
  }
  await producer.flush();
  return topic;
}

async function offsetsOf(options: FetchOptions): Promise<number[]> {
  const offsets: number[] = [];
  for await (const batch of client.fetch(options))
    for (const { offset } of batch.records()) offsets.push(offset);
  return offsets;
}

async function collect(options: RecordsOptions): Promise<ReceivedRecord[]> {
  const records: ReceivedRecord[] = [];
  for await (const record of client.records(options)) records.push(record);
  return records;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('fetch', () => {
  let topic: string;
  beforeAll(async () => {
    topic = await filled(95);
  });

  it.each<[string, Partial<FetchOptions>, number[]]>([
    ['all', {}, range(0, 95)],
    ['from an offset within a batch', { from: 37 }, range(37, 95)],
    ['from an offset, written out', { from: { offset: 40 } }, range(40, 95)],
    ['up to an offset within a batch', { until: 33 }, range(0, 33)],
    ['between two offsets of one batch', { from: 31, until: 34 }, range(31, 34)],
    ['from a time', { from: new Date(T0 + 49_500) }, range(50, 95)],
    [
      'from a time to a time',
      { from: { timestampMs: T0 + 10_000 }, until: { timestampMs: T0 + 12_000 } },
      [10, 11],
    ],
    ['from a time behind the last record', { from: { timestampMs: T0 + 10_000_000 } }, []],
    ['from the end', { from: 'latest' }, []],
    ['nothing', { from: 5, until: 5 }, []],
    ['up to an offset, following', { from: 90, until: 95, follow: true }, range(90, 95)],
    ['in the smallest responses', { maxBytes: 1024 }, range(0, 95)],
    ['with nothing read ahead', { readAheadBytes: 0, maxBytes: 1024 }, range(0, 95)],
    ['without checking checksums', { verifyCrc: false }, range(0, 95)],
  ])('reads %s', async (_what, options, expected) => {
    expect(await offsetsOf({ topic, partition: 0, ...options })).toEqual(expected);
  });

  it('gives a batch its bounds, its header and a cursor that agrees with its records', async () => {
    for await (const batch of client.fetch({ topic, partition: 0, from: 37, until: 63 })) {
      const records = [...batch.records()];
      expect(records.map(({ offset }) => offset)).toEqual(range(batch.startOffset, batch.endOffset));
      const cursor = batch.cursor();
      const seen: [number, string][] = [];
      while (cursor.next() && cursor.offset < batch.endOffset) {
        seen.push([cursor.offset, cursor.bytes.toString('utf8', cursor.valueStart, cursor.valueEnd)]);
      }
      expect(seen).toEqual(records.map(({ offset, value }) => [offset, String(value)]));
      expect(batch.highWatermark).toBe(95);
      expect(batch.compression).toBe('none');
    }
  });

  it('is typed about what there is not', async () => {
    const codeOf = (options: FetchOptions) =>
      offsetsOf(options).catch((error: { code: string }) => error.code);
    expect(await codeOf({ topic: 'nowhere', partition: 0 })).toBe('TOPIC_NOT_FOUND');
    expect(await codeOf({ topic, partition: 9 })).toBe('PARTITION_NOT_FOUND');
    expect(await codeOf({ topic, partition: 0, from: 1000 })).toBe('OFFSET_OUT_OF_RANGE');
    await client.admin.truncatePrefix(topic, 0, 5);
    await expect(offsetsOf({ topic, partition: 0, from: 4 })).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      details: { topic, partition: 0, offset: 4, startOffset: 5, endOffset: 95 },
    });
    expect(await offsetsOf({ topic, partition: 0 })).toEqual(range(5, 95));
  });
});

describe('following', () => {
  it('gets what is appended after it began, from the end of then', async () => {
    const topic = await filled(10);
    await using producer = client.producer();
    const stop = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const batch of client.fetch({
        topic,
        partition: 0,
        from: 8,
        follow: true,
        signal: stop.signal,
      })) {
        for (const { offset } of batch.records()) seen.push(offset);
        if (seen.at(-1)! < 20) await producer.send({ topic, value: 'more' });
        else stop.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(seen).toEqual(range(8, 21));
  });

  it('ends at once, with the reason of its signal, while it waits', async () => {
    const topic = await filled(0);
    const stop = new AbortController();
    const waiting = client.records({ topic, follow: true, signal: stop.signal }).next();
    stop.abort(new Error('no more'));
    await expect(waiting).rejects.toThrow('no more');
    await expect(
      client.records({ topic, signal: AbortSignal.abort(new Error('never')) }).next(),
    ).rejects.toThrow('never');
  });

  it('ends with CLOSED when its client is closed', async () => {
    const topic = await filled(1);
    const another = new Respool(broker.server);
    const records = another.records({ topic, follow: true });
    await records.next();
    const waiting = records.next();
    await Promise.all([another.close(), expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })]);
  });

  it('can be left while it waits for another partition', async () => {
    const topic = await filled(1, { partitions: 2 });
    let count = 0;
    for await (const { partition } of client.records({ topic, follow: true })) {
      count += partition + 1;
      if (count === 3) break;
    }
    expect(count).toBe(3);
  });
});

describe('records', () => {
  it('reads all partitions, each in order', async () => {
    const topic = await filled(300, { partitions: 4 });
    const records = await collect({ topic });
    for (const partition of [0, 1, 2, 3]) {
      const mine = records.filter((record) => record.partition === partition);
      expect(mine.map(({ offset }) => offset)).toEqual(range(0, 300));
    }
    expect(records).toHaveLength(1200);
  });

  it('reads the partitions that are named, from where each is to begin, so many', async () => {
    const topic = await filled(20, { partitions: 3 });
    const some = await collect({
      topic,
      partitions: [2, 0],
      from: (partition) => (partition === 2 ? 18 : 15),
    });
    expect(some.filter(({ partition }) => partition === 2).map(({ offset }) => offset)).toEqual([18, 19]);
    expect(some.filter(({ partition }) => partition === 0).map(({ offset }) => offset)).toEqual(
      range(15, 20),
    );
    expect(some).toHaveLength(7);
    expect(await collect({ topic, maxRecords: 7 })).toHaveLength(7);
    expect(await collect({ topic, maxRecords: 1000 })).toHaveLength(60);
  });

  it('reads only what matches a filter', async () => {
    const topic = await filled(60, { partitions: 2 });
    const byKey = await collect({ topic, filter: { key: 'k1' } });
    expect(byKey).toHaveLength(40);
    expect(byKey.every(({ key }) => String(key) === 'k1')).toBe(true);
    const byBoth = await collect({ topic, filter: { key: 'k0', headers: { n: '1' } }, from: 10, until: 40 });
    expect(byBoth.map(({ partition, offset }) => `${partition}/${offset}`).sort()).toEqual(
      [0, 1]
        .flatMap((p) =>
          range(10, 40)
            .filter((i) => i % 3 === 0 && i % 2 === 1)
            .map((i) => `${p}/${i}`),
        )
        .sort(),
    );
    expect(await collect({ topic, filter: { headers: { n: undefined } }, partitions: [0] })).toHaveLength(60);
    expect(await collect({ topic, filter: { headers: { absent: undefined } } })).toEqual([]);
  });

  it('gives calls of next() that overlap the records in order', async () => {
    const topic = await filled(30);
    const records = client.records({ topic });
    const results = await Promise.all(range(0, 32).map(() => records.next()));
    expect(results.map(({ value }) => value?.offset)).toEqual([...range(0, 30), undefined, undefined]);
  });

  it('rejects TOPIC_NOT_FOUND, once, and is at its end then', async () => {
    const records = client.records({ topic: 'nowhere' });
    await expect(records.next()).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
    expect(await records.next()).toEqual({ done: true, value: undefined });
  });
});

describe('a reader whose connection breaks', () => {
  it('goes on where it was: nothing twice, nothing left out', async () => {
    const topic = await filled(4000, { partitions: 2, perBatch: 50, size: 200 });
    await using proxy = await TcpProxy.start(broker.port);
    await using through = new Respool(proxy.address, { retryInitialMs: 2, retryMaxMs: 10 });
    proxy.cutAfter({ toClient: 150_000 });
    const seen: number[][] = [[], []];
    for await (const { partition, offset } of through.records({ topic, maxBytes: 20_000 }))
      seen[partition]!.push(offset);
    expect(proxy.cuts).toBeGreaterThan(5);
    expect(seen).toEqual([range(0, 4000), range(0, 4000)]);
  });

  it('following from the end, it does not miss what was appended while it was away', async () => {
    const topic = await filled(3);
    await using proxy = await TcpProxy.start(broker.port);
    await using through = new Respool(proxy.address, { retryInitialMs: 2, retryMaxMs: 10 });
    await using producer = client.producer();
    const records = through.records({ topic, from: 'latest', follow: true });
    const first = records.next();
    let waiting = true;
    void first.then(() => {
      waiting = false;
    });
    // Where it began is known when it has got the first record behind that.
    while (waiting) await producer.send({ topic, value: 'a' });
    const began = (await first).value!.offset;
    proxy.refuse();
    const { offset: last } = await producer.send({ topic, value: 'b' });
    proxy.accept();
    for (let offset = began + 1; offset <= last; offset++)
      expect((await records.next()).value?.offset).toBe(offset);
    await records.return();
  });

  it('gives up with UNAVAILABLE when the broker stays away too long', async () => {
    const topic = await filled(1);
    await using proxy = await TcpProxy.start(broker.port);
    await using through = new Respool(proxy.address, { retryInitialMs: 2, retryMaxMs: 10 });
    const records = through.records({ topic, follow: true, reconnectTimeoutMs: 100 });
    await records.next();
    proxy.refuse();
    await expect(records.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('a reader that is slow', () => {
  it('holds little more than it may read ahead, however much there is', async () => {
    const topic = await filled(4000, { perBatch: 100, size: 4000 });
    await using proxy = await TcpProxy.start(broker.port);
    await using through = new Respool(proxy.address, { flowControlWindowBytes: 64 * 1024 });
    const before = proxy.bytesToClient;
    const reading = through.fetch({ topic, partition: 0, maxBytes: 400_000, readAheadBytes: 400_000 });
    const { value: first } = await reading.next();
    await proxy.quiet();
    // One response in hand, the budget, one held, and the windows and buffers of the sockets on the way.
    expect(proxy.bytesToClient - before).toBeLessThan(8 * 1024 ** 2);
    let records = [...first!.records()].length;
    for await (const batch of reading) records += [...batch.records()].length;
    expect(records).toBe(4000);
    expect(proxy.bytesToClient - before).toBeGreaterThan(16_000_000);
  });
});

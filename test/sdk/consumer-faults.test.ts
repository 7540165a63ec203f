import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HEADER_BYTES } from '../../proto/record-batch/index.js';
import { Respool, type SkippedOffsets } from '../../sdk/index.js';
import { committed, filledTopic, offsetsOf, range, signal, take } from './fixtures/group-topics.js';
import { RunningBroker } from './fixtures/running-broker.js';
import { TcpProxy } from './fixtures/tcp-proxy.js';

let broker: RunningBroker;
let client: Respool;
let proxy: TcpProxy;
/** Through the proxy. */
let through: Respool;
const group = 'g';

beforeEach(async () => {
  broker = await RunningBroker.start();
  client = new Respool(broker.server);
  proxy = await TcpProxy.start(broker.port);
  through = new Respool(proxy.address, { retryInitialMs: 2, retryMaxMs: 10, requestTimeoutMs: 5000 });
});
afterEach(async () => {
  await through.close();
  await client.close();
  await proxy[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
});

describe('a consumer whose connection breaks', () => {
  it('joins again and goes on from what is committed: nothing is left out', async () => {
    const topic = await filledTopic(client, 3000, { partitions: 2, perBatch: 50, size: 200 });
    proxy.cutAfter({ toClient: 200_000 });
    const lost: number[] = [];
    const consumer = through.consumer({
      group,
      topics: [topic],
      commitIntervalMs: 1,
      maxBufferedBytes: 64 * 1024,
      onLost: (partitions) => void lost.push(partitions.length),
    });
    const seen = [new Set<number>(), new Set<number>()];
    for await (const { partition, offset } of consumer) {
      // In order, but for what comes again.
      expect(offset === 0 || seen[partition]!.has(offset - 1)).toBe(true);
      seen[partition]!.add(offset);
      if (seen[0]!.size + seen[1]!.size === 6000) break;
    }
    expect(proxy.cuts).toBeGreaterThan(2);
    expect(lost.length).toBeGreaterThan(2);
    proxy.cutAfter({});
    await consumer.close();
  });

  it('hands nothing out twice at most once, however often it breaks', async () => {
    const topic = await filledTopic(client, 2000, { perBatch: 20, size: 200 });
    proxy.cutAfter({ toClient: 100_000 });
    const end = signal();
    const consumer = through.consumer({
      group,
      topics: [topic],
      commit: 'before',
      maxBufferedBytes: 64 * 1024,
      onAssigned: ([partition]) => {
        if (partition?.startOffset === 2000) end.resolve();
      },
    });
    const seen: number[] = [];
    const loop = (async () => {
      for await (const { offset } of consumer) {
        seen.push(offset);
        if (offset === 1999) end.resolve();
      }
    })();
    await end.promise;
    proxy.cutAfter({});
    await consumer.close();
    await loop;
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.length).toBeGreaterThan(1000);
  });

  it('tells the loop of what is lost before it tells of what is assigned again, and drops what it had buffered', async () => {
    const topic = await filledTopic(client, 100);
    const told: string[] = [];
    const again = signal();
    await using consumer = through.consumer({
      group,
      topics: [topic],
      onAssigned: ([partition]) => {
        told.push(`assigned from ${partition?.startOffset}`);
        if (told.length > 1) again.resolve();
      },
      onLost: (partitions) => void told.push(`lost ${partitions.length}`),
    });
    await take(consumer, 10);
    await consumer.commit();
    await take(consumer, 5);
    const joined = consumer.memberId;
    proxy.cut();
    // The loop sees nothing of it until it asks.
    while (consumer.memberId === joined || consumer.memberId === undefined) await client.groups.list();
    expect(told).toEqual(['assigned from 0']);
    const taking = take(consumer, 90);
    await again.promise;
    expect(offsetsOf(await taking)).toEqual(range(10, 100));
    expect(told).toEqual(['assigned from 0', 'lost 1', 'assigned from 10']);
  });

  it('gives up with UNAVAILABLE when the broker stays away too long, and can be iterated again', async () => {
    const topic = await filledTopic(client, 10);
    await using consumer = through.consumer({ group, topics: [topic], reconnectTimeoutMs: 500 });
    await take(consumer, 10);
    proxy.refuse();
    await expect(take(consumer, 1)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    proxy.accept();
    expect(offsetsOf(await take(consumer, 10))).toEqual(range(0, 10));
  });

  it('fails at once if it is to', async () => {
    const topic = await filledTopic(client, 10);
    await using consumer = through.consumer({ group, topics: [topic], reconnectTimeoutMs: 0 });
    proxy.refuse();
    await expect(take(consumer, 1)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('is closed within its time though the broker does not answer', async () => {
    const topic = await filledTopic(client, 10);
    const consumer = through.consumer({ group, topics: [topic] });
    await take(consumer, 5);
    proxy.hold();
    await consumer.close({ timeoutMs: 50 });
    expect(consumer.memberId).toBeUndefined();
    proxy.letThrough();
  });
});

describe('a broker that is started again', () => {
  it('has its members back, from where they were', async () => {
    const topic = await filledTopic(client, 20);
    await using consumer = client.consumer({ group, topics: [topic], commit: 'manual' });
    await take(consumer, 8);
    await consumer.commit();
    await broker.stop();
    await broker.startAgain();
    const assigned = await take(consumer, 12);
    expect(offsetsOf(assigned).slice(-12)).toEqual(range(8, 20));
    await consumer.close();
    expect(await committed(client, group, topic)).toEqual([8]);
  });
});

describe('a member of which nothing is heard', () => {
  it('is expelled, and comes back by itself', async () => {
    const topic = await filledTopic(client, 10);
    const lost = signal();
    await using consumer = through.consumer({
      group,
      topics: [topic],
      sessionTimeoutMs: 1000,
      onLost: () => lost.resolve(),
    });
    await take(consumer, 4);
    await consumer.commit();
    const joined = consumer.memberId;
    proxy.hold();
    const other = client.consumer({ group, topics: [topic] });
    expect(offsetsOf(await take(other, 2))).toEqual([4, 5]);
    proxy.letThrough();
    // It hears of it, and joins again, though its loop does not ask.
    while (consumer.memberId === joined || consumer.memberId === undefined) await client.groups.list();
    const taking = take(consumer, 4);
    await lost.promise;
    await other.commit();
    await other.close();
    expect(offsetsOf(await taking)).toEqual(range(6, 10));
  });

  it('does not happen to one whose handler takes longer than its session, but lets the event loop live', async () => {
    const topic = await filledTopic(client, 10);
    const lost: unknown[] = [];
    await using consumer = client.consumer({
      group,
      topics: [topic],
      sessionTimeoutMs: 1000,
      onLost: (partitions) => void lost.push(partitions),
    });
    for await (const { offset } of consumer) {
      if (offset !== 3) continue;
      const [before] = await client.groups.describe([group]);
      const joinedMs = before!.members[0]!.joinedMs;
      // Longer than a session, by the broker's clock.
      for (let heardMs = 0; heardMs < joinedMs + 2000; ) {
        const [now] = await client.groups.describe([group]);
        heardMs = now!.members.find(({ memberId }) => memberId === consumer.memberId)!.lastHeardMs;
      }
      break;
    }
    expect(lost).toEqual([]);
  });
});

describe('damaged records', () => {
  /** Thirty records in ten batches, of which the fourth (offsets 9 to 11) is damaged on disk. */
  async function damagedTopic(): Promise<string> {
    const topic = 'damaged';
    await client.admin.createTopic(topic, { partitions: 1, config: { segmentBytes: 1024 } });
    for (let i = 0; i < 10; i++) {
      const records = [0, 1, 2].map((n) => ({ value: `${i}-${n}`.padEnd(100, '.') }));
      await client.append({ topic, records });
    }
    await broker.stop();
    const folder = join(broker.dataDir, 'topics', `${topic}-0`);
    const names = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
    const name = names.filter((path) => Number.parseInt(path, 10) <= 9).at(-1)!;
    const file = await open(join(folder, name), 'r+');
    const bytes = await file.readFile();
    let batch = 0;
    while (bytes.readBigInt64BE(batch) < 9n) batch += 12 + bytes.readInt32BE(batch + 8);
    const at = batch + HEADER_BYTES + 50;
    await file.write(Buffer.from([bytes[at]! ^ 1]), 0, 1, at);
    await file.close();
    await broker.startAgain();
    return topic;
  }

  it('fail the loop with CORRUPT_BATCH, and nothing behind them is handed out', async () => {
    const topic = await damagedTopic();
    const consumer = client.consumer({ group, topics: [topic] });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { offset } of consumer) seen.push(offset);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'CORRUPT_BATCH' });
    expect(seen).toEqual(range(0, seen.length));
    expect(seen.length).toBeLessThanOrEqual(9);
    await consumer.close();
  });

  it('are gone past if asked for, with a word about them in its place', async () => {
    const topic = await damagedTopic();
    const skipped: SkippedOffsets[] = [];
    const order: string[] = [];
    const consumer = client.consumer({
      group,
      topics: [topic],
      onDataLoss: 'skip',
      onSkipped: (gone) => {
        skipped.push(gone);
        order.push('skipped');
      },
    });
    for await (const { offset } of consumer) {
      order.push(`${offset}`);
      if (offset === 29) break;
    }
    expect(skipped).toEqual([{ topic, partition: 0, startOffset: 9, endOffset: 12, reason: 'damaged' }]);
    expect(order).toEqual([...range(0, 9).map(String), 'skipped', ...range(12, 30).map(String)]);
    await consumer.close();
  });
});

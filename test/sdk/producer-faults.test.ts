import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { type Delivery, type Producer, Respool, type RespoolError } from '../../sdk/index.js';
import { RunningBroker } from './fixtures/running-broker.js';
import { TcpProxy } from './fixtures/tcp-proxy.js';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const resource of open.splice(0).reverse()) await resource[Symbol.asyncDispose]();
});
function keep<T extends AsyncDisposable>(resource: T): T {
  open.push(resource);
  return resource;
}

interface Setup {
  broker: RunningBroker;
  proxy: TcpProxy;
  /** Through the proxy. */
  client: Respool;
}

async function setUp(options: ConstructorParameters<typeof Respool>[1] = {}): Promise<Setup> {
  const broker = keep(await RunningBroker.start());
  const direct = keep(new Respool(broker.server));
  await direct.admin.createTopic('t', { partitions: 3 });
  const proxy = keep(await TcpProxy.start(broker.port));
  const client = new Respool(proxy.address, { retryInitialMs: 5, retryMaxMs: 50, ...options });
  open.push({ [Symbol.asyncDispose]: () => client.close().catch(() => {}) });
  return { broker, proxy, client };
}

/** What every partition holds, read without the proxy. */
async function stored(broker: RunningBroker): Promise<string[][]> {
  await using direct = new Respool(broker.server);
  const partitions: string[][] = [[], [], []];
  for await (const { partition, value } of direct.records({ topic: 't' })) {
    partitions[partition]!.push(String(value));
  }
  return partitions;
}

/** Sends `count` numbered records to each of three partitions, in turns; `between` may do something after each. */
async function sendAll(
  producer: Producer,
  count: number,
  between: (i: number) => unknown,
): Promise<Delivery[]> {
  const sent: Promise<Delivery>[] = [];
  for (let i = 0; i < count; i++) {
    for (const partition of [0, 1, 2]) {
      sent.push(producer.send({ topic: 't', partition, value: String(i).padEnd(200, '.') }));
    }
    await between(i);
  }
  return Promise.all(sent);
}

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => String(i).padEnd(200, '.'));
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a producer loses nothing, stores nothing twice and keeps the order', () => {
  it('while its connection is reset again and again', async () => {
    const { broker, proxy, client } = await setUp();
    const producer = client.producer({ batchBytes: 4096, lingerMs: 0 });
    const deliveries = await sendAll(producer, 3000, async (i) => {
      await turn();
      if (i % 150 === 149) proxy.cut();
    });
    expect(proxy.cuts).toBeGreaterThan(5);
    expect(await stored(broker)).toEqual([numbered(3000), numbered(3000), numbered(3000)]);
    deliveries.forEach(({ partition, offset }, i) => {
      expect([partition, offset]).toEqual([i % 3, Math.floor(i / 3)]);
    });
  });

  it('when connections break in the middle of what it sends', async () => {
    const { broker, proxy, client } = await setUp();
    const producer = client.producer({ batchBytes: 2048, lingerMs: 0 });
    proxy.cutAfter({ toBroker: 77_777 });
    await sendAll(producer, 2000, turn);
    expect(proxy.cuts).toBeGreaterThan(5);
    expect(await stored(broker)).toEqual([numbered(2000), numbered(2000), numbered(2000)]);
  });

  it('when connections break in the middle of the acknowledgements', async () => {
    const { broker, proxy, client } = await setUp();
    const producer = client.producer({ batchBytes: 1024, lingerMs: 0 });
    proxy.cutAfter({ toClient: 900 });
    await sendAll(producer, 1000, turn);
    expect(proxy.cuts).toBeGreaterThan(5);
    expect(await stored(broker)).toEqual([numbered(1000), numbered(1000), numbered(1000)]);
  });

  it('while the broker is restarted on the same port', async () => {
    const { broker, client } = await setUp();
    const producer = client.producer({ batchBytes: 4096, lingerMs: 0 });
    await sendAll(producer, 2000, async (i) => {
      await turn();
      if (i % 600 !== 599) return;
      await broker.stop();
      await broker.startAgain();
    });
    expect(await stored(broker)).toEqual([numbered(2000), numbered(2000), numbered(2000)]);
  });

  it('when nothing arrives any more, without the connection being closed', async () => {
    const { broker, proxy, client } = await setUp({ keepaliveMs: 100, keepaliveTimeoutMs: 100 });
    const producer = client.producer();
    await producer.send({ topic: 't', partition: 0, value: 'before' });
    const connections = proxy.connections;
    proxy.hold();
    const sent = producer.send({ topic: 't', partition: 0, value: 'after' });
    while (proxy.connections === connections) await turn();
    proxy.letThrough();
    await sent;
    expect((await stored(broker))[0]).toEqual(['before', 'after']);
  });

  it('when the broker is full of appends, and refuses', async () => {
    const broker = keep(await RunningBroker.start({ appendQueueBytes: 1024 ** 2, http: '127.0.0.1:0' }));
    const client = keep(new Respool(broker.server, { retryInitialMs: 1, retryMaxMs: 5 }));
    await client.admin.createTopic('t', { partitions: 3 });
    const producer = client.producer({ batchBytes: 256 * 1024 });
    await sendAll(producer, 20_000, () => {});
    expect(await broker.metric('respool_appends_refused_total{code="APPEND_QUEUE_FULL"}')).toBeGreaterThan(0);
    expect(await stored(broker)).toEqual([numbered(20_000), numbered(20_000), numbered(20_000)]);
  });
});

describe('a producer gives up in a way that can be acted on', () => {
  it('DELIVERY_TIMEOUT, known not to be stored, when there is no broker', async () => {
    const client = keep(new Respool('127.0.0.1:1', { retryInitialMs: 5, retryMaxMs: 20 }));
    const producer = client.producer({ deliveryTimeoutMs: 150 });
    await expect(producer.send({ topic: 't', value: 'v' })).rejects.toMatchObject({
      code: 'DELIVERY_TIMEOUT',
      outcomeUnknown: false,
      retryable: true,
      message: expect.stringContaining('150 ms'),
    });
  });

  it('DELIVERY_TIMEOUT, outcome unknown, when the answer does not come; what follows is stored once and in order', async () => {
    const { broker, proxy, client } = await setUp();
    const producer = client.producer({ deliveryTimeoutMs: 200, lingerMs: 0 });
    await producer.send({ topic: 't', partition: 0, value: 'first' });
    proxy.hold();
    const lost = await producer
      .send({ topic: 't', partition: 0, value: 'lost' })
      .catch((error: RespoolError) => error);
    expect(lost).toMatchObject({ code: 'DELIVERY_TIMEOUT', outcomeUnknown: true });
    proxy.letThrough();
    proxy.cut();
    await producer.send({ topic: 't', partition: 0, value: 'second' });
    await producer.send({ topic: 't', partition: 0, value: 'third' });
    const [values] = await stored(broker);
    expect(values!.filter((value) => value !== 'lost')).toEqual(['first', 'second', 'third']);
    expect(values!.filter((value) => value === 'lost').length).toBeLessThanOrEqual(1);
  });

  it('without idempotence UNAVAILABLE, outcome unknown, and nothing sent again by itself', async () => {
    const { broker, proxy, client } = await setUp();
    const producer = client.producer({ idempotent: false });
    await producer.send({ topic: 't', partition: 0, value: 'first' });
    proxy.hold();
    const lost = producer.send({ topic: 't', partition: 0, value: 'lost' });
    // Handed to the stream at the end of this turn.
    await turn();
    await turn();
    proxy.cut();
    await expect(lost).rejects.toMatchObject({ code: 'UNAVAILABLE', outcomeUnknown: true });
    proxy.letThrough();
    await producer.send({ topic: 't', partition: 0, value: 'second' });
    expect((await stored(broker))[0]).toEqual(['first', 'second']);
  });

  it('an error in time, when what listens there does not speak gRPC', async () => {
    const { createServer } = await import('node:net');
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
      socket.destroySoon();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push({ [Symbol.asyncDispose]: async () => void (await once(server.close(), 'close')) });
    const { port } = server.address() as { port: number };
    const client = keep(new Respool(`127.0.0.1:${port}`, { retryMaxMs: 20 }));
    await expect(client.admin.listTopics({ timeoutMs: 300 })).rejects.toMatchObject({
      code: expect.stringMatching(/^(UNAVAILABLE|DEADLINE_EXCEEDED)$/),
    });
  });
});

import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { encodeProduceRequest, gatheredBytes, logService } from '../../proto/index.js';
import { type Broker, formatAddress } from '../../server/index.js';
import { batchOf, FetchFormat, failureOf, metric, startBroker, TestClient } from './broker-fixture.js';

const MIB = 1024 ** 2;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const EMPTY_SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

function rawSocket(broker: Broker): Socket {
  const socket = connect(broker.address.port, broker.address.host);
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

function http2Session(broker: Broker, socket = rawSocket(broker)): ClientHttp2Session {
  const session = connectHttp2(`http://${formatAddress(broker.address)}`, { createConnection: () => socket });
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  return session;
}

/** Resolves when it is closed, in whatever way. */
function closed(closing: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => closing.once('close', resolve));
}

function openCall(session: ClientHttp2Session, path: string, headers = {}) {
  const needed = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request({ ...needed, ...headers });
  stream.on('error', () => {});
  stream.resume();
  return stream;
}

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** The broker answers as if nothing had been. */
async function expectServing(broker: Broker): Promise<void> {
  const client = new TestClient(broker);
  await client.createTopic(`alive-${performance.now()}`.replace('.', '-'));
}

describe('garbage', () => {
  test.each([
    ['bytes of no protocol', Buffer.alloc(4096, 0xa5)],
    ['HTTP/1', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    [
      'a frame longer than may be',
      Buffer.concat([PREFACE, EMPTY_SETTINGS, Buffer.from([255, 255, 255, 0, 0, 0, 0, 0, 1])]),
    ],
    [
      'a frame of no type on no stream',
      Buffer.concat([PREFACE, EMPTY_SETTINGS, Buffer.from([0, 0, 4, 0, 0, 0, 0, 0, 9, 1, 2, 3, 4])]),
    ],
    [
      'headers that are no HPACK',
      Buffer.concat([PREFACE, EMPTY_SETTINGS, Buffer.from([0, 0, 4, 1, 4, 0, 0, 0, 1, 255, 255, 255, 255])]),
    ],
  ])('%s closes its connection, and nothing else', async (_what, bytes) => {
    const broker = await startBroker({ firstBytesTimeoutMs: 1000, idleTimeoutMs: 300 });
    // Node answers some of it with GOAWAY and leaves the connection to us.
    const socket = rawSocket(broker).resume();
    socket.write(bytes);
    await closed(socket);
    await expectServing(broker);
  });

  test.each<[string, Buffer, object?]>([
    ['half a frame', Buffer.from([0, 0, 0, 0])],
    ['a length that lies upwards', Buffer.from([0, 255, 255, 255, 255, 1, 2, 3])],
    ['a length that lies downwards', Buffer.concat([Buffer.from([0, 0, 0, 0, 2]), Buffer.alloc(100, 0xff)])],
    ['a compressed flag without compression', Buffer.from([1, 0, 0, 0, 3, 1, 2, 3])],
    ['garbage that claims to be gzip', Buffer.from([1, 0, 0, 0, 3, 1, 2, 3]), { 'grpc-encoding': 'gzip' }],
  ])('%s on a stream ends the stream', async (_what, bytes, headers = {}) => {
    const broker = await startBroker();
    const session = http2Session(broker);
    const stream = openCall(session, logService.Produce.path, headers);
    stream.end(bytes);
    await closed(stream);
    await expectServing(broker);
  });
});

describe('connections', () => {
  test('one that says nothing, one that says half of the preface, and one that stops behind it are closed in time', async () => {
    const broker = await startBroker({ firstBytesTimeoutMs: 500, idleTimeoutMs: 500 });
    const silent = rawSocket(broker).resume();
    const half = rawSocket(broker).resume();
    half.write(PREFACE.subarray(0, 10));
    const idle = rawSocket(broker).resume();
    idle.write(Buffer.concat([PREFACE, EMPTY_SETTINGS]));
    await Promise.all([closed(silent), closed(half), closed(idle)]);
    expect(await metric(broker, 'respool_connections_refused_total{reason="handshake-timeout"}')).toBe(2);
    expect(await metric(broker, 'respool_connections')).toBe(0);
  });

  test('a connection with a call open is not idle', async () => {
    const broker = await startBroker({ idleTimeoutMs: 200 });
    const client = new TestClient(broker);
    await client.createTopic('t');
    const reading = client.values('t', { follow: true, until: { offset: 1 } });
    const writer = new TestClient(broker);
    // The other client's connection is idle, and goes, before the record is written over a new one.
    await writer.call(logService.InitProducer, {});
    await vi.waitFor(async () => expect(await metric(broker, 'respool_connections')).toBe(1));
    await writer.call(logService.Append, { topic: 't', records: [{ value: Buffer.from('a') }] });
    expect(await reading).toEqual(['a']);
  });

  test('there are at most so many from one address, and so many in all', async () => {
    for (const [limit, reason] of [
      ['maxConnectionsPerAddress', 'address-limit'],
      ['maxConnections', 'limit'],
    ] as const) {
      const broker = await startBroker({ [limit]: 3 });
      const open = Array.from({ length: 3 }, () => rawSocket(broker).resume());
      await Promise.all(open.map((socket) => once(socket, 'connect')));
      await closed(rawSocket(broker).resume());
      expect(await metric(broker, `respool_connections_refused_total{reason="${reason}"}`)).toBe(1);
      open[0]?.destroy();
      await vi.waitFor(async () => expect(await metric(broker, 'respool_connections')).toBe(2));
      await expectServing(broker);
    }
  });

  test('one that opens and resets calls without end is closed', async () => {
    const broker = await startBroker({ maxResetsPerMinute: 50 });
    const session = http2Session(broker);
    await once(session, 'connect');
    const broken = closed(session);
    const flood = () => {
      for (let i = 0; i < 20 && !session.destroyed && !session.closed; i++) {
        openCall(session, logService.Fetch.path).close(constants.NGHTTP2_CANCEL);
      }
      if (!session.destroyed) setImmediate(flood);
    };
    flood();
    await broken;
    await expectServing(broker);
    expect(await metric(broker, 'respool_connections_refused_total{reason="resets"}')).toBe(1);
  });

  test('there are at most so many calls', async () => {
    const broker = await startBroker({ maxStreams: 2 });
    const client = new TestClient(broker);
    await client.createTopic('t');
    const open = [client.produce(), client.produce()];
    await Promise.all(open.map((stream) => new Promise((resolve) => stream.once('metadata', resolve))));
    expect(await failureOf(client.call(logService.InitProducer, {}))).toMatchObject({
      status: status.RESOURCE_EXHAUSTED,
      code: 'TOO_MANY',
      details: { what: 'open calls', limit: '2' },
    });
    for (const stream of open) {
      stream.on('error', () => {});
      stream.cancel();
    }
    await vi.waitFor(() => client.call(logService.InitProducer, {}));
  });
});

describe('a client that vanishes', () => {
  test('in the middle of a message, with batches under way and while it follows, leaves nothing behind', async () => {
    const broker = await startBroker();
    const client = new TestClient(broker);
    await client.createTopic('t');
    const socket = rawSocket(broker);
    const session = http2Session(broker, socket);
    const produce = openCall(session, logService.Produce.path);
    openCall(session, logService.Fetch.path).write(
      framed(logService.Fetch.requestSerialize({ topic: 't', follow: true })),
    );
    const message = framed(
      gatheredBytes(encodeProduceRequest({ batches: [{ topic: 't', batch: batchOf(['a']) }] })),
    );
    produce.write(message);
    produce.write(message.subarray(0, 20));
    await vi.waitFor(async () => expect(await client.values('t')).toEqual(['a']));
    socket.destroy();
    const openCalls = `respool_open_calls{method="${logService.Produce.path}"}`;
    await vi.waitFor(async () => expect(await metric(broker, openCalls)).toBe(0));
    await vi.waitFor(async () => expect(await metric(broker, 'respool_in_flight_bytes')).toBe(0));
    expect(await metric(broker, 'respool_fetch_buffered_bytes')).toBe(0);
    await expectServing(broker);
  });
});

describe('a client that does not read', () => {
  test('what it fetches costs two responses, and nobody else anything', async () => {
    const broker = await startBroker();
    const client = new TestClient(broker);
    await fill(client, 24);
    const before = process.memoryUsage().rss;
    const stalled = http2Session(broker);
    for (let i = 0; i < 4; i++) stallingFetch(stalled);
    await vi.waitFor(async () => {
      expect(await metric(broker, 'respool_fetch_buffered_bytes')).toBeGreaterThan(6 * MIB);
    });
    // 4 streams × 24 MiB could be read; two responses of 1 MiB each are.
    for (let i = 0; i < 3; i++) expect(await fetchedBytes(client)).toBe(24);
    expect(await metric(broker, 'respool_fetch_buffered_bytes')).toBeLessThanOrEqual(4 * 2.1 * MIB);
    expect(process.memoryUsage().rss - before).toBeLessThan(160 * MIB);
  });

  test('gives way when there is no room left for those who read', async () => {
    const broker = await startBroker({ fetchBufferBytes: 4 * MIB });
    const client = new TestClient(broker);
    await fill(client, 8);
    const stalled = http2Session(broker);
    const streams = [1, 2, 3].map(() => stallingFetch(stalled));
    await vi.waitFor(async () => {
      expect(await metric(broker, 'respool_fetch_buffered_bytes')).toBeGreaterThanOrEqual(4 * MIB);
    });
    const evicted = Promise.race(streams.map((stream) => closed(stream)));
    expect(await fetchedBytes(client)).toBe(8);
    await evicted;
    expect(streams.some(({ rstCode }) => rstCode === constants.NGHTTP2_ENHANCE_YOUR_CALM)).toBe(true);
    expect(await metric(broker, 'respool_fetches_evicted_total')).toBeGreaterThanOrEqual(1);
  });

  test('answers: it is not read either, beyond what may be unanswered', async () => {
    const broker = await startBroker({ maxInFlightBytes: 64 * 1024 });
    const client = new TestClient(broker);
    await client.createTopic('t');
    const stalled = http2Session(broker);
    // No answer fits through, so that none is ever taken.
    stalled.settings({ initialWindowSize: 0 });
    await once(stalled, 'localSettings');
    const stream = openCall(stalled, logService.Produce.path);
    const message = framed(
      gatheredBytes(
        encodeProduceRequest({ batches: [{ topic: 't', batch: batchOf([Buffer.alloc(16 * 1024)]) }] }),
      ),
    );
    let sent = 0;
    const flood = () => {
      while (sent < 2000 && stream.write(message)) sent++;
      if (sent < 2000 && !stream.destroyed) stream.once('drain', flood);
    };
    flood();
    await vi.waitFor(async () => expect((await client.values('t')).length).toBeGreaterThanOrEqual(4));
    // The flood has stopped: what was read stays within the limit and what HTTP/2 lets the peer send ahead.
    const counts = [await stored(client), await stored(client), await stored(client)];
    expect(counts[2]).toBe(counts[0]);
    expect(counts[2]).toBeLessThanOrEqual(8);
    expect(await metric(broker, 'respool_in_flight_bytes')).toBe(0);
    await expectServing(broker);
  });

  async function stored(client: TestClient): Promise<number> {
    const { answers } = await client.call(logService.ListOffsets, {
      queries: [{ topic: 't', at: { latest: {} } }],
    });
    return answers[0]?.offset ?? -1;
  }

  /** Batches of 1 MiB, less what makes them too large. */
  async function fill(client: TestClient, batches: number): Promise<void> {
    await client.createTopic('t');
    const value = Buffer.alloc(MIB - 200, 1);
    const acks = await Promise.all(
      Array.from({ length: batches }, () => client.produceAll([{ topic: 't', batch: batchOf([value]) }])),
    );
    expect(acks.flat().every(({ error }) => !error)).toBe(true);
  }

  async function fetchedBytes(client: TestClient): Promise<number> {
    const responses = await client.fetchAll({ topic: 't', format: FetchFormat.FETCH_FORMAT_BATCHES });
    return Math.round(responses.reduce((sum, { batches }) => sum + batches.length, 0) / MIB);
  }

  function stallingFetch(session: ClientHttp2Session) {
    const stream = openCall(session, logService.Fetch.path);
    stream.pause();
    const request = { topic: 't', format: FetchFormat.FETCH_FORMAT_BATCHES };
    stream.end(framed(logService.Fetch.requestSerialize(request)));
    return stream;
  }
});

test('a compressed message that would be far too large is refused, before it is', async () => {
  const broker = await startBroker();
  const bomb = gzipSync(Buffer.alloc(500 * MIB));
  const before = process.memoryUsage().rss;
  const stream = openCall(http2Session(broker), logService.Append.path, { 'grpc-encoding': 'gzip' });
  const trailers = new Promise<object>((resolve) => {
    stream.once('response', resolve);
  });
  const message = framed(bomb);
  message[0] = 1;
  stream.end(message);
  expect(await trailers).toMatchObject({ 'grpc-status': `${status.RESOURCE_EXHAUSTED}` });
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * MIB);
  await expectServing(broker);
});

describe('messages that never end', () => {
  test('are kept up to a limit, beyond which the oldest are broken off', async () => {
    const broker = await startBroker({ maxReceiveBytes: 8 * MIB });
    const head = Buffer.alloc(5);
    head.writeUInt32BE(4_000_000, 1);
    const streams = Array.from({ length: 6 }, () => {
      const stream = openCall(http2Session(broker), logService.Append.path);
      stream.write(Buffer.concat([head, Buffer.alloc(2 * MIB)]));
      return stream;
    });
    await Promise.race(streams.map((stream) => closed(stream)));
    const reset = streams.find(({ destroyed }) => destroyed);
    expect(reset?.rstCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect(await metric(broker, 'respool_receiving_bytes')).toBeLessThanOrEqual(8 * MIB);
    for (const stream of streams) stream.close();
    await vi.waitFor(async () => expect(await metric(broker, 'respool_receiving_bytes')).toBe(0));
    await expectServing(broker);
  });

  test('if compressed, count as what they may become', async () => {
    const broker = await startBroker({ maxReceiveBytes: 32 * MIB });
    const stream = openCall(http2Session(broker), logService.Append.path, { 'grpc-encoding': 'gzip' });
    stream.write(Buffer.from([1, 0, 0, 1, 0, 1, 2, 3]));
    await vi.waitFor(async () => expect(await metric(broker, 'respool_receiving_bytes')).toBe(4 * MIB));
    stream.close();
    await vi.waitFor(async () => expect(await metric(broker, 'respool_receiving_bytes')).toBe(0));
  });
});

test('a flood of small messages is taken in, and answered, without growing without end', async () => {
  const broker = await startBroker();
  const client = new TestClient(broker);
  await client.createTopic('t');
  const before = process.memoryUsage().rss;
  const batches = Array.from({ length: 2000 }, (_, i) => ({
    correlationId: i,
    topic: 't',
    batch: batchOf(['x']),
  }));
  const streams = await Promise.all(Array.from({ length: 5 }, () => client.produceAll(batches)));
  expect(streams.flat().filter(({ error }) => !error)).toHaveLength(10_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * MIB);
});

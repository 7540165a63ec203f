import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { logService } from '../../proto/index.js';
import { isStoreError } from '../../segment-store/index.js';
import { type Address, Broker, formatAddress } from '../../server/index.js';
import {
  batchOf,
  failureOf,
  httpGet,
  metric,
  startBroker,
  TestClient,
  temporaryFolder,
} from './broker-fixture.js';
import { FaultyFileSystem } from './faulty-file-system.js';

describe('starting', () => {
  test('a second broker on the same data directory is refused, naming the holder, and the first goes on', async () => {
    const dataDir = temporaryFolder();
    const first = await startBroker({ dataDir });
    const error = await startBroker({ dataDir }).catch((error: unknown) => error);
    expect(isStoreError(error, 'DATA_DIRECTORY_LOCKED')).toBe(true);
    expect((error as Error).message).toContain(String(process.pid));
    await new TestClient(first).createTopic('t');
  });

  test('a port that is taken is an error, and leaves nothing open', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const dataDir = temporaryFolder();
    const { port } = taken.address() as { port: number };
    await expect(startBroker({ dataDir, listen: `127.0.0.1:${port}` })).rejects.toThrow('EADDRINUSE');
    await expect(startBroker({ dataDir, http: `127.0.0.1:${port}` })).rejects.toThrow('EADDRINUSE');
    await startBroker({ dataDir });
  });

  test('a view of the groups that cannot be is an error, and leaves nothing open', async () => {
    const dataDir = temporaryFolder();
    writeFileSync(join(dataDir, 'groups'), 'no folder');
    await expect(startBroker({ dataDir })).rejects.toThrow('groups');
    rmSync(join(dataDir, 'groups'));
    await startBroker({ dataDir });
  });

  test('an option that is wrong is named', async () => {
    await expect(startBroker({ maxTopics: 0 })).rejects.toThrow('option maxTopics: it is 0; it must be');
  });

  test('HTTP may be off', async () => {
    const broker = await startBroker({ http: 'off' });
    expect(broker.httpAddress).toBeUndefined();
  });

  test('what was stored is there after a restart', async () => {
    const dataDir = temporaryFolder();
    const first = await startBroker({ dataDir });
    const client = new TestClient(first);
    await client.createTopic('t');
    await client.produceAll([{ topic: 't', batch: batchOf(['a', 'b']) }]);
    await first.close();
    expect(await new TestClient(await startBroker({ dataDir })).values('t')).toEqual(['a', 'b']);
  });
});

test('while the data directory is opened, HTTP answers and says that the broker is not ready', async () => {
  const disk = new FaultyFileSystem();
  let release = () => {};
  const hanging = new Promise<void>((resolve) => {
    release = resolve;
  });
  disk.beforeFreeBytes = () => hanging;
  let starting: Promise<Broker> | undefined;
  const opening = new Promise<{ httpAddress: Address }>((resolve) => {
    const write = (line: string) => line.includes('"opening"') && resolve(JSON.parse(line));
    const log = pino({ level: 'info' }, { write });
    starting = startBroker({}, { log, store: { fs: disk.fileSystem } });
  });
  const { httpAddress } = await opening;
  const ready = () => fetch(`http://${formatAddress(httpAddress)}/readyz`);
  const response = await ready();
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ problems: [{ problem: 'opening' }] });
  expect((await fetch(`http://${formatAddress(httpAddress)}/metrics`)).status).toBe(200);
  release();
  await starting;
  expect((await ready()).status).toBe(200);
});

test('thousands who follow are all told of a record', async () => {
  const broker = await startBroker({ maxStreamsPerConnection: 500 });
  const writer = new TestClient(broker);
  await writer.createTopic('t');
  const clients = Array.from({ length: 6 }, () => new TestClient(broker));
  const until = { offset: 1 };
  const reading = clients.flatMap((client) =>
    Array.from({ length: 500 }, () => client.values('t', { follow: true, until })),
  );
  const open = `respool_open_calls{method="${logService.Fetch.path}"}`;
  await vi.waitFor(async () => expect(await metric(broker, open)).toBe(3000), 20_000);
  await writer.produceAll([{ topic: 't', batch: batchOf(['news']) }]);
  const read = await Promise.all(reading);
  expect(read.every(([value]) => value === 'news')).toBe(true);
  await vi.waitFor(async () => expect(await metric(broker, open)).toBe(0));
});

describe('closing', () => {
  test('can be done twice, and at once by two', async () => {
    const broker = await startBroker();
    await Promise.all([broker.close(), broker.close()]);
    await broker.close();
  });

  test('answers what Produce has received, then ends it with SHUTTING_DOWN', async () => {
    const broker = await startBroker({ drainTimeoutMs: 5000 });
    const client = new TestClient(broker);
    await client.createTopic('t');
    const stream = client.produce();
    const acks: number[] = [];
    const first = new Promise((resolve) => stream.once('data', resolve));
    stream.on('data', ({ acks: answers }) =>
      acks.push(...answers.map((ack: { correlationId: number }) => ack.correlationId)),
    );
    const failure = failureOf(new Promise((_, reject) => stream.once('error', reject)));
    stream.write({
      batches: Array.from({ length: 50 }, (_, i) => ({
        correlationId: i,
        topic: 't',
        batch: batchOf(['a']),
      })),
    });
    await first;
    await broker.close();
    expect(await failure).toMatchObject({ status: status.UNAVAILABLE, code: 'SHUTTING_DOWN' });
    expect(acks.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  test('ends those who follow with SHUTTING_DOWN, and does not wait for the time-out', async () => {
    const broker = await startBroker({ drainTimeoutMs: 60_000 });
    const client = new TestClient(broker);
    await client.createTopic('t');
    const following = failureOf(client.fetchAll({ topic: 't', follow: true }));
    const open = `respool_open_calls{method="${logService.Fetch.path}"}`;
    await vi.waitFor(async () => expect(await metric(broker, open)).toBe(1));
    await broker.close();
    expect(await following).toMatchObject({ status: status.UNAVAILABLE, code: 'SHUTTING_DOWN' });
  });

  test('breaks off those who do not go when the time is over', async () => {
    const broker = await startBroker({ drainTimeoutMs: 100 });
    const client = new TestClient(broker);
    await client.createTopic('t');
    await client.produceAll([{ topic: 't', batch: batchOf([Buffer.alloc(500_000)]) }]);
    const session = connectHttp2(`http://${formatAddress(broker.address)}`, {
      settings: { initialWindowSize: 1 },
    });
    onTestFinished(() => session.destroy());
    session.on('error', () => {});
    const stream = session.request({
      ':method': 'POST',
      ':path': logService.Fetch.path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', () => {});
    const message = logService.Fetch.requestSerialize({ topic: 't' });
    stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));
    await vi.waitFor(async () =>
      expect(await metric(broker, 'respool_fetch_buffered_bytes')).toBeGreaterThan(0),
    );
    await broker.close();
    expect((await failureOf(client.values('t'))).status).toBe(status.UNAVAILABLE);
  });

  test('takes no more calls while it drains, and says so', async () => {
    const broker = await startBroker({ drainTimeoutMs: 5000 });
    const client = new TestClient(broker);
    await client.createTopic('t');
    const closing = broker.close();
    const { status: code, body } = await httpGet(broker, '/readyz');
    expect(code).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ status: 'not-ready', problems: [{ problem: 'draining' }] });
    expect((await failureOf(client.call(logService.InitProducer, {}))).status).toBe(status.UNAVAILABLE);
    await closing;
  });

  test('frees the directory: the next broker starts at once', async () => {
    const dataDir = temporaryFolder();
    {
      await using broker = await Broker.start({
        dataDir,
        listen: '127.0.0.1:0',
        http: 'off',
        logLevel: 'silent',
      });
      expect(broker.address.port).toBeGreaterThan(0);
    }
    await startBroker({ dataDir });
  });
});

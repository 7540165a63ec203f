import assert from 'node:assert';
import { status } from '@grpc/grpc-js';
import { pino } from 'pino';
import { describe, expect, test, vi } from 'vitest';
import { logService } from '../../proto/index.js';
import { BrokerHealth } from '../../server/observe/broker-health.js';
import {
  ackCode,
  batchOf,
  failureOf,
  httpGet,
  metric,
  problemsOf,
  startBroker,
  TestClient,
} from './broker-fixture.js';
import { FaultyFileSystem } from './faulty-file-system.js';

async function faultyBroker() {
  const disk = new FaultyFileSystem();
  const broker = await startBroker({}, { store: { fs: disk.fileSystem } });
  const client = new TestClient(broker);
  await client.createTopic('t', { partitions: 2 });
  await client.produceAll([{ topic: 't', batch: batchOf(['before']) }]);
  return { disk, broker, client };
}

const produce = async (client: TestClient, value: string, partition = 0) => {
  const [ack] = await client.produceAll([{ topic: 't', partition, batch: batchOf([value]) }]);
  return ack;
};

test('on a full disk appends are RESOURCE_EXHAUSTED, reads go on, and it works again by itself', async () => {
  const disk = new FaultyFileSystem();
  disk.freeBytes = 0;
  const broker = await startBroker({}, { store: { fs: disk.fileSystem } });
  const client = new TestClient(broker);
  expect(await problemsOf(broker)).toEqual(['disk-full']);
  await client.createTopic('t');
  expect(ackCode(await produce(client, 'refused'))).toBe('DISK_FULL');
  expect(await failureOf(client.call(logService.Append, { topic: 't', records: [{}] }))).toMatchObject({
    status: status.RESOURCE_EXHAUSTED,
    code: 'DISK_FULL',
  });
  expect(await client.values('t')).toEqual([]);
  disk.freeBytes = undefined;
  await vi.waitFor(async () => expect(await problemsOf(broker)).toEqual([]), 5000);
  expect((await produce(client, 'a'))?.error ?? undefined).toBeUndefined();
});

test('after a failed sync nothing is acknowledged, that partition is offline, and the rest goes on', async () => {
  const { disk, broker, client } = await faultyBroker();
  disk.beforeSync = async () => {
    throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
  };
  expect(ackCode(await produce(client, 'lost'))).toBe('PARTITION_OFFLINE');
  disk.beforeSync = async () => {};
  expect(ackCode(await produce(client, 'refused'))).toBe('PARTITION_OFFLINE');
  expect((await produce(client, 'elsewhere', 1))?.error ?? undefined).toBeUndefined();
  expect(await client.values('t')).toEqual(['before']);
  expect(await problemsOf(broker)).toEqual(['partition-offline']);
  expect(await metric(broker, 'respool_partitions_offline')).toBe(1);
});

test('while the disk hangs and producers wait for it, other calls are answered', async () => {
  const disk = new FaultyFileSystem();
  const broker = await startBroker({ maxTotalInFlightBytes: 1024 ** 2 }, { store: { fs: disk.fileSystem } });
  const client = new TestClient(broker);
  await client.createTopic('t');
  let release = () => {};
  const hanging = new Promise<void>((resolve) => {
    release = resolve;
  });
  disk.beforeSync = () => hanging;
  const batch = () => ({ topic: 't', batch: batchOf([Buffer.alloc(500_000)]) });
  const producing = [1, 2, 3, 4, 5].map(() => client.produceAll([batch(), batch()]));
  await vi.waitFor(async () => {
    expect(await metric(broker, 'respool_in_flight_bytes')).toBeGreaterThanOrEqual(1024 ** 2);
  });
  await client.call(logService.ListOffsets, { queries: [{ topic: 't' }] });
  expect(await client.values('t')).toEqual([]);
  release();
  const acks = (await Promise.all(producing)).flat();
  expect(acks.filter(({ error }) => !error)).toHaveLength(10);
});

test('while the disk hangs, health, metrics and what is in memory answer at once', async () => {
  const { disk, broker, client } = await faultyBroker();
  let release = () => {};
  const hanging = new Promise<void>((resolve) => {
    release = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    disk.beforeSync = () => {
      resolve();
      return hanging;
    };
  });
  const pending = produce(client, 'slow');
  await begun;
  expect((await httpGet(broker, '/healthz')).status).toBe(200);
  expect((await httpGet(broker, '/metrics')).status).toBe(200);
  expect(await client.values('t')).toEqual(['before']);
  release();
  expect((await pending)?.error ?? undefined).toBeUndefined();
});

describe('readiness', () => {
  test('says that the disk hangs when an append has waited for long', () => {
    let waitedMs: number | undefined = 4999;
    const health = new BrokerHealth(() => waitedMs);
    expect(health.problems().map(({ problem }) => problem)).toEqual(['opening']);
    health.enter('serving');
    expect(health.problems()).toEqual([]);
    waitedMs = 7000;
    expect(health.problems()).toEqual([
      { problem: 'disk-slow', message: 'an append has waited for 7 s: the disk is slow or hangs' },
    ]);
  });
});

test('a fault of our own is told without detail and logged whole; a failed assertion is fatal', async () => {
  const disk = new FaultyFileSystem();
  const lines: string[] = [];
  const fatal: Error[] = [];
  const broker = await startBroker(
    {},
    {
      log: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }),
      onFatal: (error) => fatal.push(error),
      store: { fs: disk.fileSystem },
    },
  );
  const client = new TestClient(broker);
  disk.beforeMakeDirectory = () => assert.fail('the inside of the fault');
  const failure = await failureOf(client.createTopic('t'));
  disk.beforeMakeDirectory = () => {};
  expect(failure).toMatchObject({ status: status.INTERNAL, code: 'INTERNAL' });
  expect(failure.message).not.toContain('inside');
  expect(fatal.map(({ message }) => message)).toEqual(['the inside of the fault']);
  expect(await problemsOf(broker)).toEqual(['fault']);
  expect(lines.join('\n')).toMatch(
    /the inside of the fault.*faulty-file-system|the inside of the fault.*disk-faults/,
  );
});

import { expect, onTestFinished, test, vi } from 'vitest';
import { groupService, logService } from '../../proto/index.js';
import { failureOf, httpGet, metric, problemsOf, startBroker, TestClient } from './broker-fixture.js';
import { FaultyFileSystem } from './faulty-file-system.js';
import { TestMember } from './test-member.js';

const JOIN = { group: 'g', topics: ['t'] };

/** A broker on a disk with faults to come, and a member that was sent two records. */
async function readingMember() {
  const disk = new FaultyFileSystem();
  const broker = await startBroker({}, { store: { fs: disk.fileSystem } });
  const client = new TestClient(broker);
  await client.createTopic('t');
  await append(client, 'a');
  await append(client, 'b');
  const member = await TestMember.join(client, JOIN, { creditBytes: 1024 ** 2 });
  await member.until(() => member.batches.length === 2);
  return { disk, broker, client, member };
}

function append(client: TestClient, value: string) {
  return client.call(logService.Append, { topic: 't', records: [{ value: Buffer.from(value) }] });
}

test('on a full disk commits are refused, reading goes on, and commits are taken again when there is room', async () => {
  const { disk, broker, client, member } = await readingMember();
  disk.freeBytes = 0;
  await vi.waitFor(async () => expect(await problemsOf(broker)).toEqual(['disk-full']), 10_000);
  expect(await member.commit({ topic: 't', offset: 1 })).toEqual(['DISK_FULL']);
  const outside = client.call(groupService.CommitOffsets, {
    group: 'other',
    offsets: [{ topic: 't', offset: 1 }],
  });
  expect((await failureOf(outside)).code).toBe('DISK_FULL');
  const { generation = 0 } = member.owned.get('t/0')!;
  const partition = { topic: 't', partition: 0, generation };
  member.send({ controls: [{ partition, seek: { offset: 0, seekNumber: 1 } }] });
  await member.until(() => member.batches.length > 2);
  disk.freeBytes = undefined;
  await vi.waitFor(async () => expect(await problemsOf(broker)).toEqual([]), 5000);
  expect(await member.commit({ topic: 't', offset: 1 })).toEqual([]);
  expect(await metric(broker, 'respool_group_commits_refused_total{code="DISK_FULL"}')).toBe(2);
});

test('after a failed sync of the journal no commit is acknowledged, and what is stored can be read', async () => {
  const { disk, broker, client, member } = await readingMember();
  expect(await member.commit({ topic: 't', offset: 1 })).toEqual([]);
  disk.beforeSync = async () => {
    throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
  };
  expect(await member.commit({ topic: 't', offset: 2 })).toEqual(['PARTITION_OFFLINE']);
  disk.beforeSync = async () => {};
  expect(await member.commit({ topic: 't', offset: 2 })).toEqual(['PARTITION_OFFLINE']);
  expect(await problemsOf(broker)).toEqual(['partition-offline']);
  const { groups } = await client.call(groupService.DescribeGroups, { groups: ['g'] });
  expect(groups[0]?.partitions?.[0]?.committed?.offset).toBe(1);
});

test('while the disk hangs commits wait, and whatever needs no disk is answered', async () => {
  const { disk, broker, client, member } = await readingMember();
  let release = () => {};
  const hanging = new Promise<void>((resolve) => {
    release = resolve;
  });
  onTestFinished(() => release());
  const begun = new Promise<void>((resolve) => {
    disk.beforeSync = () => {
      resolve();
      return hanging;
    };
  });
  const committing = member.commit({ topic: 't', offset: 1 });
  await begun;
  expect((await client.call(groupService.ListGroups, {})).groups).toMatchObject([{ group: 'g', members: 1 }]);
  expect((await httpGet(broker, '/healthz')).status).toBe(200);
  expect(await metric(broker, 'respool_group_members{group="g"}')).toBe(1);
  expect(member.answers.size).toBe(0);
  release();
  expect(await committing).toEqual([]);
});

test('while reads hang, metrics are answered, and each scrape adds no further look into the log', async () => {
  const { disk, broker, member } = await readingMember();
  expect(await member.commit({ topic: 't', offset: 1 })).toEqual([]);
  expect(await metric(broker, 'respool_group_lag_records{group="g",topic="t",partition="0"}')).toBe(1);
  let release = () => {};
  const hanging = new Promise<void>((resolve) => {
    release = resolve;
  });
  onTestFinished(() => release());
  let reads = 0;
  disk.beforeRead = () => {
    reads += 1;
    return hanging;
  };
  for (let i = 0; i < 2; i++) {
    expect(await metric(broker, 'respool_group_lag_records{group="g",topic="t",partition="0"}')).toBe(1);
  }
  expect(reads).toBe(1);
  disk.beforeRead = async () => {};
  release();
  await vi.waitFor(async () =>
    expect(await metric(broker, 'respool_group_lag_seconds{group="g"}')).toBeGreaterThan(0),
  );
});

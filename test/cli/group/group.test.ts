import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestBroker } from '../command.js';
import { joinGroup } from './member.js';

describe('respool group', () => {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await TestBroker.start();
    await broker.client.admin.createTopic('orders', { partitions: 2 });
    const records = Array.from({ length: 2000 }, (_, number) => ({ value: `v${number}`, partition: 0 }));
    await broker.client.append({ topic: 'orders', records });
    await broker.client.append({ topic: 'orders', records: [{ value: 'alone', partition: 1 }] });
    await broker.client.groups.commitOffsets('billing', [
      { topic: 'orders', partition: 0, offset: 500 },
      { topic: 'orders', partition: 1, offset: 1 },
    ]);
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  const commit = (group: string) =>
    broker.client.groups.commitOffsets(group, [{ topic: 'orders', partition: 0, offset: 7 }]);
  const jsonLines = async (...args: string[]) =>
    (await broker.ok([...args, '--json']))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));

  test('list shows groups in order, in columns or as JSON', async () => {
    await commit('a-list');
    const lines = (await broker.ok(['group', 'list'])).trimEnd().split('\n');
    expect(lines[0]).toMatch(/^GROUP +STATE +MEMBERS +GENERATION +PARTITIONS +LAG$/);
    expect(lines.find((line) => line.startsWith('billing'))).toMatch(/^billing +empty +0 +\d+ +2 +1,500$/);
    const groups = await jsonLines('group', 'ls');
    expect(groups.map(({ group }) => group)).toEqual(groups.map(({ group }) => group).sort());
    expect(groups).toContainEqual(expect.objectContaining({ group: 'billing', state: 'empty', lag: 1500 }));
  });

  test('describe shows each partition, the lag in records and in time, and the sum', async () => {
    const text = await broker.ok(['group', 'describe', 'billing']);
    expect(text).toMatch(/^group billing, empty( for \d+\w+( \d+\w+)?)?, generation \d+\n\nTOPIC /);
    expect(text).toMatch(/^TOPIC +PARTITION +COMMITTED +END +LAG +LAG TIME +OWNER$/m);
    expect(text).toMatch(/^orders +0 +500 +2000 +1,500 +\d+m?s( \d+ms)? +-$/m);
    expect(text).toMatch(/^orders +1 +1 +1 +0 +- +-$/m);
    expect(text).toMatch(/\n1,500 records unread in 2 partitions, the oldest \d+\w+( \d+\w+)? old\n$/);
    const without = await broker.ok(['group', 'describe', 'billing', '--no-age']);
    expect(without).toMatch(/^orders +0 +500 +2000 +1,500 +- +-$/m);
  });

  test('describe of several groups shows them in the order in which they are named', async () => {
    await commit('b-second');
    expect(await broker.ok(['group', 'describe', 'billing', 'b-second'])).toMatch(
      /^group billing, [\s\S]* old\n\ngroup b-second, /,
    );
    const described = await jsonLines('group', 'describe', 'b-second', 'billing');
    expect(described).toMatchObject([
      { group: 'b-second', partitions: [{ topic: 'orders', partition: 0, committed: { offset: 7 } }] },
      { group: 'billing' },
    ]);
    expect(described[1].partitions[0].lagMs).toBeGreaterThanOrEqual(0);
  });

  test('members shows who they are and what is theirs; describe names the owner', async () => {
    await using _ = await joinGroup(broker.client, 'joined', 'worker-1');
    expect(await broker.ok(['group', 'members', 'joined'])).toMatch(
      /^MEMBER +CLIENT +INSTANCE +ADDRESS +JOINED +HEARD +PARTITIONS\n\S+ +worker-1 +- +\S+ .* ago .* ago +orders:0,1\n$/,
    );
    expect(await jsonLines('group', 'members', 'joined')).toMatchObject([
      {
        group: 'joined',
        clientId: 'worker-1',
        topics: ['orders'],
        owned: [{ partition: 0 }, { partition: 1 }],
      },
    ]);
    const described = await broker.ok(['group', 'describe', 'joined']);
    expect(described).toMatch(/^group joined, stable, generation \d+, sticky, 1 member\n/);
    expect(described).toMatch(/^orders +0 +- +2000 +2,000 +\S.* +worker-1$/m);
    const { stdout, stderr } = await broker.run(['group', 'members', 'billing']);
    expect([stdout.toString(), stderr]).toEqual(['', 'group billing has no members\n']);
  });

  test('delete deletes groups, but none that has members: 3', async () => {
    await commit('gone-1');
    await commit('gone-2');
    expect(await broker.ok(['group', 'delete', 'gone-1', 'gone-2'])).toBe(
      'deleted group gone-1\ndeleted group gone-2\n',
    );
    await using _ = await joinGroup(broker.client, 'busy', 'worker');
    const { code, stderr } = await broker.run(['group', 'delete', 'busy', '--json']);
    expect(JSON.parse(stderr).error).toMatchObject({ code: 'GROUP_NOT_EMPTY', details: { group: 'busy' } });
    expect(code).toBe(3);
  });

  test('snapshots are created, listed, shown and deleted', async () => {
    const created = await broker.ok(['group', 'snapshot', 'create', 'billing', 'before', '--pin-retention']);
    expect(created).toMatch(
      /^created snapshot before of group billing, 2 partitions, \d{4}-\S+Z, pins retention\n$/,
    );
    await broker.ok(['group', 'snapshot', 'create', 'billing', 'second']);
    expect(await broker.ok(['group', 'snapshot', 'list', 'billing'])).toMatch(
      /^SNAPSHOT +CREATED +PARTITIONS +PINS RETENTION\nbefore +\S+ +2 +yes\nsecond +\S+ +2 +no\n$/,
    );
    expect(await jsonLines('group', 'snapshot', 'list', 'billing')).toMatchObject([
      { group: 'billing', name: 'before', pinsRetention: true, partitions: 2 },
      { name: 'second' },
    ]);
    expect(await broker.ok(['group', 'snapshot', 'show', 'billing', 'before'])).toMatch(
      /^snapshot before .*\n\nTOPIC +PARTITION +OFFSET\norders +0 +500\norders +1 +1\n$/,
    );
    const again = await broker.run(['group', 'snapshot', 'create', 'billing', 'before', '--json']);
    expect(JSON.parse(again.stderr).error).toMatchObject({ code: 'SNAPSHOT_EXISTS', exitCode: 3 });
    expect(await broker.ok(['group', 'snapshot', 'delete', 'billing', 'before'])).toBe(
      'deleted snapshot before of group billing\n',
    );
    const gone = await broker.run(['group', 'snapshot', 'show', 'billing', 'before', '--json']);
    expect(JSON.parse(gone.stderr).error).toMatchObject({ code: 'SNAPSHOT_NOT_FOUND', exitCode: 4 });
  });

  test('offsets export prints Kafka’s columns, with the group where there are several', async () => {
    await commit('z-export');
    expect(await broker.ok(['group', 'offsets', 'export', 'billing'])).toBe('orders,0,500\norders,1,1\n');
    expect(await broker.ok(['group', 'offsets', 'export', 'billing', 'z-export'])).toBe(
      'billing,orders,0,500\nbilling,orders,1,1\nz-export,orders,0,7\n',
    );
    const json = '{"topic":"orders","partition":0,"offset":7}\n';
    expect(await broker.ok(['group', 'offsets', 'export', 'z-export', '--format', 'json'])).toBe(json);
    expect(await broker.ok(['group', 'offsets', 'export', 'z-export', '--json'])).toBe(json);
  });

  test.each([
    [['group', 'describe', 'nobody']],
    [['group', 'members', 'nobody']],
    [['group', 'delete', 'nobody']],
    [['group', 'reset', 'nobody', '--to-earliest']],
    [['group', 'offsets', 'export', 'nobody']],
    [['group', 'snapshot', 'list', 'nobody']],
    [['group', 'snapshot', 'create', 'nobody', 's']],
  ])('respool %j: a group that does not exist is 4', async (args) => {
    const { code, stdout, stderr } = await broker.run([...args, '--json']);
    expect(JSON.parse(stderr).error).toMatchObject({ code: 'GROUP_NOT_FOUND', details: { group: 'nobody' } });
    expect(stdout.toString()).toBe('');
    expect(code).toBe(4);
  });
});

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLogStore } from '../../segment-store/index.js';
import { TestBroker } from './command.js';

describe('respool topic', () => {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await TestBroker.start();
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  test('create makes a topic with what the flags say, and nothing else', async () => {
    const flags = ['--retention-ms', '2h30m', '--segment-bytes', '64MiB', '--retention-bytes', 'unlimited'];
    const said = await broker.ok(['topic', 'create', 'created', '-p', '3', ...flags]);
    expect(said).toBe('created topic created with 3 partitions\n');
    const [topic] = await broker.client.admin.describeTopics(['created']);
    expect(topic!.partitions).toHaveLength(3);
    expect(topic!.overrides.sort()).toEqual(['retentionBytes', 'retentionMs', 'segmentBytes']);
    expect(topic!.config).toMatchObject({
      retentionMs: 9_000_000,
      segmentBytes: 64 * 1024 ** 2,
      retentionBytes: 'unlimited',
    });
  });

  test('create refuses a topic that exists with 3, and leaves it alone with --if-not-exists', async () => {
    await broker.client.admin.createTopic('there', { partitions: 2 });
    const refused = await broker.run(['topic', 'create', 'there']);
    expect(refused).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^respool: [^\n]*there already[^\n]*\n$/),
    });
    const said = await broker.ok(['topic', 'create', 'there', '-p', '5', '--if-not-exists', '--json']);
    expect(JSON.parse(said)).toMatchObject({
      created: false,
      topic: 'there',
      partitions: [{ partition: 0 }, { partition: 1 }],
    });
  });

  test.each(['..', 'a/b', 'x'.repeat(250), '__proto__'])(
    'create refuses the name %j with 3',
    async (name) => {
      const { code, stderr } = await broker.run(['topic', 'create', name, '--json']);
      expect(code).toBe(3);
      expect(JSON.parse(stderr).error).toMatchObject({ code: 'INVALID_TOPIC_NAME', exitCode: 3 });
    },
  );

  test('list shows names in order, in columns or as JSON', async () => {
    await broker.client.admin.createTopic('b-list');
    await broker.client.admin.createTopic('a-list');
    const lines = (await broker.ok(['topic', 'list'])).trimEnd().split('\n');
    expect(lines[0]).toMatch(/^TOPIC +PARTITIONS +OFFSETS +SIZE +CLEANUP$/);
    const names = lines.slice(1).map((line) => line.split(' ')[0]);
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(['a-list', 'b-list']));
    const json = (await broker.ok(['topic', 'list', '--json']))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(json.map(({ topic }) => topic)).toEqual(names);
  });

  test('list and describe show the broker’s own topics when asked to', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'respool-cli-'));
    const store = await openLogStore({ dataDir });
    await store.createTopic('__own', { internal: true });
    await store.createTopic('users');
    await store.close();
    await using other = await TestBroker.open(dataDir);
    const names = async (...args: string[]) =>
      (await other.ok(['topic', ...args, '--json']))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).topic);
    for (const command of ['list', 'describe']) {
      expect(await names(command)).toEqual(['users']);
      expect(await names(command, '--internal')).toEqual(expect.arrayContaining(['__own', 'users']));
    }
    expect(await names('describe', '__own')).toEqual(['__own']);
  });

  test('describe shows settings as they are typed in, where they come from, and the partitions', async () => {
    await broker.client.admin.createTopic('shown', { partitions: 2, config: { maxBatchBytes: 1_000_001 } });
    const shown = await broker.ok(['topic', 'describe', 'shown']);
    expect(shown).toMatch(/^topic shown, 2 partitions$/m);
    expect(shown).toMatch(/^max-batch-bytes +1000001 +this topic$/m);
    expect(shown).toMatch(/^retention-ms +7d +broker$/m);
    expect(shown).toMatch(/^ +1 +0 +0 +1 +0 B +online$/m);
    const json = JSON.parse(await broker.ok(['topic', 'describe', 'shown', '--json']));
    expect(json).toMatchObject({
      topic: 'shown',
      overrides: ['maxBatchBytes'],
      config: { maxBatchBytes: 1_000_001 },
    });
  });

  test('alter sets, resets and adds partitions at once', async () => {
    await broker.client.admin.createTopic('changed', { config: { retentionMs: 1000, segmentMs: 5000 } });
    const flags = [
      '-p',
      '4',
      '--cleanup-policy',
      'compact,delete',
      '--reset',
      'segment-ms',
      '--reset',
      'retentionMs',
    ];
    const changed = JSON.parse(await broker.ok(['topic', 'alter', 'changed', ...flags, '--json']));
    expect(changed.overrides).toEqual(['cleanupPolicy']);
    expect(changed.partitions).toHaveLength(4);
  });

  test('delete deletes; what does not exist is 4', async () => {
    await broker.client.admin.createTopic('gone');
    expect(await broker.ok(['topic', 'delete', 'gone'])).toBe('deleted topic gone\n');
    for (const command of [['topic', 'delete'], ['topic', 'describe'], ['consume'], ['produce']]) {
      const { code, stderr } = await broker.run([...command, 'gone', '--json']);
      expect(JSON.parse(stderr).error, command.join(' ')).toMatchObject({
        code: 'TOPIC_NOT_FOUND',
        details: { topic: 'gone' },
      });
      expect(code).toBe(4);
    }
  });

  test('truncate moves the log start, by offset, time or to the end', async () => {
    await broker.client.admin.createTopic('short', { partitions: 2 });
    const records = Array.from({ length: 10 }, (_, number) => ({
      value: `v${number}`,
      partition: 0,
      timestampMs: 1000 + number,
    }));
    await broker.client.append({ topic: 'short', records });
    const byOffset = await broker.ok([
      'topic',
      'truncate',
      'short',
      '--before',
      '3',
      '--partition',
      '0',
      '--json',
    ]);
    expect(JSON.parse(byOffset)).toEqual({ topic: 'short', partition: 0, logStartOffset: 3, removed: 3 });
    const byTime = await broker.ok(['topic', 'truncate', 'short', '--before', '1970-01-01T00:00:01.006Z']);
    expect(byTime).toMatch(/^ +0 +3 +6$/m);
    const byEnd = await broker.ok(['topic', 'truncate', 'short', '--before', 'latest']);
    expect(byEnd).toMatch(/^ +0 +4 +10$/m);
    const ambiguous = await broker.run(['topic', 'truncate', 'short', '--before', '3']);
    expect(ambiguous).toMatchObject({ code: 2, stderr: expect.stringContaining('needs --partition') });
    const beyond = await broker.run([
      'topic',
      'truncate',
      'short',
      '--before',
      '11',
      '--partition',
      '0',
      '--json',
    ]);
    expect(JSON.parse(beyond.stderr).error).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE', exitCode: 3 });
  });
});

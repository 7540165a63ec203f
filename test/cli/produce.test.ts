import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ended, TestBroker } from './command.js';

describe('respool produce', () => {
  let broker: TestBroker;
  let topics = 0;
  beforeAll(async () => {
    broker = await TestBroker.start();
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  const topicOf = async (partitions = 1) => {
    const topic = `t${topics++}`;
    await broker.client.admin.createTopic(topic, { partitions });
    return topic;
  };

  const stored = async (topic: string) => {
    const records = [];
    for await (const { partition, key, value, headers } of broker.client.records({ topic })) {
      const named = headers.map((header) => `${header.key}=${header.value}`);
      records.push({ partition, key: key?.toString(), value: value?.toString(), headers: named });
    }
    return records;
  };

  test('lines become values; the summary goes to standard error, and with --json to standard output', async () => {
    const topic = await topicOf();
    const human = await broker.run(['produce', topic], 'a\nb\n');
    expect(human.stderr).toMatch(new RegExp(`^stored 2 records \\(2 B\\) in ${topic} in .*\n$`));
    expect(human.stdout.toString()).toBe('');
    const quiet = await broker.run(['produce', topic, '--quiet', '-'], 'c');
    expect(quiet.stderr).toBe('');
    const json = JSON.parse(await broker.ok(['produce', topic, '--json'], 'd\n'));
    expect(json).toEqual({ topic, records: 1, bytes: 1, durationMs: expect.any(Number) });
    expect((await stored(topic)).map(({ value }) => value)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('--key-by takes the key from the line’s JSON, and equal keys go to one partition', async () => {
    const topic = await topicOf(4);
    const lines = Array.from({ length: 40 }, (_, number) => `{"user":{"id":${number % 5}},"n":${number}}`);
    await broker.ok(['produce', topic, '--format', 'json', '--key-by', 'user.id'], lines.join('\n'));
    const records = await stored(topic);
    expect(records.map(({ value }) => value).sort()).toEqual([...lines].sort());
    for (let key = 0; key < 5; key++) {
      const own = records.filter((record) => record.key === String(key));
      expect(own).toHaveLength(8);
      expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
    }
  });

  test('--key-separator, --header and --partition do what they say', async () => {
    const topic = await topicOf(3);
    const flags = [
      '--key-separator',
      ':',
      '--header',
      'a=1',
      '--header',
      'b=x=y',
      '--header',
      'c=',
      '--partition',
      '2',
    ];
    await broker.ok(['produce', topic, ...flags], 'k:v:w\n');
    expect(await stored(topic)).toEqual([
      { partition: 2, key: 'k', value: 'v:w', headers: ['a=1', 'b=x=y', 'c='] },
    ]);
  });

  test.each([
    [['--key-by', 'id'], '{"id":1}\n{"n":1}\n', /^respool: line 2: there is no field id\n$/, 2],
    [['--format', 'json'], '1\n\n', /^respool: line 2: it is not JSON[^\n]*\n$/, 2],
    [['--format', 'records'], '{"value":"x"}\n{"valu":"x"}\n', /^respool: line 2: [^\n]*valu[^\n]*\n$/, 2],
    [['--key-separator', ':'], 'a:b\nc\n', /^respool: line 2: there is no ":"[^\n]*\n$/, 2],
    [['--partition', '7'], 'a\n', /^respool: line 1: [^\n]*partition 7[^\n]*\n$/, 4],
  ])('%j: a bad line is named, and those before it are stored', async (flags, input, why, exitCode) => {
    const topic = await topicOf();
    const { code, stderr } = await broker.run(['produce', topic, ...flags], input);
    expect(stderr).toMatch(why);
    expect(code).toBe(exitCode);
    expect(await stored(topic)).toHaveLength(exitCode === 2 ? 1 : 0);
  });

  test('a line over the topic’s limit is refused with its number and both sizes, at once if it never ends', async () => {
    const topic = await topicOf();
    await broker.client.admin.alterTopic(topic, { config: { maxBatchBytes: 10_000 } });
    const almost = await broker.run(['produce', topic, '--json'], `ok\n${'x'.repeat(9_999)}\n`);
    expect(almost.code).toBe(3);
    expect(JSON.parse(almost.stderr).error).toMatchObject({
      code: 'RECORD_TOO_LARGE',
      message: expect.stringMatching(/^line 2: /),
      details: { line: 2, limitBytes: 10_000, sizeBytes: expect.any(Number) },
    });
    const child = broker.start(['produce', topic]);
    const end = ended(child);
    child.stdin.write(Buffer.alloc(20_000, 'x'));
    const endless = await end;
    expect(endless.stderr).toMatch(
      /^respool: line 1 has \d+ bytes or more; the topic takes records of at most 10000 bytes/,
    );
    expect(endless.code).toBe(3);
    expect((await stored(topic)).map(({ value }) => value)).toEqual(['ok']);
  });

  test('a line that only compression makes small enough is stored', async () => {
    const topic = await topicOf();
    await broker.client.admin.alterTopic(topic, { config: { maxBatchBytes: 10_000 } });
    await broker.ok(['produce', topic, '--compression', 'gzip'], `${'x'.repeat(50_000)}\n`);
    expect((await stored(topic))[0]?.value).toHaveLength(50_000);
  });

  test('what is typed is stored while the input is still open', async () => {
    const topic = await topicOf();
    const child = broker.start(['produce', topic]);
    const end = ended(child);
    child.stdin.write('first\n');
    const controller = new AbortController();
    for await (const { value } of broker.client.records({ topic, follow: true, signal: controller.signal })) {
      expect(value?.toString()).toBe('first');
      break;
    }
    child.stdin.end('second');
    expect((await end).code).toBe(0);
    expect((await stored(topic)).map(({ value }) => value)).toEqual(['first', 'second']);
  });

  test('Ctrl-C stores what was read, says so, and ends with 130', async () => {
    const topic = await topicOf();
    const child = broker.start(['produce', topic]);
    const end = ended(child);
    child.stdin.write('first\nunfinis');
    for await (const _ of broker.client.records({ topic, follow: true })) break;
    child.kill('SIGINT');
    const { code, stderr } = await end;
    expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringMatching(/^stored 1 record /) });
    expect((await stored(topic)).map(({ value }) => value)).toEqual(['first']);
  });

  test('a topic that is deleted meanwhile ends the command, telling how much is stored', async () => {
    const topic = await topicOf();
    const child = broker.start(['produce', topic, '--json']);
    const end = ended(child);
    child.stdin.write('first\n');
    for await (const _ of broker.client.records({ topic, follow: true })) break;
    await broker.client.admin.deleteTopic(topic);
    child.stdin.end('second\n');
    const { code, stderr } = await end;
    expect(JSON.parse(stderr).error).toMatchObject({
      code: 'TOPIC_NOT_FOUND',
      details: { storedLines: expect.any(Number) },
    });
    expect(code).toBe(4);
  });

  test('a file that does not exist is 4', async () => {
    const topic = await topicOf();
    const { code, stderr } = await broker.run(['produce', topic, '/does/not/exist']);
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: 'respool: /does/not/exist: no such file or directory\n',
    });
  });
});

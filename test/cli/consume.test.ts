import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMAND, ended, lineOf, TestBroker } from './command.js';

const START_MS = Date.UTC(2026, 0, 31, 12);

describe('respool consume', () => {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await TestBroker.start();
    // Ten records, a second apart, by turns in two partitions; and the same in one.
    await broker.client.admin.createTopic('two', { partitions: 2 });
    await broker.client.admin.createTopic('one');
    for (let number = 0; number < 10; number++) {
      const record = {
        key: `k${number % 3}`,
        value: `v${number}`,
        headers: number % 2 === 0 ? { even: 'yes' } : { odd: null },
        timestampMs: START_MS + number * 1000,
      };
      await broker.client.append({ topic: 'two', records: [{ ...record, partition: number % 2 }] });
      await broker.client.append({ topic: 'one', records: [record] });
    }
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  const values = async (...args: string[]) =>
    (await broker.ok(['consume', ...args])).trim().split('\n').join(' ');

  test('ends at the end of the log; several partitions come by time', async () => {
    expect(await values('one')).toBe('v0 v1 v2 v3 v4 v5 v6 v7 v8 v9');
    expect(await values('two')).toBe('v0 v1 v2 v3 v4 v5 v6 v7 v8 v9');
    expect(await values('two', '--partition', '1')).toBe('v1 v3 v5 v7 v9');
  });

  test.each([
    [['--from', '7'], 'v7 v8 v9'],
    [['--until', '2'], 'v0 v1'],
    [['--from', '3', '--until', '5'], 'v3 v4'],
    [['--from', '2026-01-31T12:00:08Z'], 'v8 v9'],
    [['--from', '2026-01-31T13:00:08'], 'v8 v9'],
    [['--from', `@${START_MS + 8500}`], 'v9'],
    [['--from', '2026-01-31T12:00:02Z', '--until', '2026-01-31T12:00:04Z'], 'v2 v3'],
    [['--from', 'latest'], ''],
    [['--from', '1h'], ''],
    [['--max', '3'], 'v0 v1 v2'],
    [['--from', '5', '-n', '2'], 'v5 v6'],
    [['--key', 'k1'], 'v1 v4 v7'],
    [['--key', 'k1', '--max', '2'], 'v1 v4'],
    [['--header', 'even'], 'v0 v2 v4 v6 v8'],
    [['--header', 'even=yes', '--key', 'k0'], 'v0 v6'],
    [['--header', 'even=no'], ''],
  ])('%j', async (flags, expected) => {
    expect(await values('one', ...flags)).toBe(expected);
  });

  test('--max counts records of all partitions together', async () => {
    expect(await values('two', '--max', '3')).toBe('v0 v1 v2');
  });

  test('formats', async () => {
    expect(await broker.ok(['consume', 'one', '--max', '2', '--format', 'key-value'])).toBe(
      'k0\tv0\nk1\tv1\n',
    );
    expect(await broker.ok(['consume', 'one', '--max', '2', '--format', 'raw'])).toBe('v0v1');
    const json = {
      topic: 'one',
      partition: 0,
      offset: 1,
      timestamp: '2026-01-31T12:00:01.000Z',
      key: 'k1',
      value: 'v1',
    };
    const expected = { ...json, headers: [{ key: 'odd', value: null }] };
    for (const flags of [['--json'], ['--format', 'json']]) {
      expect(JSON.parse(await broker.ok(['consume', 'one', '--from', '1', '--max', '1', ...flags]))).toEqual(
        expected,
      );
    }
  });

  test('keys and values that are no text, and null, are told apart in JSON', async () => {
    await broker.client.admin.createTopic('bytes');
    const records = [
      { key: Buffer.from([0xff]), value: null },
      { key: null, value: '' },
    ];
    await broker.client.append({ topic: 'bytes', records });
    const lines = (await broker.ok(['consume', 'bytes', '--json']))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { keyBase64: '/w==', value: null },
      { key: null, value: '' },
    ]);
    expect(await broker.ok(['consume', 'bytes'])).toBe('\n\n');
  });

  test('--follow waits for what comes, of all partitions, until it is told to end', async () => {
    await broker.client.admin.createTopic('followed', { partitions: 2 });
    const child = broker.start([
      'consume',
      'followed',
      '--follow',
      '--from',
      'latest',
      '--json',
      '--max',
      '2',
    ]);
    const end = ended(child);
    // Two records, the second only when the first has come out; from latest, so that they may be sent again.
    const seen = lineOf(child.stdout, () => true);
    let first = false;
    void seen.then(() => {
      first = true;
    });
    while (!first) {
      await broker.client.append({ topic: 'followed', records: [{ value: 'a', partition: 1 }] });
      await new Promise(setImmediate);
    }
    await broker.client.append({ topic: 'followed', records: [{ value: 'b', partition: 0 }] });
    expect((await end).code).toBe(0);
    const following = broker.start(['consume', 'followed', '--follow']);
    const interrupted = ended(following);
    await once(following.stdout, 'data');
    following.kill('SIGINT');
    expect(await interrupted).toMatchObject({ code: 'SIGINT', stderr: '' });
  });

  test('ends quietly with 0 when nobody reads any more', async () => {
    await broker.client.admin.createTopic('long');
    const producer = broker.client.producer();
    for (let number = 0; number < 200_000; number++) {
      if (!producer.write({ topic: 'long', value: `a line of some length, number ${number}` }))
        await producer.ready();
    }
    await producer.close();
    const pipe = `"${process.execPath}" "${COMMAND}" consume long | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const shell = spawn('bash', ['-c', pipe], { env: { ...process.env, RESPOOL_SERVER: broker.server } });
    const { stdout, stderr } = await ended(shell);
    expect({ stdout: stdout.toString(), stderr }).toEqual({
      stdout: 'a line of some length, number 0\n0\n',
      stderr: '',
    });
  });

  test('a reader that stops for a while gets everything when it goes on', async () => {
    const child = broker.start(['consume', 'long']);
    child.stdout.pause();
    const end = once(child, 'close');
    let bytes = 0;
    child.stdout.once('readable', () => child.stdout.on('data', (chunk: Buffer) => (bytes += chunk.length)));
    await end;
    const expected = Array.from(
      { length: 200_000 },
      (_, number) => `a line of some length, number ${number}\n`.length,
    );
    expect(bytes).toBe(expected.reduce((sum, length) => sum + length, 0));
  });

  test('an offset outside of the log is 3, naming both ends', async () => {
    const { code, stderr } = await broker.run(['consume', 'one', '--from', '11', '--json']);
    expect(JSON.parse(stderr).error).toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      details: { offset: 11, startOffset: 0, endOffset: 10 },
    });
    expect(code).toBe(3);
  });

  test('damage is 1, naming the offsets; --skip-damaged goes past it', async () => {
    await broker.client.admin.createTopic('hurt');
    for (const value of ['a', 'b', 'c']) await broker.client.append({ topic: 'hurt', records: [{ value }] });
    const file = await open(join(broker.dataDir, 'topics', 'hurt-0', `${'0'.repeat(20)}.log`), 'r+');
    const { size } = await file.stat();
    // The three batches are of one size; the last byte of the middle one is hurt.
    await file.write(Buffer.from([0xee]), 0, 1, (size / 3) * 2 - 2);
    await file.close();
    const stopped = await broker.run(['consume', 'hurt']);
    expect(stopped.stdout.toString()).toBe('a\n');
    expect(stopped.stderr).toMatch(
      /^respool: offsets 1 to 2 [^\n]*hurt-0[^\n]*; --skip-damaged goes past it\n$/,
    );
    expect(stopped.code).toBe(1);
    const passed = await broker.run(['consume', 'hurt', '--skip-damaged']);
    expect(passed.stdout.toString()).toBe('a\nc\n');
    expect(passed.stderr).toBe('respool: went past damaged offsets 1..2 of hurt-0\n');
    expect(passed.code).toBe(0);
    const json = await broker.run(['consume', 'hurt', '--skip-damaged', '--json']);
    expect(JSON.parse(json.stderr)).toEqual({
      skipped: { topic: 'hurt', partition: 0, startOffset: 1, endOffset: 2 },
    });
  });
});

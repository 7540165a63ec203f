import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ended, lineOf, TestBroker } from '../command.js';

describe('respool consume --group', () => {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await TestBroker.start();
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  /** A topic whose records are numbered, by turns in its partitions. */
  async function fill(topic: string, count: number, { partitions = 1, from = 0, text = '' } = {}) {
    if (from === 0) await broker.client.admin.createTopic(topic, { partitions });
    const producer = broker.client.producer();
    for (let number = from; number < from + count; number++) {
      const fits = producer.write({ topic, partition: number % partitions, value: `${number}${text}` });
      if (!fits) await producer.ready();
    }
    await producer.close();
  }

  const numbersIn = (output: Buffer | string) =>
    [...String(output).matchAll(/^(\d+).*\n/gm)].map(([, number]) => Number(number));
  const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);
  const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
  const committed = async (group: string) => {
    const [description] = await broker.client.groups.describe([group]);
    return description!.partitions.map((partition) => partition.committed?.offset);
  };

  test('reads what is there, commits it, and goes on from there the next time', async () => {
    await fill('t', 1000, { partitions: 3 });
    const read = async () => sorted(numbersIn(await broker.ok(['consume', 't', '--group', 'readers'])));
    expect(await read()).toEqual(numbers(1000));
    expect(await committed('readers')).toEqual([334, 333, 333]);
    expect(await read()).toEqual([]);
    await fill('t', 10, { partitions: 3, from: 1000 });
    expect(await read()).toEqual(numbers(10, 1000));
    expect(await broker.ok(['group', 'members', 'readers', '--json'])).toBe('');
  });

  test('reads several topics, also by pattern', async () => {
    await fill('logs.a', 5);
    await fill('logs.b', 5, { partitions: 2 });
    await fill('other', 5);
    const both = await broker.ok(['consume', 'logs.*', 'other', '--group', 'several', '--json']);
    const lines = both
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(15);
    expect(new Set(lines.map(({ topic }) => topic))).toEqual(new Set(['logs.a', 'logs.b', 'other']));
  });

  test('--max commits as many as were written, and no more', async () => {
    await fill('some', 100);
    const read = async (max: string) =>
      numbersIn(await broker.ok(['consume', 'some', '--group', 'some', '--max', max]));
    expect(await read('7')).toEqual(numbers(7));
    expect(await committed('some')).toEqual([7]);
    expect(await read('1000')).toEqual(numbers(93, 7));
  });

  test('--from latest begins at the end and keeps that place, so that what comes next is read', async () => {
    await fill('late', 10);
    const args = ['consume', 'late', '--group', 'late', '--from', 'latest'];
    expect(await broker.ok(args)).toBe('');
    await fill('late', 5, { from: 10 });
    expect(numbersIn(await broker.ok(args))).toEqual(numbers(5, 10));
  });

  test('Ctrl-C commits what was written, leaves at once, and ends with 130; SIGTERM with 143', async () => {
    await fill('stopped', 50);
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const from = (await broker.client.groups.list()).some(({ group }) => group === 'stopped') ? 50 : 0;
      const child = broker.start(['consume', 'stopped', '--group', 'stopped', '--follow']);
      const end = ended(child);
      await lineOf(child.stdout, (line) => line === String(from + 49));
      child.kill(signal);
      const { stdout, ...rest } = await end;
      expect(rest).toEqual({ code, stderr: '' });
      expect(numbersIn(stdout)).toEqual(numbers(50, from));
      expect(await committed('stopped')).toEqual([from + 50]);
      expect((await broker.client.groups.describe(['stopped']))[0]!.members).toEqual([]);
      await fill('stopped', 50, { from: from + 50 });
    }
  });

  test('members share the partitions; together they read every record once', async () => {
    await fill('shared', 2000, { partitions: 4 });
    const members = ['one', 'two'].map((name) =>
      broker.start(['consume', 'shared', '--group', 'shared', '--follow', '--client-id', name]),
    );
    const ends = members.map((member) => ended(member));
    const lag = async () => (await broker.client.groups.list()).find(({ group }) => group === 'shared');
    for (;;) {
      const found = await lag();
      if (found?.members === 2 && found.state === 'stable' && found.lag === 0 && found.partitions === 4)
        break;
      await new Promise(setImmediate);
    }
    await fill('shared', 400, { partitions: 4, from: 2000 });
    while ((await lag())!.lag > 0) await new Promise(setImmediate);
    for (const member of members) member.kill('SIGINT');
    const outputs = (await Promise.all(ends)).map(({ stdout }) => numbersIn(stdout));
    expect(sorted(outputs.flat())).toEqual(numbers(2400));
    for (const output of outputs) expect(output.filter((number) => number >= 2000)).toHaveLength(200);
  });

  test('a member that gets no partition ends, unless it follows', async () => {
    await fill('single', 3);
    const owner = broker.start(['consume', 'single', '--group', 'single', '--follow']);
    const end = ended(owner);
    await lineOf(owner.stdout, (line) => line === '2');
    expect(await broker.ok(['consume', 'single', '--group', 'single'])).toBe('');
    owner.kill('SIGINT');
    expect((await end).code).toBe(130);
  });

  test('nothing is committed that was not written, however slow the reader: kill -9 loses nothing', async () => {
    const count = 200_000;
    await fill('slow', count, { text: ' with some text, so that no buffer holds all of them' });
    const child = broker.start(['consume', 'slow', '--group', 'slow', '--follow']);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    // Some of it, then a while of nothing; and from the first commit on nobody reads any more.
    for (let kept: number | undefined; kept === undefined || kept === 0; ) {
      child.stdout.resume();
      await once(child.stdout, 'data');
      child.stdout.pause();
      for (let look = 0; look < 10 && !kept; look++) [kept] = await committed('slow');
    }
    child.kill('SIGKILL');
    child.stdout.resume();
    await once(child, 'close');
    const written = numbersIn(Buffer.concat(chunks));
    expect(written).toEqual(numbers(written.length));
    const [kept] = await committed('slow');
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThanOrEqual(written.length);
    const rest = numbersIn(await broker.ok(['consume', 'slow', '--group', 'slow']));
    expect(rest).toEqual(numbers(count - kept!, kept!));
  });

  test('ends quietly with 0 when nobody reads any more, and what was not written comes again', async () => {
    await fill('headed', 100_000, { text: ' with some text, so that no pipe holds all of them' });
    const child = broker.start(['consume', 'headed', '--group', 'headed']);
    const closed = once(child, 'close');
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await closed).toEqual([0, null]);
    const rest = numbersIn(await broker.ok(['consume', 'headed', '--group', 'headed']));
    expect(rest.at(0)).toBeLessThan(100_000);
    expect(rest).toEqual(numbers(rest.length, 100_000 - rest.length));
  });

  test('a topic that does not exist is 4, and an instance id that another process takes ends the older with 3', async () => {
    const missing = await broker.run(['consume', 'nowhere', '--group', 'g', '--json']);
    expect(JSON.parse(missing.stderr).error).toMatchObject({ code: 'TOPIC_NOT_FOUND', exitCode: 4 });
    await fill('static', 1);
    const args = ['consume', 'static', '--group', 'static', '--follow', '--instance-id', 'i-1', '--json'];
    const older = broker.start(args);
    const end = ended(older);
    await once(older.stdout, 'data');
    const newer = broker.start(args);
    const { code, stderr } = await end;
    expect(JSON.parse(stderr).error.code).toBe('INSTANCE_FENCED');
    expect(code).toBe(3);
    newer.kill('SIGINT');
    await once(newer, 'close');
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ended, TestBroker } from '../command.js';
import { joinGroup } from '../group/member.js';

const START_MS = Date.UTC(2026, 0, 31, 12);

describe('respool replay', () => {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await TestBroker.start();
    await broker.client.admin.createTopic('orders', { partitions: 2 });
    const records = Array.from({ length: 200 }, (_, number) => ({
      partition: number % 2,
      key: `k${number % 5}`,
      value: `v${number}`,
      headers: number % 10 === 0 ? { tenth: 'yes' } : {},
      timestampMs: START_MS + number * 1000,
    }));
    await broker.client.append({ topic: 'orders', records });
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  /** What the source's records are called that a topic has copies of, in the order of each partition. */
  async function copiesIn(topic: string): Promise<string[]> {
    const copies: string[] = [];
    for await (const { value } of broker.client.records({ topic })) copies.push(String(value));
    return copies.sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  }
  const numbered = (numbers: readonly number[]) => numbers.map((number) => `v${number}`);
  const all = Array.from({ length: 200 }, (_, number) => number);

  test('shows what it would do, copies nothing, and says how to do it', async () => {
    await broker.client.admin.createTopic('untouched', { partitions: 2 });
    const { code, stdout, stderr } = await broker.run([
      'replay',
      'orders',
      '--to',
      'untouched',
      '--speed',
      '2',
    ]);
    const text = stdout.toString();
    expect(text).toMatch(/^PARTITION +FROM +UNTIL +RECORDS +FIRST +LAST\n/);
    expect(text).toMatch(/^ +1 +0 +100 +100 +2026-01-31T12:00:01.000Z +2026-01-31T12:03:19.000Z$/m);
    expect(text).toMatch(
      /\n\n200 records of orders into untouched, into the same partitions, at 2 times the original pace: about 1m 39s\n$/,
    );
    expect(stderr).toBe('dry run: nothing was copied; --execute does it\n');
    expect(code).toBe(0);
    const plan = JSON.parse(
      await broker.ok(['replay', 'orders', '--to', 'untouched', '--rate', '100/s', '--json']),
    );
    expect(plan).toMatchObject({ executed: false, plan: { records: 200, estimatedMs: 2000 } });
    expect(await copiesIn('untouched')).toEqual([]);
    expect((await broker.client.groups.list()).filter(({ group }) => group.startsWith('replay.'))).toEqual(
      [],
    );
  });

  test('--execute copies every record, says so, and forgets its progress', async () => {
    await broker.client.admin.createTopic('again', { partitions: 2 });
    const { code, stdout, stderr } = await broker.run(['replay', 'orders', '--to', 'again', '--execute']);
    expect(stderr).toMatch(
      /^200 records of orders into again, into the same partitions, flat out; named orders\.\d+\ncopied 200 records of orders into again in \d+m?s.*\n$/,
    );
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: '' });
    expect(await copiesIn('again')).toEqual(numbered(all));
    const [copy] = JSON.parse(
      `[${(await broker.ok(['consume', 'again', '--partition', '1', '--max', '1', '--json'])).trim()}]`,
    );
    expect(copy).toMatchObject({
      key: 'k1',
      value: 'v1',
      headers: expect.arrayContaining([
        { key: 'respool-replay-topic', value: 'orders' },
        { key: 'respool-replay-partition', value: '1' },
        { key: 'respool-replay-offset', value: '0' },
        { key: 'respool-replay-timestamp', value: String(START_MS + 1000) },
      ]),
    });
    expect((await broker.client.groups.list()).filter(({ group }) => group.startsWith('replay.'))).toEqual(
      [],
    );
  });

  test.each([
    ['a', ['--from', '10', '--until', '12'], [20, 21, 22, 23]],
    ['b', ['--from', '2026-01-31T12:03:10Z'], all.slice(190)],
    ['c', ['--until', '@1769860810000', '--partition', '1'], [1, 3, 5, 7, 9]],
    ['d', ['--key', 'k3'], all.filter((number) => number % 5 === 3)],
    [
      'e',
      ['--header', 'tenth=yes', '--from', '50'],
      all.filter((number) => number >= 100 && number % 10 === 0),
    ],
    ['f', ['--rate', '100000/s'], all],
    ['g', ['--speed', '100000'], all],
  ])('into %s with %j', async (name, flags, expected) => {
    await broker.client.admin.createTopic(`into-${name}`);
    const said = await broker.ok([
      'replay',
      'orders',
      '--to',
      `into-${name}`,
      ...flags,
      '--execute',
      '--json',
    ]);
    expect(JSON.parse(said)).toMatchObject({ executed: true, topic: 'orders', copied: expected.length });
    expect(await copiesIn(`into-${name}`)).toEqual(numbered(expected));
  });

  test('Ctrl-C stops it with 130; the command that it prints copies the rest, nothing twice', async () => {
    await broker.client.admin.createTopic('many', { partitions: 2 });
    const records = Array.from({ length: 3000 }, (_, number) => ({
      partition: number % 2,
      value: `v${number}`,
    }));
    await broker.client.append({ topic: 'many', records });
    await broker.client.admin.createTopic('stopped', { partitions: 2 });
    const copied = async () => {
      const [description] = await broker.client.admin.describeTopics(['stopped']);
      return description!.partitions.reduce((sum, { highWatermark }) => sum + highWatermark, 0);
    };
    const child = broker.start([
      'replay',
      'many',
      '--to',
      'stopped',
      '--rate',
      '1000',
      '--from',
      '7d',
      '--execute',
    ]);
    const end = ended(child);
    while ((await copied()) < 100) await new Promise(setImmediate);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await end;
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 130, stdout: '' });
    const [, soFar, left, resume] =
      /^stopped: ([\d,]+) records copied, ([\d,]+) records left; to go on:\n(respool replay .*)\n$/m.exec(
        stderr,
      ) ?? [];
    const stoppedAt = await copied();
    expect(Number(soFar?.replace(',', ''))).toBe(stoppedAt);
    expect(stoppedAt + Number(left?.replace(',', ''))).toBe(3000);
    expect(resume).toMatch(
      /^respool replay many --to stopped --from @\d+ --rate 1000 --name many\.\d+ --execute$/,
    );
    const again = resume!.split(' ').slice(1);
    const shown = await broker.run(again.filter((word) => word !== '--execute'));
    expect(shown.stderr).toMatch(/^it goes on where many\.\d+ was stopped\n/);
    expect(JSON.parse(await broker.ok([...again, '--json']))).toMatchObject({ copied: 3000 - stoppedAt });
    expect(await copiesIn('stopped')).toEqual(records.map(({ value }) => value));
  });

  test('into itself needs an end, and doubles what was there', async () => {
    await broker.client.admin.createTopic('itself');
    await broker.client.append({ topic: 'itself', records: [{ value: 'v0' }, { value: 'v1' }] });
    await broker.ok(['replay', 'itself', '--to', 'itself', '--until', 'latest', '--execute']);
    expect(await copiesIn('itself')).toEqual(['v0', 'v0', 'v1', 'v1']);
  });

  test('--to-group places a group, made if need be; dry first', async () => {
    const args = ['replay', 'orders', '--to-group', 'fresh', '--from', '2026-01-31T12:00:20Z'];
    const shown = await broker.run(args);
    expect(shown.stdout.toString()).toMatch(/^fresh +orders +0 +- +10 /m);
    expect(shown.stderr).toBe(
      'to the first records at or after 2026-01-31T12:00:20.000Z\ndry run: nothing was changed; --execute does it\n',
    );
    expect((await broker.run(['group', 'describe', 'fresh'])).code).toBe(4);
    const done = await broker.run([...args, '--execute']);
    expect(done.stderr).toBe(
      'reset 2 partitions of 1 group\nto read it: respool consume orders --group fresh\n',
    );
    const read = (await broker.ok(['consume', 'orders', '--group', 'fresh'])).trimEnd().split('\n');
    expect(read.sort()).toEqual(numbered(all.slice(20)).sort());
  });

  test('--to-group leaves a group with members alone: 3, naming them', async () => {
    await using _ = await joinGroup(broker.client, 'busy', 'worker-9');
    const { code, stderr } = await broker.run(['replay', 'orders', '--to-group', 'busy', '--execute']);
    expect(stderr).toMatch(
      /^respool: group busy has 1 member \(worker-9\); stop them first, or name another group; [^\n]*--live"\n$/,
    );
    expect(code).toBe(3);
  });

  test.each([
    [['nowhere', '--to', 'again'], 'TOPIC_NOT_FOUND', 4],
    [['orders', '--to', 'nowhere'], 'TOPIC_NOT_FOUND', 4],
    [['orders', '--to', 'again', '--partition', '7'], 'PARTITION_NOT_FOUND', 4],
    [['orders', '--to', 'again', '--from', '101'], 'OFFSET_OUT_OF_RANGE', 3],
  ])('respool replay %j is %s', async (args, code, exitCode) => {
    const { stderr } = await broker.run(['replay', ...args, '--execute', '--json']);
    expect(JSON.parse(stderr).error).toMatchObject({ code, exitCode });
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TestBroker } from '../command.js';
import { joinGroup } from './member.js';

/** The times of the records, a second apart. */
const START_MS = Date.UTC(2026, 0, 31, 12);
const RECORDS = 100;
const PARTITIONS = [0, 1, 2];

describe('respool group reset', () => {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await TestBroker.start();
    for (const topic of ['orders', 'payments']) {
      await broker.client.admin.createTopic(topic, { partitions: PARTITIONS.length });
      const records = PARTITIONS.flatMap((partition) =>
        Array.from({ length: RECORDS }, (_, number) => ({
          partition,
          value: `v${number}`,
          timestampMs: START_MS + number * 1000,
        })),
      );
      await broker.client.append({ topic, records });
    }
    // Partition 2 of orders begins at 10.
    await broker.client.admin.truncatePrefix('orders', 2, 10);
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  /** Where the groups are before each reset. */
  beforeEach(async () => {
    for (const group of ['g', 'h']) {
      await broker.client.groups.commitOffsets(group, [
        ...PARTITIONS.map((partition) => ({ topic: 'orders', partition, offset: 50 })),
        { topic: 'payments', partition: 0, offset: 50 },
      ]);
    }
  });

  const offsets = async (group: string) => {
    const [description] = await broker.client.groups.describe([group]);
    return Object.fromEntries(
      description!.partitions.map(({ topic, partition, committed }) => [
        `${topic}-${partition}`,
        committed?.offset,
      ]),
    );
  };
  const resets = async (...args: string[]) =>
    JSON.parse(await broker.ok(['group', 'reset', ...args, '--json'])).resets as Record<string, unknown>[];
  const targets = async (...args: string[]) =>
    Object.fromEntries(
      (await resets(...args)).map(({ topic, partition, after }) => [`${topic}-${partition}`, after]),
    );

  test('shows what it would do, changes nothing, and says how to do it', async () => {
    const { code, stdout, stderr } = await broker.run(['group', 'reset', 'g', '--to-earliest']);
    const [head, ...lines] = stdout.toString().split('\n');
    expect(head).toMatch(/^GROUP +TOPIC +PARTITION +BEFORE +AFTER +DIFFERENCE +RECORDS +BYTES$/);
    expect(lines[0]).toMatch(/^g +orders +0 +50 +0 +-50 +50 again +[\d.]+ \w+$/);
    expect(lines[2]).toMatch(/^g +orders +2 +50 +10 +-40 +40 again +[\d.]+ \w+$/);
    expect(lines.at(-2)).toMatch(/^190 records \([\d.]+ \w+\) will be read again, none skipped$/);
    expect(stderr).toBe('dry run: nothing was changed; --execute does it\n');
    expect(code).toBe(0);
    expect(await offsets('g')).toEqual({ 'orders-0': 50, 'orders-1': 50, 'orders-2': 50, 'payments-0': 50 });
  });

  test('--execute does what was shown, and says so', async () => {
    const planned = await targets('g', '--to-earliest');
    const { code, stderr } = await broker.run(['group', 'reset', 'g', '--to-earliest', '--execute']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'reset 4 partitions of 1 group\n' });
    expect(await offsets('g')).toEqual(planned);
  });

  const DATE = '2026-01-31T12:00:20';
  test.each([
    [['--to-earliest'], { 'orders-0': 0, 'orders-1': 0, 'orders-2': 10 }],
    [['--to-latest'], { 'orders-0': 100, 'orders-1': 100, 'orders-2': 100 }],
    [['--to-current'], { 'orders-0': 50, 'orders-1': 50, 'orders-2': 50 }],
    [['--to-offset', '70'], { 'orders-0': 70, 'orders-1': 70, 'orders-2': 70 }],
    [['--shift-by', '-45'], { 'orders-0': 5, 'orders-1': 5, 'orders-2': 10 }],
    [['--shift-by', '60'], { 'orders-0': 100, 'orders-1': 100, 'orders-2': 100 }],
    [['--shift-by', '+5'], { 'orders-0': 55, 'orders-1': 55, 'orders-2': 55 }],
    [['--to-datetime', `${DATE}Z`], { 'orders-0': 20, 'orders-1': 20, 'orders-2': 20 }],
    [['--to-datetime', `${DATE}.000Z`], { 'orders-0': 20, 'orders-1': 20, 'orders-2': 20 }],
    // The commands of these tests run in Berlin.
    [['--to-datetime', '2026-01-31T13:00:20.500'], { 'orders-0': 21, 'orders-1': 21, 'orders-2': 21 }],
    [['--to-datetime', '2026-01-31T14:00:20+02:00'], { 'orders-0': 20, 'orders-1': 20, 'orders-2': 20 }],
    [['--to-datetime', '2027-01-01'], { 'orders-0': 100, 'orders-1': 100, 'orders-2': 100 }],
    [['--by-duration', 'PT1S'], { 'orders-0': 100, 'orders-1': 100, 'orders-2': 100 }],
    [['--by-duration', 'P36500D'], { 'orders-0': 0, 'orders-1': 0, 'orders-2': 10 }],
  ])('%j', async (target, expected) => {
    expect(await targets('g', '--topic', 'orders', ...target, '--execute')).toEqual(expected);
    expect(await offsets('g')).toEqual({ ...expected, 'payments-0': 50 });
  });

  test('a dry run says how a time was understood', async () => {
    const { stderr } = await broker.run(['group', 'reset', 'g', '--to-datetime', '2026-01-31T13:00']);
    expect(stderr).toMatch(/^to the first records at or after 2026-01-31T12:00:00.000Z\ndry run: /);
  });

  test('of some partitions, of several topics, of several groups', async () => {
    const some = ['--topic', 'orders:0,2', '--topic', 'payments'];
    expect(await targets('g', ...some, '--to-offset', '60')).toEqual({
      'orders-0': 60,
      'orders-2': 60,
      'payments-0': 60,
      'payments-1': 60,
      'payments-2': 60,
    });
    const both = await resets('g', 'h', '--topic', 'orders:1', '--to-latest');
    expect(both).toMatchObject([
      { group: 'g', before: 50, after: 100, records: 50 },
      { group: 'h', before: 50, after: 100, records: 50 },
    ]);
    await broker.ok(['group', 'reset', 'g', 'h', '--topic', 'orders:1', '--to-latest', '--execute']);
    expect((await offsets('h'))['orders-1']).toBe(100);
  });

  test('an offset outside of the log is moved to its nearer end, marked and explained', async () => {
    const low = await broker.ok(['group', 'reset', 'g', '--topic', 'orders', '--shift-by', '-45']);
    expect(low).toMatch(/^g +orders +2 +50 +10\* +-40 /m);
    expect(low).toMatch(/^\* 5 lies before the start of orders-2, so 10 is taken$/m);
    const high = await broker.ok(['group', 'reset', 'g', '--topic', 'orders', '--to-offset', '101']);
    expect(high).toMatch(/^g +orders +0 +50 +100\* +\+50 +50 skipped /m);
    expect(high).toMatch(/^\* 101 lies beyond the end of orders-0, so 100 is taken, and so for 2 others$/m);
    expect(high).toMatch(/^150 records \(.*\) will be skipped, none read again$/m);
  });

  test('totals say both, when some partitions go back and others on', async () => {
    await broker.ok(['group', 'reset', 'g', '--topic', 'orders:0', '--to-offset', '90', '--execute']);
    const text = await broker.ok(['group', 'reset', 'g', '--topic', 'orders', '--to-offset', '60']);
    expect(text).toMatch(/^30 records \([^)]+\) will be read again, 20 \([^)]+\) skipped$/m);
    const [{ totals }] = [
      JSON.parse(
        await broker.ok(['group', 'reset', 'g', '--topic', 'orders', '--to-offset', '60', '--json']),
      ),
    ];
    expect(totals).toMatchObject({ partitions: 3, groups: 1, recordsAgain: 30, recordsSkipped: 20 });
  });

  test('a snapshot is returned to, also that of another group', async () => {
    await broker.ok(['group', 'snapshot', 'create', 'g', 'half']);
    await broker.ok(['group', 'reset', 'g', '--to-latest', '--execute']);
    await broker.ok(['group', 'reset', 'g', '--to-snapshot', 'half', '--execute']);
    expect(await offsets('g')).toEqual({ 'orders-0': 50, 'orders-1': 50, 'orders-2': 50, 'payments-0': 50 });
    await broker.ok(['group', 'reset', 'h', '--to-earliest', '--execute']);
    const taken = ['--to-snapshot', 'half', '--snapshot-group', 'g', '--execute'];
    await broker.ok(['group', 'reset', 'h', ...taken]);
    expect((await offsets('h'))['orders-1']).toBe(50);
    await broker.ok(['group', 'reset', 'new', '--create', ...taken]);
    expect((await offsets('new'))['orders-1']).toBe(50);
    const unknown = await broker.run(['group', 'reset', 'g', '--to-snapshot', 'nothing', '--json']);
    expect(JSON.parse(unknown.stderr).error).toMatchObject({ code: 'SNAPSHOT_NOT_FOUND', exitCode: 4 });
  });

  test('--create makes a group that does not exist, at the place that is named', async () => {
    const create = ['group', 'reset', 'made', '--create', '--topic', 'orders', '--to-offset', '30'];
    const shown = await broker.ok(create);
    expect(shown).toMatch(/^made +orders +0 +- +30 +- /m);
    expect((await broker.run(['group', 'describe', 'made'])).code).toBe(4);
    await broker.ok([...create, '--execute']);
    expect(await offsets('made')).toEqual({ 'orders-0': 30, 'orders-1': 30, 'orders-2': 30 });
  });

  test('shifting what was never committed is refused with 3', async () => {
    const { code, stderr } = await broker.run([
      'group',
      'reset',
      'g',
      '--topic',
      'payments',
      '--shift-by',
      '1',
      '--json',
    ]);
    expect(JSON.parse(stderr).error).toMatchObject({
      code: 'NO_COMMITTED_OFFSET',
      details: { topic: 'payments' },
    });
    expect(code).toBe(3);
  });

  describe('a plan', () => {
    test.each(['csv', 'json'])('exported as %s does again what it says', async (format) => {
      const exported = await broker.run(['group', 'reset', 'g', '--shift-by', '-20', '--export', format]);
      expect(exported.stderr).toBe('dry run: nothing was changed; --execute does it\n');
      const planned = await targets('g', '--shift-by', '-20');
      const file = join(broker.dataDir, `plan.${format}`);
      await writeFile(file, exported.stdout);
      expect(await targets('g', '--from-file', file)).toEqual(planned);
      await broker.ok(['group', 'reset', 'g', '--from-file', '-', '--execute'], exported.stdout);
      expect(await offsets('g')).toEqual(planned);
    });

    test('of several groups names them, and comes back whole or for one of them', async () => {
      const plan = await broker.ok(['group', 'reset', 'g', 'h', '--to-offset', '20', '--export', 'csv']);
      expect(plan).toMatch(/^g,orders,0,20\n[\s\S]*^h,payments,0,20\n$/m);
      const { stderr } = await broker.run(['group', 'reset', 'h', '--from-file', '-', '--execute'], plan);
      expect(stderr).toBe('not asked for, and left out of the plan: g\nreset 4 partitions of 1 group\n');
      expect((await offsets('g'))['orders-0']).toBe(50);
      expect((await offsets('h'))['orders-0']).toBe(20);
      await broker.ok(['group', 'reset', '--all-groups', '--from-file', '-', '--execute'], plan);
      expect((await offsets('g'))['orders-0']).toBe(20);
    });

    test('of Kafka’s tool is taken as it is, and what is exported is what it reads', async () => {
      const kafka = '"orders",0,12\norders,1,13\n';
      await broker.ok(['group', 'reset', 'g', '--from-file', '-', '--execute'], kafka);
      expect(await offsets('g')).toMatchObject({ 'orders-0': 12, 'orders-1': 13, 'orders-2': 50 });
      const exported = await broker.ok([
        'group',
        'reset',
        'g',
        '--topic',
        'orders:0,1',
        '--to-current',
        '--export',
        'csv',
      ]);
      expect(exported).toBe('orders,0,12\norders,1,13\n');
    });

    test('that does not parse is refused with 2, naming file, line and reason, and nothing is done', async () => {
      const before = await offsets('g');
      const args = ['group', 'reset', 'g', '--from-file', '-', '--execute'];
      const wrong = await broker.run(args, 'orders,0,1\norders,one,1\n');
      expect(wrong.stderr).toBe(
        'respool: standard input, line 2: the partition is "one"; expected a whole number, 0 or more; nothing was done\n',
      );
      expect(wrong.code).toBe(2);
      const json = await broker.run([...args, '--json'], '{"topic":"orders"}');
      expect(JSON.parse(json.stderr).error).toMatchObject({
        code: 'INVALID_LINE',
        details: { file: '-', line: 1 },
        exitCode: 2,
      });
      expect(await broker.run(args, '')).toMatchObject({ code: 2, stderr: /has no offsets in it/ });
      expect(await broker.run(args, 'other,orders,0,1')).toMatchObject({
        code: 2,
        stderr: /nothing for group g/,
      });
      const missing = await broker.run(['group', 'reset', 'g', '--from-file', '/does/not/exist']);
      expect(missing).toMatchObject({ code: 4, stderr: /no such file/ });
      expect(await offsets('g')).toEqual(before);
    });

    test('for a topic or partition that does not exist is refused with 4, and nothing is done', async () => {
      const before = await offsets('g');
      for (const plan of ['orders,0,1\nnowhere,0,1\n', 'orders,0,1\norders,7,1\n']) {
        const { code } = await broker.run(['group', 'reset', 'g', '--from-file', '-', '--execute'], plan);
        expect(code).toBe(4);
      }
      expect(await offsets('g')).toEqual(before);
    });
  });

  describe('of a group with members', () => {
    test('is shown with a warning, and refused with 3 when it is to be done', async () => {
      await using _ = await joinGroup(broker.client, 'active', 'worker-7');
      const reset = ['group', 'reset', 'active', '--topic', 'orders', '--to-earliest'];
      const dry = await broker.run(reset);
      expect(dry.stderr).toMatch(
        /^warning: group active has members, so that --execute will be refused; .*--live\ndry run: /,
      );
      expect(dry.code).toBe(0);
      const refused = await broker.run([...reset, '--execute']);
      expect(refused.stderr).toBe(
        'respool: group active has 1 member (worker-7); stop them first, or add --live, which fences and moves them, and lets them go on\n',
      );
      expect(refused.code).toBe(3);
      const json = await broker.run([...reset, '--execute', '--json']);
      expect(JSON.parse(json.stderr).error).toMatchObject({
        code: 'GROUP_NOT_EMPTY',
        details: { group: 'active' },
      });
    });

    test('with --live moves its members, which go on from there', async () => {
      const child = broker.start([
        'consume',
        'orders',
        '--group',
        'live',
        '--follow',
        '--from',
        'latest',
        '--json',
      ]);
      const seen: { partition: number; offset: number }[] = [];
      let rest = '';
      const all = new Promise<void>((resolve, reject) => {
        child.stdout.on('data', (chunk: Buffer) => {
          const lines = (rest + String(chunk)).split('\n');
          rest = lines.pop()!;
          seen.push(...lines.map((line) => JSON.parse(line)));
          if (seen.length >= 30) resolve();
        });
        child.once('close', () => reject(new Error('the consumer has ended')));
      });
      await stable(broker, 'live');
      const { stderr } = await broker.run([
        'group',
        'reset',
        'live',
        '--topic',
        'orders',
        '--to-offset',
        '90',
        '--live',
        '--execute',
      ]);
      expect(stderr).toBe('reset 3 partitions of 1 group\n');
      await all;
      child.kill('SIGKILL');
      for (const partition of PARTITIONS) {
        const read = seen.filter((record) => record.partition === partition).map(({ offset }) => offset);
        expect(read).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
      }
    });
  });
});

/** Resolves when the group has a member that owns all partitions. */
async function stable(broker: TestBroker, group: string): Promise<void> {
  for (;;) {
    const [found] = (await broker.client.groups.list()).filter((one) => one.group === group);
    if (found?.state === 'stable' && found.partitions === PARTITIONS.length) return;
    await new Promise(setImmediate);
  }
}

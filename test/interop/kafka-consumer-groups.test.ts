/**
 * `kafka-consumer-groups --reset-offsets` against Kafka's broker beside `respool group reset` against ours: the same log, the same commits, the same flags. Both come to the same offsets,
 * except where docs/adr/0008-consumer-groups.md says otherwise.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hasCommands, requireOrSkip } from '../fixtures/requirement.js';
import {
  BACKGROUND,
  COMMITS,
  dateTime,
  FAR_BEHIND,
  INVOICES,
  READER,
} from './kafka-consumer-groups/filled-log.js';
import type { GroupTool, OffsetsByGroup } from './kafka-consumer-groups/group-tool.js';
import { KafkaBroker } from './kafka-consumer-groups/kafka-broker.js';
import { KafkaGroups } from './kafka-consumer-groups/kafka-groups.js';
import { KafkaTools } from './kafka-consumer-groups/kafka-tools.js';
import { FORMS, ONLY_KAFKAS, ONLY_OURS, REFUSED } from './kafka-consumer-groups/reset-forms.js';
import { RespoolGroups } from './kafka-consumer-groups/respool-groups.js';
import { kafkaClassPath } from './kafka-dump/dump-log-segments.js';

const SET_UP_MS = 300_000;
const POM = fileURLToPath(new URL('kafka-consumer-groups/pom.xml', import.meta.url));
/** Of Kafka's tool, which takes no notice of it; without daylight saving time. */
const TIME_ZONE = 'Asia/Tokyo';
const TIME_ZONE_HOURS = 9;

/** Of ours: wrong use, refused, not found. */
const REFUSED_EXIT_CODES = [2, 3, 4];

const canRun = requireOrSkip(
  "Kafka's own tool for consumer groups",
  () => hasCommands('java', 'mvn') && compilesJava(),
  'needs Java 17 with its compiler, Maven, and its repository',
);

describe.runIf(canRun)('respool group reset beside kafka-consumer-groups --reset-offsets', () => {
  const running: AsyncDisposable[] = [];
  let folder: string;
  let kafka: KafkaGroups;
  let respool: RespoolGroups;

  const use = <T extends AsyncDisposable>(resource: T): T => {
    running.unshift(resource);
    return resource;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'respool-kafka-groups-'));
    const classPath = await kafkaClassPath(folder, POM);
    const broker = use(await KafkaBroker.start(classPath, join(folder, 'kafka')));
    const tools = use(KafkaTools.start(classPath, TIME_ZONE));
    kafka = use(await KafkaGroups.connect(broker.address, tools));
    respool = use(await RespoolGroups.start());
    await both((tool) => tool.fill());
  }, SET_UP_MS);

  afterAll(async () => {
    for (const resource of running) await resource[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(() => both((tool) => tool.restore(COMMITS)));

  /** Both at the same time; the one is awaited although the other fails, so that nothing of it reaches into the next test. */
  const both = async (action: (tool: GroupTool) => Promise<void>): Promise<void> => {
    const outcomes = await Promise.allSettled([action(kafka), action(respool)]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  };

  const committed = async (tool: GroupTool): Promise<OffsetsByGroup> => {
    const groups = await tool.groups();
    return Object.fromEntries(
      await Promise.all(groups.map(async (group) => [group, await tool.committed(group)] as const)),
    );
  };

  /** Shows and then does what `flags` ask for, and holds the tool to `to`. */
  const expectReset = async (
    tool: GroupTool,
    groups: readonly string[] | 'all',
    flags: readonly string[],
    to: OffsetsByGroup,
  ): Promise<void> => {
    const moved = { exitCode: 0, moved: to, complaint: undefined };
    expect(await tool.reset(groups, [...flags, '--dry-run'])).toEqual(moved);
    expect(await committed(tool)).toEqual(COMMITS);
    expect(await tool.reset(groups, [...flags, '--execute'])).toEqual(moved);
    expect(await committed(tool)).toEqual(after(to));
  };

  /** Resolves with what the tool says when it refuses; it must have changed nothing. */
  const refusalOf = async (
    tool: GroupTool,
    groups: readonly string[],
    flags: readonly string[],
  ): Promise<string | undefined> => {
    const { exitCode, moved, complaint } = await tool.reset(groups, [...flags, '--execute']);
    if (tool === respool) expect(REFUSED_EXIT_CODES).toContain(exitCode);
    expect(moved).toEqual({});
    expect(await committed(tool)).toEqual(COMMITS);
    return complaint;
  };

  const file = async (...lines: string[]): Promise<string> => {
    const path = join(folder, 'plan.csv');
    await writeFile(path, lines.join(''));
    return path;
  };

  describe('both move', () => {
    test.each(titled(FORMS))('%s', (_title, { groups, flags, to }) =>
      both((tool) => expectReset(tool, groups, flags, to)),
    );
  });

  describe('both refuse, and change nothing, if', () => {
    test.each(REFUSED)('$why', ({ groups = [READER], flags }) =>
      both(async (tool) => expect(await refusalOf(tool, groups, flags)).toBeTruthy()),
    );

    test.each([
      ['a line is no offset', 'orders,zero,1\n'],
      ['an offset lies below 0', 'orders,0,-5\n'],
      ['a column is too many', 'reader,orders,0,1,1\n'],
      ['there is no such topic', 'nowhere,0,1\n'],
      ['there is no such partition', 'orders,0,30\norders,9,1\n'],
    ])('of a file %s', async (_why, csv) => {
      const flags = ['--from-file', await file(csv)];
      await both(async (tool) => expect(await refusalOf(tool, [READER], flags)).toBeTruthy());
    });

    test('we with an exit code, the tool often without', async () => {
      const flags = ['--topic', 'orders', '--to-datetime', 'yesterday', '--execute'];
      expect((await kafka.reset([READER], flags)).exitCode).toBe(0);
      expect((await respool.reset([READER], flags)).exitCode).toBe(2);
    });
  });

  describe('both read a file', () => {
    test('of one group, and keep within the log', async () => {
      const csv = await file('orders,0,55\n', 'orders,1,500\n', 'orders,2,3\n', 'payments,1,2\n');
      const to = { 'orders-0': 55, 'orders-1': 60, 'orders-2': 0, 'payments-1': 10 };
      await both((tool) => expectReset(tool, [READER], ['--from-file', csv], { [READER]: to }));
    });

    test('with the line ends of Windows', async () => {
      const csv = await file('orders,0,5\r\n', 'orders,1,5\r\n');
      const to = { 'orders-0': 20, 'orders-1': 5 };
      await both((tool) => expectReset(tool, [READER], ['--from-file', csv], { [READER]: to }));
    });

    test('of several groups', async () => {
      const csv = await file(`${READER},orders,0,55\n`, `${BACKGROUND},"${INVOICES}",0,99\n`);
      const to = { [READER]: { 'orders-0': 55 }, [BACKGROUND]: { [`${INVOICES}-0`]: 30 } };
      await both((tool) => expectReset(tool, [READER, BACKGROUND], ['--from-file', csv], to));
    });

    test('and leave out the groups that are not named', async () => {
      const csv = await file(`${READER},orders,0,55\n`, `${BACKGROUND},orders,0,56\n`);
      const to = { [BACKGROUND]: { 'orders-0': 56 } };
      await both((tool) => expectReset(tool, [BACKGROUND], ['--from-file', csv], to));
    });

    test('for all groups', async () => {
      const csv = await file(...Object.keys(COMMITS).map((group) => `${group},orders,1,7\n`));
      const to = Object.fromEntries(Object.keys(COMMITS).map((group) => [group, { 'orders-1': 7 }]));
      await both((tool) => expectReset(tool, 'all', ['--from-file', csv], to));
    });
  });

  describe('what one exports the other reads, unchanged:', () => {
    const plans = [
      { groups: [READER], flags: ['--topic', 'orders', '--to-offset', '55'] },
      { groups: [BACKGROUND], flags: ['--all-topics', '--shift-by', '-3'] },
      { groups: [READER, BACKGROUND], flags: ['--all-topics', '--shift-by', '-3'] },
      { groups: 'all', flags: ['--all-topics', '--to-latest'] },
    ] as const;

    test.each(titled(plans))('%s', async (_title, { groups, flags }) => {
      const { moved } = await respool.reset(groups, flags);
      expect(moved).not.toEqual({});
      for (const exporter of [kafka, respool]) {
        const csv = await file(await exporter.exported(groups, flags));
        await both((reader) => expectReset(reader, groups, ['--from-file', csv], moved));
        await both((tool) => tool.restore(COMMITS));
      }
    });

    test('names in quotes, as Kafka writes the longer ones', async () => {
      const csv = await kafka.exported([READER, BACKGROUND], ['--topic', INVOICES, '--to-offset', '9']);
      expect(csv.split('\n').sort()).toEqual(
        ['', '', `${READER},"${INVOICES}",0,9`, `"${BACKGROUND}","${INVOICES}",0,9`].sort(),
      );
      const to = { [READER]: { [`${INVOICES}-0`]: 9 }, [BACKGROUND]: { [`${INVOICES}-0`]: 9 } };
      await expectReset(respool, [READER, BACKGROUND], ['--from-file', await file(csv)], to);
    });

    test('a plan that is carried out while it is exported', async () => {
      const flags = ['--topic', 'orders', '--to-earliest', '--execute'];
      const to = { [READER]: { 'orders-0': 20, 'orders-1': 0, 'orders-2': 0 } };
      const lines: string[][] = [];
      await both(async (tool) => {
        lines.push((await tool.exported([READER], flags)).trim().split('\n').sort());
        expect(await committed(tool)).toEqual(after(to));
      });
      expect(lines[0]).toEqual(['orders,0,20', 'orders,1,0', 'orders,2,0']);
      expect(lines[1]).toEqual(lines[0]);
    });
  });

  describe('they differ on purpose:', () => {
    test('the tool makes a group that does not exist, we only if told to', async () => {
      const flags = ['--topic', 'orders:0', '--to-offset', '55'];
      const to = { slip: { 'orders-0': 55 } };
      await expectReset(kafka, ['slip'], flags, to);
      expect(await respool.reset(['slip'], [...flags, '--execute'])).toMatchObject({
        exitCode: 4,
        moved: {},
      });
      expect(await committed(respool)).toEqual(COMMITS);
      await expectReset(respool, ['slip'], [...flags, '--create'], to);
    });

    test('the tool resets the other groups if one has members, we none', async () => {
      const flags = ['--topic', 'orders:0', '--to-earliest', '--execute'];
      const to = { [BACKGROUND]: { 'orders-0': 20 } };
      await both(async (tool) => {
        await using _member = await tool.join(READER);
        const result = await tool.reset([READER, BACKGROUND], flags);
        const ofKafka = tool === kafka;
        expect(result).toMatchObject({ exitCode: ofKafka ? 0 : 3, moved: ofKafka ? to : {} });
        expect(result.complaint).toMatch(
          ofKafka ? /can only be reset if the group .* is inactive/ : /member/,
        );
        expect(await committed(tool)).toEqual(ofKafka ? after(to) : COMMITS);
      });
    });

    test('the tool leaves a group below the start of the log, we move it there', async () => {
      const flags = ['--all-topics', '--to-current'];
      await expectReset(kafka, [FAR_BEHIND], flags, { [FAR_BEHIND]: { 'orders-0': 5 } });
      await expectReset(respool, [FAR_BEHIND], flags, { [FAR_BEHIND]: { 'orders-0': 20 } });
    });

    test('the tool takes the last line of a file that names a partition twice, we refuse it', async () => {
      const flags = ['--from-file', await file('orders,0,55\n', 'orders,0,56\n')];
      await expectReset(kafka, [READER], flags, { [READER]: { 'orders-0': 56 } });
      expect(await refusalOf(respool, [READER], flags)).toMatch(
        /line 2: orders-0 is there already, in line 1/,
      );
    });

    test('the tool ends with success if a file has nothing for the group, we refuse it', async () => {
      const flags = ['--from-file', await file(`${BACKGROUND},orders,0,55\n`)];
      expect(await refusalOf(kafka, [READER], flags)).toBe(`No reset plan for group ${READER} found`);
      expect((await kafka.reset([READER], flags)).exitCode).toBe(0);
      expect(await refusalOf(respool, [READER], flags)).toMatch(
        /the plan has nothing for group reads-orders/,
      );
      expect((await respool.reset([READER], flags)).exitCode).toBe(2);
    });

    test('the tool takes a file without groups for one group only, we for each of them', async () => {
      const flags = ['--from-file', await file('orders,0,55\n')];
      expect(await refusalOf(kafka, [READER, BACKGROUND], flags)).toBeTruthy();
      const to = { [READER]: { 'orders-0': 55 }, [BACKGROUND]: { 'orders-0': 55 } };
      await expectReset(respool, [READER, BACKGROUND], flags, to);
    });

    test('the tool takes 0 for an offset that is missing in a file, we refuse it', async () => {
      const flags = ['--from-file', await file('orders,1\n')];
      await expectReset(kafka, [READER], flags, { [READER]: { 'orders-1': 0 } });
      expect(await refusalOf(respool, [READER], flags)).toMatch(/line 1: expected topic,partition,offset/);
    });

    test('the tool fails on an empty line in a file, we pass over it', async () => {
      const flags = ['--from-file', await file('orders,0,55\n', '\n', 'orders,1,5\n')];
      expect(await refusalOf(kafka, [READER], flags)).toBeTruthy();
      await expectReset(respool, [READER], flags, { [READER]: { 'orders-0': 55, 'orders-1': 5 } });
    });

    test('a time without a zone is UTC for the tool wherever it runs, and local for us', async () => {
      const flags = ['--topic', 'orders:0', '--to-datetime', dateTime(40, { zone: '' })];
      await expectReset(kafka, [READER], flags, { [READER]: { 'orders-0': 40 } });
      respool.timeZone = TIME_ZONE;
      try {
        await expectReset(respool, [READER], flags, { [READER]: { 'orders-0': 40 - TIME_ZONE_HOURS } });
      } finally {
        respool.timeZone = 'UTC';
      }
    });

    test.each(titled(ONLY_OURS))('only we take %s', async (_title, { flags, kafka: why, to }) => {
      expect(await refusalOf(kafka, [READER], flags)).toMatch(why);
      await expectReset(respool, [READER], flags, { [READER]: to });
    });

    test.each(titled(ONLY_KAFKAS))('only the tool takes %s', async (_title, { flags, ours, to }) => {
      await expectReset(kafka, [READER], flags, { [READER]: to });
      expect(await refusalOf(respool, [READER], flags)).toMatch(ours);
    });
  });
});

/** True if `java` takes a source file, which it can without `javac` beside it. */
function compilesJava(): boolean {
  return spawnSync('java', ['--list-modules'], { encoding: 'utf8' }).stdout.includes('jdk.compiler');
}

/** Each with what it is on the command line, whole. */
function titled<T extends { groups?: readonly string[] | 'all'; flags: readonly string[] }>(
  rows: readonly T[],
): [title: string, row: T][] {
  return rows.map((row) => {
    const { groups = [], flags } = row;
    return [[...(groups === 'all' ? ['--all-groups'] : groups), ...flags].join(' '), row];
  });
}

/** What is committed when these were moved. */
function after(moved: OffsetsByGroup): OffsetsByGroup {
  const groups = Object.entries(moved).map(([group, offsets]) => [group, { ...COMMITS[group], ...offsets }]);
  return { ...COMMITS, ...Object.fromEntries(groups) };
}

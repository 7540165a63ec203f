/**
 * Every form of `kafka-consumer-groups --reset-offsets`, and what it comes to: the tool's `ConsumerGroupCommand.prepareOffsetsToReset` and
 * `checkOffsetsRange`, as its `ResetConsumerGroupOffsetTest` holds them. Where we differ on purpose, `ours` says how and `because` why.
 */
import { describe, expect, it } from 'vitest';
import type { ResetTarget } from '../../../consumer-groups/index.js';
import { commitOf, committedBy, timeOf, topicOf } from '../group-fixtures.js';
import { groupsFolder } from '../groups-folder.js';

const folder = groupsFolder();

/** The log of the table: records 20 to 100 (exclusive), a second apart. */
const START = 20;
const END = 100;

interface Row {
  form: string;
  /** Undefined: nothing was committed for the partition. */
  committed: number | undefined;
  target: ResetTarget;
  /** The offset that Kafka's tool commits, or how it refuses. */
  kafka: number | 'refused';
  ours?: number | string;
  because?: string;
}

const toTime = (timestampMs: number): ResetTarget => ({ to: 'time', timestampMs });
const fromFile = (...offsets: number[]): ResetTarget => ({
  to: 'offsets',
  offsets: offsets.map((offset) => ({ group: undefined, topic: 'foo', partition: 0, offset })),
});

const ROWS: readonly Row[] = [
  { form: '--to-earliest', committed: 50, target: { to: 'earliest' }, kafka: START },
  { form: '--to-earliest', committed: undefined, target: { to: 'earliest' }, kafka: START },
  { form: '--to-latest', committed: 50, target: { to: 'latest' }, kafka: END },
  { form: '--to-latest', committed: undefined, target: { to: 'latest' }, kafka: END },
  { form: '--to-current', committed: 50, target: { to: 'current' }, kafka: 50 },
  { form: '--to-current', committed: undefined, target: { to: 'current' }, kafka: END },
  {
    form: '--to-current',
    committed: 5,
    target: { to: 'current' },
    kafka: 5,
    ours: START,
    because: 'every plan stays within the log, so that what it says is where the group goes on',
  },
  { form: '--to-offset 50', committed: 70, target: { to: 'offset', offset: 50 }, kafka: 50 },
  { form: '--to-offset 50', committed: undefined, target: { to: 'offset', offset: 50 }, kafka: 50 },
  { form: '--to-offset 20', committed: 70, target: { to: 'offset', offset: START }, kafka: START },
  { form: '--to-offset 100', committed: 70, target: { to: 'offset', offset: END }, kafka: END },
  { form: '--to-offset 5', committed: 70, target: { to: 'offset', offset: 5 }, kafka: START },
  { form: '--to-offset -5', committed: 70, target: { to: 'offset', offset: -5 }, kafka: START },
  { form: '--to-offset 500', committed: 70, target: { to: 'offset', offset: 500 }, kafka: END },
  { form: '--shift-by 10', committed: 50, target: { to: 'shift', by: 10 }, kafka: 60 },
  { form: '--shift-by -10', committed: 50, target: { to: 'shift', by: -10 }, kafka: 40 },
  { form: '--shift-by 0', committed: 50, target: { to: 'shift', by: 0 }, kafka: 50 },
  { form: '--shift-by -150', committed: 50, target: { to: 'shift', by: -150 }, kafka: START },
  { form: '--shift-by 150', committed: 50, target: { to: 'shift', by: 150 }, kafka: END },
  { form: '--shift-by 10', committed: 5, target: { to: 'shift', by: 10 }, kafka: START },
  { form: '--shift-by 18', committed: 5, target: { to: 'shift', by: 18 }, kafka: 23 },
  {
    form: '--shift-by 10',
    committed: undefined,
    target: { to: 'shift', by: 10 },
    kafka: 'refused',
    ours: 'NO_COMMITTED_OFFSET',
  },
  { form: '--to-datetime (of a record)', committed: 50, target: toTime(timeOf(60)), kafka: 60 },
  { form: '--to-datetime (between two)', committed: 50, target: toTime(timeOf(60) + 1), kafka: 61 },
  { form: '--to-datetime (before all)', committed: 50, target: toTime(timeOf(0)), kafka: START },
  { form: '--to-datetime (after all)', committed: 50, target: toTime(timeOf(END)), kafka: END },
  { form: '--to-datetime', committed: undefined, target: toTime(timeOf(60)), kafka: 60 },
  // The duration is counted back from now by whoever asks.
  { form: '--by-duration PT40S', committed: 50, target: toTime(timeOf(END) - 40_000), kafka: 60 },
  { form: '--by-duration PT0.1S', committed: 50, target: toTime(timeOf(END) - 100), kafka: END },
  { form: '--from-file foo,0,60', committed: 50, target: fromFile(60), kafka: 60 },
  { form: '--from-file foo,0,60', committed: undefined, target: fromFile(60), kafka: 60 },
  { form: '--from-file foo,0,5', committed: 50, target: fromFile(5), kafka: START },
  { form: '--from-file foo,0,500', committed: 50, target: fromFile(500), kafka: END },
  {
    form: '--from-file foo,0,60 foo,0,70',
    committed: 50,
    target: fromFile(60, 70),
    kafka: 70,
    ours: 'INVALID_ARGUMENT',
    because: 'a plan that contradicts itself is not what somebody wants carried out',
  },
  {
    form: '--from-file (of another group)',
    committed: 50,
    target: { to: 'offsets', offsets: [{ group: 'other', topic: 'foo', partition: 0, offset: 60 }] },
    kafka: 50,
    ours: 'INVALID_ARGUMENT',
    because: 'the tool says that there is no plan for the group, and ends as if it had been reset',
  },
];

describe('one partition', () => {
  it.each(ROWS)('$form from $committed goes to $kafka, as in Kafka, unless $ours: $because', async (row) => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'foo', [END, 1]);
    await log.truncatePrefix('foo', 0, START);
    // So that the group is there, whatever it has committed for the partition of the table.
    await groups.commit('g', [commitOf('foo', 1, 1)]);
    if (row.committed !== undefined) await groups.commit('g', [commitOf('foo', 0, row.committed)]);
    const topics = row.target.to === 'offsets' ? undefined : [{ topic: 'foo', partitions: [0] }];
    const request = { groups: ['g'], topics, target: row.target, live: false, create: false };
    const expected = row.ours ?? row.kafka;
    const before = await committedBy(groups, 'g');
    if (typeof expected === 'string') {
      await expect(groups.reset({ ...request, execute: true })).rejects.toMatchObject({ code: expected });
      expect(await committedBy(groups, 'g')).toEqual(before);
      return;
    }
    const planned = await groups.reset({ ...request, execute: false });
    expect(planned.resets).toMatchObject([{ before: row.committed, after: expected }]);
    expect(await committedBy(groups, 'g')).toEqual(before);
    expect(await groups.reset({ ...request, execute: true })).toEqual(planned);
    expect(await committedBy(groups, 'g')).toEqual({ 'foo-0': expected, 'foo-1': 1 });
  });

  it('falls back to the end for a time in an empty partition, as in Kafka', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'foo', [0]);
    const { resets } = await groups.reset({
      groups: ['g'],
      topics: [{ topic: 'foo', partitions: undefined }],
      target: toTime(0),
      execute: true,
      live: false,
      create: true,
    });
    expect(resets).toMatchObject([{ before: undefined, after: 0 }]);
  });
});

describe('the scope', () => {
  interface Scope {
    form: string;
    topics: { topic: string; partitions: number[] | undefined }[] | undefined;
    /** What of foo-0, foo-1, foo-2, bar-0 and bar-1 goes to the log's start. The group has committed 5 for foo-0, foo-1 and bar-0. */
    reset: readonly string[];
  }
  const SCOPES: readonly Scope[] = [
    { form: '--all-topics', topics: undefined, reset: ['bar-0', 'foo-0', 'foo-1'] },
    {
      form: '--topic foo',
      topics: [{ topic: 'foo', partitions: undefined }],
      reset: ['foo-0', 'foo-1', 'foo-2'],
    },
    { form: '--topic foo:1', topics: [{ topic: 'foo', partitions: [1] }], reset: ['foo-1'] },
    {
      form: '--topic foo:2 --topic bar',
      topics: [
        { topic: 'foo', partitions: [2] },
        { topic: 'bar', partitions: undefined },
      ],
      reset: ['bar-0', 'bar-1', 'foo-2'],
    },
    {
      form: '--topic foo:0 --topic foo:2',
      topics: [
        { topic: 'foo', partitions: [0] },
        { topic: 'foo', partitions: [2] },
      ],
      reset: ['foo-0', 'foo-2'],
    },
  ];

  it.each(SCOPES)('of $form is $reset, as in Kafka', async ({ topics, reset }) => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'foo', [10, 10, 10]);
    await topicOf(log, 'bar', [10, 10]);
    const committed = { 'foo-0': 5, 'foo-1': 5, 'bar-0': 5 };
    await groups.commit('g', [commitOf('foo', 0, 5), commitOf('foo', 1, 5), commitOf('bar', 0, 5)]);
    const { resets } = await groups.reset({
      groups: ['g'],
      topics,
      target: { to: 'earliest' },
      execute: true,
      live: false,
      create: false,
    });
    expect(resets.map(({ topic, partition }) => `${topic}-${partition}`)).toEqual(reset);
    expect(await committedBy(groups, 'g')).toEqual({
      ...committed,
      ...Object.fromEntries(reset.map((name) => [name, 0])),
    });
  });

  it('has a partition that is named twice once; Kafka fails on it', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'foo', [10, 10, 10]);
    await groups.commit('g', [commitOf('foo', 0, 5)]);
    const { resets } = await groups.reset({
      groups: ['g'],
      topics: [
        { topic: 'foo', partitions: [0, 2] },
        { topic: 'foo', partitions: [0] },
      ],
      target: { to: 'latest' },
      execute: true,
      live: false,
      create: false,
    });
    expect(resets.map(({ partition, after }) => [partition, after])).toEqual([
      [0, 10],
      [2, 10],
    ]);
  });

  it('of --all-groups --topic foo is that topic for every group, as in Kafka', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'foo', [10]);
    await topicOf(log, 'bar', [10]);
    await groups.commit('reads-foo', [commitOf('foo', 0, 9)]);
    await groups.commit('reads-bar', [commitOf('bar', 0, 9)]);
    await groups.reset({
      groups: 'all',
      topics: [{ topic: 'foo', partitions: undefined }],
      target: { to: 'offset', offset: 5 },
      execute: true,
      live: false,
      create: false,
    });
    expect(await committedBy(groups, 'reads-foo')).toEqual({ 'foo-0': 5 });
    expect(await committedBy(groups, 'reads-bar')).toEqual({ 'bar-0': 9, 'foo-0': 5 });
  });

  it('of a file with lines for several groups is those of the groups named, as in Kafka', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'foo', [10]);
    for (const group of ['a', 'b']) await groups.commit(group, [commitOf('foo', 0, 9)]);
    const offsets = ['a', 'b'].map((group) => ({ group, topic: 'foo', partition: 0, offset: 2 }));
    const target = { to: 'offsets' as const, offsets };
    const request = { topics: undefined, target, execute: true, live: false, create: false };
    await groups.reset({ ...request, groups: ['a'] });
    expect(await committedBy(groups, 'a')).toEqual({ 'foo-0': 2 });
    expect(await committedBy(groups, 'b')).toEqual({ 'foo-0': 9 });
    await groups.reset({ ...request, groups: ['a', 'b'] });
    expect(await committedBy(groups, 'b')).toEqual({ 'foo-0': 2 });
  });

  it('is not a group that does not exist, unless it is to be made; Kafka makes it as if it had been asked to', async () => {
    const { groups, log } = await folder.open();
    await topicOf(log, 'foo', [100]);
    const request = {
      groups: ['new.group'],
      topics: [{ topic: 'foo', partitions: undefined }],
      target: { to: 'offset' as const, offset: 50 },
      live: false,
    };
    const refused = groups.reset({ ...request, create: false, execute: true });
    await expect(refused).rejects.toMatchObject({ code: 'GROUP_NOT_FOUND' });
    await groups.reset({ ...request, create: true, execute: false });
    expect(await groups.list()).toEqual([]);
    await groups.reset({ ...request, create: true, execute: true });
    expect(await committedBy(groups, 'new.group')).toEqual({ 'foo-0': 50 });
  });
});

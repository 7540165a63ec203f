/** Every form of a reset, and where it takes the groups of `filled-log.ts`. */
import { BACKGROUND, dateTime, FAR_BEHIND, hourMs, INVOICES, READER } from './filled-log.js';
import type { Offsets, OffsetsByGroup } from './group-tool.js';

export interface Form {
  groups: readonly string[] | 'all';
  flags: readonly string[];
  to: OffsetsByGroup;
}

const ORDERS = ['--topic', 'orders'];
/** The partitions in which the reader has committed something. */
const COMMITTED = ['--topic', 'orders:0,1'];

const NO_DURATION = /Text cannot be parsed to a Duration/;

const orders = (...offsets: number[]): Offsets =>
  Object.fromEntries(offsets.map((offset, partition) => [`orders-${partition}`, offset]));

/** Of the group that most resets are about. */
const ofReader = (flags: readonly string[], to: Offsets): Form => ({
  groups: [READER],
  flags,
  to: { [READER]: to },
});

const TARGETS: readonly Form[] = [
  ofReader([...ORDERS, '--to-earliest'], orders(20, 0, 0)),
  ofReader([...ORDERS, '--to-latest'], orders(100, 60, 0)),
  ofReader([...ORDERS, '--to-current'], orders(50, 30, 0)),
  ofReader(['--topic', 'payments', '--to-earliest'], { 'payments-0': 0, 'payments-1': 10 }),
  ofReader(['--topic', 'payments', '--to-latest'], { 'payments-0': 10, 'payments-1': 10 }),
  ofReader(['--topic', 'payments', '--to-current'], { 'payments-0': 5, 'payments-1': 10 }),

  ofReader([...ORDERS, '--to-offset', '0'], orders(20, 0, 0)),
  ofReader([...ORDERS, '--to-offset', '5'], orders(20, 5, 0)),
  ofReader([...ORDERS, '--to-offset', '20'], orders(20, 20, 0)),
  ofReader([...ORDERS, '--to-offset', '55'], orders(55, 55, 0)),
  ofReader([...ORDERS, '--to-offset', '60'], orders(60, 60, 0)),
  ofReader([...ORDERS, '--to-offset', '100'], orders(100, 60, 0)),
  ofReader([...ORDERS, '--to-offset', '9007199254740991'], orders(100, 60, 0)),
  ofReader(['--topic', 'payments', '--to-offset', '4'], { 'payments-0': 4, 'payments-1': 10 }),

  ofReader([...COMMITTED, '--shift-by', '10'], orders(60, 40)),
  ofReader([...COMMITTED, '--shift-by', '+10'], orders(60, 40)),
  ofReader([...COMMITTED, '--shift-by', '-10'], orders(40, 20)),
  ofReader([...COMMITTED, '--shift-by', '0'], orders(50, 30)),
  ofReader([...COMMITTED, '--shift-by', '45'], orders(95, 60)),
  ofReader([...COMMITTED, '--shift-by', '1000'], orders(100, 60)),
  ofReader([...COMMITTED, '--shift-by', '-29'], orders(21, 1)),
  ofReader([...COMMITTED, '--shift-by', '-1000'], orders(20, 0)),
  // From below the start of the log.
  { groups: [FAR_BEHIND], flags: ['--all-topics', '--shift-by', '10'], to: { [FAR_BEHIND]: orders(20) } },
  { groups: [FAR_BEHIND], flags: ['--all-topics', '--shift-by', '18'], to: { [FAR_BEHIND]: orders(23) } },
];

/** A time goes to the first record that is not older, where records are in the wrong order as well. */
const TIMES: readonly Form[] = [
  ofReader([...ORDERS, '--to-datetime', dateTime(-5)], orders(20, 0, 0)),
  ofReader([...ORDERS, '--to-datetime', dateTime(10)], orders(20, 10, 0)),
  ofReader([...ORDERS, '--to-datetime', dateTime(40)], orders(40, 40, 0)),
  ofReader([...ORDERS, '--to-datetime', dateTime(40, { plusMs: 1 })], orders(41, 40, 0)),
  ofReader([...ORDERS, '--to-datetime', dateTime(41)], orders(41, 40, 0)),
  ofReader([...ORDERS, '--to-datetime', dateTime(41, { plusMs: 1 })], orders(42, 42, 0)),
  ofReader([...ORDERS, '--to-datetime', dateTime(77)], orders(77, 60, 0)),
  ofReader([...ORDERS, '--to-datetime', dateTime(99)], orders(99, 60, 0)),
  ofReader([...ORDERS, '--to-datetime', dateTime(99, { plusMs: 1 })], orders(100, 60, 0)),
  ofReader([...ORDERS, '--to-datetime', dateTime(200)], orders(100, 60, 0)),
  ofReader([...ORDERS, '--to-datetime', dateTime(40, { zone: '+02:00' })], orders(40, 40, 0)),
  ofReader([...ORDERS, '--to-datetime', dateTime(40, { zone: '-05:30' })], orders(40, 40, 0)),
  ofReader([...ORDERS, '--to-datetime', dateTime(40, { zone: '+02' })], orders(40, 40, 0)),
  ofReader([...ORDERS, '--to-datetime', dateTime(40, { zone: '+0200' })], orders(40, 40, 0)),
  // Ours runs in UTC.
  ofReader([...ORDERS, '--to-datetime', dateTime(40, { zone: '' })], orders(40, 40, 0)),
  ofReader(['--topic', 'payments', '--to-datetime', dateTime(4)], { 'payments-0': 4, 'payments-1': 10 }),

  ofReader([...ORDERS, '--by-duration', 'PT24H'], orders(77, 60, 0)),
  ofReader([...ORDERS, '--by-duration', 'P1D'], orders(77, 60, 0)),
  ofReader([...ORDERS, '--by-duration', 'pt1440m'], orders(77, 60, 0)),
  ofReader([...ORDERS, '--by-duration', 'PT86400.5S'], orders(77, 60, 0)),
  ofReader([...ORDERS, '--by-duration', 'P2DT12H59M60S'], orders(40, 40, 0)),
  ofReader([...ORDERS, '--by-duration', 'PT0S'], orders(100, 60, 0)),
  ofReader([...ORDERS, '--by-duration', 'P30D'], orders(20, 0, 0)),
];

const SCOPES: readonly Form[] = [
  ofReader(['--all-topics', '--to-offset', '8'], { ...orders(20, 8), 'payments-0': 8 }),
  ofReader(['--topic', 'orders:1', '--to-offset', '8'], { 'orders-1': 8 }),
  ofReader(['--topic', 'orders:0,2', '--to-earliest'], { 'orders-0': 20, 'orders-2': 0 }),
  ofReader(['--topic', 'orders:0', '--topic', 'orders:2', '--to-earliest'], {
    'orders-0': 20,
    'orders-2': 0,
  }),
  ofReader(['--topic', 'orders:1', '--topic', 'payments', '--to-offset', '8'], {
    'orders-1': 8,
    'payments-0': 8,
    'payments-1': 10,
  }),
  {
    groups: [READER, BACKGROUND],
    flags: ['--topic', 'orders:0', '--topic', INVOICES, '--to-offset', '25'],
    to: {
      [READER]: { 'orders-0': 25, [`${INVOICES}-0`]: 25 },
      [BACKGROUND]: { 'orders-0': 25, [`${INVOICES}-0`]: 25 },
    },
  },
  {
    groups: [READER, BACKGROUND],
    flags: ['--all-topics', '--shift-by', '-3'],
    to: {
      [READER]: { ...orders(47, 27), 'payments-0': 2 },
      [BACKGROUND]: { 'orders-0': 67, [`${INVOICES}-0`]: 9 },
    },
  },
  {
    groups: 'all',
    flags: ['--all-topics', '--to-latest'],
    to: {
      [READER]: { ...orders(100, 60), 'payments-0': 10 },
      [BACKGROUND]: { 'orders-0': 100, [`${INVOICES}-0`]: 30 },
      [FAR_BEHIND]: { 'orders-0': 100 },
    },
  },
  {
    groups: 'all',
    flags: ['--topic', 'orders:1', '--to-datetime', dateTime(20)],
    to: { [READER]: { 'orders-1': 20 }, [BACKGROUND]: { 'orders-1': 20 }, [FAR_BEHIND]: { 'orders-1': 20 } },
  },
];

export const FORMS: readonly Form[] = [...TARGETS, ...TIMES, ...SCOPES];

/** What neither does, and what changes nothing. */
export const REFUSED: readonly { why: string; groups?: readonly string[]; flags: readonly string[] }[] = [
  { why: 'nothing is committed that could be shifted', flags: [...ORDERS, '--shift-by', '10'] },
  { why: 'there is no such topic', flags: ['--topic', 'nowhere', '--to-earliest'] },
  { why: 'there is no such partition', flags: ['--topic', 'orders:9', '--to-earliest'] },
  { why: 'two targets are given', flags: [...ORDERS, '--to-earliest', '--to-latest'] },
  { why: 'no target is given', flags: ORDERS },
  { why: 'it is to be done and only shown', flags: [...ORDERS, '--to-earliest', '--dry-run'] },
  { why: 'no group is given', groups: [], flags: [...ORDERS, '--to-earliest'] },
  { why: 'the topic is given whole and in part', flags: [...ORDERS, '--topic', 'orders:0', '--to-earliest'] },
  { why: 'the time is none', flags: [...ORDERS, '--to-datetime', 'yesterday'] },
  { why: 'there is no such day', flags: [...ORDERS, '--to-datetime', '2026-02-31T12:00:00.000Z'] },
  { why: 'the duration is none', flags: [...ORDERS, '--by-duration', 'a while'] },
  { why: 'years and months differ in length', flags: [...ORDERS, '--by-duration', 'P1M'] },
  { why: 'the offset is no number', flags: [...ORDERS, '--to-offset', 'end'] },
  { why: 'the shift is no whole number', flags: [...ORDERS, '--shift-by', '1.5'] },
  { why: 'there is no such file', flags: ['--from-file', 'no-such-plan.csv'] },
];

/** What only we do: what Kafka's tool says to it, and where ours goes. */
export const ONLY_OURS: readonly { flags: readonly string[]; kafka: RegExp; to: Offsets }[] = [
  {
    flags: ['--topic', 'orders:0,1', '--topic', 'orders:0', '--to-earliest'],
    kafka: /Duplicate key orders-0/,
    to: orders(20, 0),
  },
  {
    flags: [...ORDERS, '--to-datetime', dateTime(40).replace('.000', '')],
    kafka: /Unparseable date/,
    to: orders(40, 40, 0),
  },
  {
    flags: [...ORDERS, '--to-datetime', dateTime(40).replace('T', ' ')],
    kafka: /It does not contain a 'T'/,
    to: orders(40, 40, 0),
  },
  {
    flags: [...ORDERS, '--to-datetime', `@${hourMs(40)}`],
    kafka: /It does not contain a 'T'/,
    to: orders(40, 40, 0),
  },
  { flags: [...ORDERS, '--by-duration', '24h'], kafka: NO_DURATION, to: orders(77, 60, 0) },
  { flags: [...ORDERS, '--by-duration', 'P1W'], kafka: NO_DURATION, to: orders(20, 0, 0) },
  // Without a scope: what the group has committed.
  {
    flags: ['--to-offset', '8'],
    kafka: /One of the reset scopes should be defined/,
    to: { ...orders(20, 8), 'payments-0': 8 },
  },
];

/** What only Kafka's tool does, and what ours says to it. */
export const ONLY_KAFKAS: readonly { flags: readonly string[]; to: Offsets; ours: RegExp }[] = [
  {
    flags: [...ORDERS, '--to-offset', '-5'],
    to: orders(20, 0, 0),
    ours: /--to-offset is \\"-5\\"; it must be a whole number, 0 or more/,
  },
  // A day from now.
  { flags: [...ORDERS, '--by-duration', '-P1D'], to: orders(100, 60, 0), ours: /expected a duration/ },
  { flags: [...ORDERS, '--by-duration', 'PT25H-60M'], to: orders(77, 60, 0), ours: /expected a duration/ },
];

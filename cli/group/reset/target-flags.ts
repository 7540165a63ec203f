/** The flags that say where a reset goes, of which there is to be exactly one. */
import type { Command } from 'commander';
import { parseDuration } from '../../duration.js';
import { usageError } from '../../failure.js';
import { parseIsoDuration } from '../../iso-duration.js';
import { INSTANT_SYNTAX, parseInstant } from '../../place-in-log.js';
import { wholeNumber } from '../../whole-number.js';

export interface TargetFlags {
  toEarliest?: boolean;
  toLatest?: boolean;
  toCurrent?: boolean;
  toOffset?: number;
  shiftBy?: number;
  /** Milliseconds since 1970 UTC. */
  toDatetime?: number;
  /** So long ago was then, milliseconds since 1970 UTC. */
  byDuration?: number;
  fromFile?: string;
  toSnapshot?: string;
  snapshotGroup?: string;
}

/** What one of the flags comes to. A file is yet to be read. */
export type GivenTarget =
  | 'earliest'
  | 'latest'
  | 'current'
  | { offset: number }
  | { shiftBy: number }
  | { timestampMs: number }
  | { snapshot: string; group?: string }
  | { file: string };

const DURATION_SYNTAX = 'a duration such as 2h30m, PT2H30M or P1DT2H';

export function addTargetFlags(command: Command): Command {
  return command
    .optionsGroup('Where to, one of:')
    .option('--to-earliest', 'the log start offset: everything again')
    .option('--to-latest', 'the end of the log: skip what there is')
    .option('--to-current', 'the committed offset itself: checks and exports it')
    .option('--to-offset <number>', 'this offset', wholeNumber('--to-offset', 0))
    .option('--shift-by <number>', 'so many records on, or with a minus back: -100', shiftBy)
    .option(
      '--to-datetime <time>',
      `the first record at or after ${INSTANT_SYNTAX}; local without a zone`,
      datetime,
    )
    .option('--by-duration <duration>', `the first record that is not older: ${DURATION_SYNTAX}`, (text) =>
      durationAgo(text, Date.now()),
    )
    .option(
      '--from-file <file>',
      'a plan, CSV or JSON, as --export writes it or Kafka’s tool; "-" is standard input',
    )
    .option('--to-snapshot <name>', 'a snapshot')
    .option('--snapshot-group <group>', 'the group that the snapshot is of (default: the one that is reset)');
}

/** Which of the flags was given. Throws unless it is one. */
export function givenTarget(flags: TargetFlags): GivenTarget {
  const given = TARGETS.filter(([name]) => flags[name] !== undefined);
  if (given.length !== 1) {
    const all = TARGETS.map(([, flag]) => flag).join(', ');
    const problem = given.length === 0 ? 'is missing' : `is given ${given.length} times`;
    throw usageError(`where to ${problem}; give one of ${all}`);
  }
  if (flags.snapshotGroup !== undefined && flags.toSnapshot === undefined) {
    throw usageError('--snapshot-group is for --to-snapshot');
  }
  return targetOf(flags);
}

const TARGETS: readonly (readonly [Exclude<keyof TargetFlags, 'snapshotGroup'>, string])[] = [
  ['toEarliest', '--to-earliest'],
  ['toLatest', '--to-latest'],
  ['toCurrent', '--to-current'],
  ['toOffset', '--to-offset'],
  ['shiftBy', '--shift-by'],
  ['toDatetime', '--to-datetime'],
  ['byDuration', '--by-duration'],
  ['fromFile', '--from-file'],
  ['toSnapshot', '--to-snapshot'],
];

function targetOf(flags: TargetFlags): GivenTarget {
  if (flags.toOffset !== undefined) return { offset: flags.toOffset };
  if (flags.shiftBy !== undefined) return { shiftBy: flags.shiftBy };
  if (flags.fromFile !== undefined) return { file: flags.fromFile };
  const timestampMs = flags.toDatetime ?? flags.byDuration;
  if (timestampMs !== undefined) return { timestampMs };
  if (flags.toSnapshot !== undefined) {
    return {
      snapshot: flags.toSnapshot,
      ...(flags.snapshotGroup !== undefined && { group: flags.snapshotGroup }),
    };
  }
  if (flags.toEarliest) return 'earliest';
  return flags.toLatest ? 'latest' : 'current';
}

function shiftBy(text: string): number {
  const value = Number(text);
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw usageError(`--shift-by is ${JSON.stringify(text)}; it must be a whole number such as 100 or -100`);
}

function datetime(text: string): number {
  return told('--to-datetime', text, () => parseInstant(text));
}

/** Milliseconds since 1970 UTC; not before. */
export function durationAgo(text: string, nowMs: number): number {
  return told('--by-duration', text, () => {
    const agoMs = parseIsoDuration(text) ?? parseDuration(text);
    if (agoMs === undefined) throw new Error(`expected ${DURATION_SYNTAX}`);
    return Math.max(0, nowMs - agoMs);
  });
}

function told<T>(flag: string, text: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw usageError(`${flag} is ${JSON.stringify(text)}: ${(error as Error).message}`);
  }
}

import type { ClientFlags } from '../client-session.js';
import { usageError } from '../failure.js';
import type { PlaceInLog } from '../place-in-log.js';

export interface ReplayFlags extends ClientFlags {
  to?: string;
  toGroup?: string;
  from: PlaceInLog;
  until?: PlaceInLog;
  partition?: number;
  key?: string;
  header?: Record<string, string | undefined>;
  /** 1 is the original pace. */
  speed?: number;
  /** Records a second. */
  rate?: number;
  name?: string;
  skipDamaged?: boolean;
  execute?: boolean;
  dryRun?: boolean;
}

/** Throws for flags that do not go together. */
export function checkReplayFlags(topic: string, flags: ReplayFlags): void {
  const { to, toGroup } = flags;
  if ((to === undefined) === (toGroup === undefined)) {
    const problem = to === undefined ? 'is missing' : 'is given twice';
    throw usageError(
      `where to ${problem}; give --to, a topic, or --to-group, a group that reads ${topic} again`,
    );
  }
  if (flags.execute && flags.dryRun) throw usageError('--execute and --dry-run contradict each other');
  if (flags.speed !== undefined && flags.rate !== undefined) {
    throw usageError('--speed and --rate contradict each other');
  }
  if (toGroup !== undefined) checkToGroup(flags);
  if (to === topic) checkOntoItself(topic, flags);
}

/** A group reads by itself, all that there is, as fast as it likes. */
function checkToGroup(flags: ReplayFlags): void {
  const [flag] = given(flags, ['until', 'key', 'header', 'speed', 'rate', 'name', 'skipDamaged']);
  if (flag === undefined) return;
  throw usageError(
    `${flag} does not go with --to-group: nothing is copied, the group begins to read at --from`,
  );
}

/** Every copy is a record that the next replay copies again: that is to be wanted. */
function checkOntoItself(topic: string, { until, name }: ReplayFlags): void {
  if (until === undefined) throw usageError(`a replay of ${topic} into itself needs --until: where to end`);
  if (name !== undefined) throw usageError('--name does not go with a replay of a topic into itself');
}

const FLAGS = Object.freeze({
  until: '--until',
  key: '--key',
  header: '--header',
  speed: '--speed',
  rate: '--rate',
  name: '--name',
  skipDamaged: '--skip-damaged',
});

function given(flags: ReplayFlags, names: readonly (keyof typeof FLAGS)[]): string[] {
  return names.filter((name) => flags[name] !== undefined).map((name) => FLAGS[name]);
}

/** `--speed 2`, `--speed 0.5`: for commander. */
export function speedFlag(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0) return value;
  throw usageError(
    `--speed is ${JSON.stringify(text)}; it must be a number above 0: 1 is the original pace, 2 is twice as fast`,
  );
}

/** `--rate 1000`, `--rate 1000/s`: for commander. */
export function rateFlag(text: string): number {
  const [, number] = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text) ?? [];
  if (number !== undefined && Number(number) > 0) return Number(number);
  throw usageError(`--rate is ${JSON.stringify(text)}; it must be records a second, such as 1000/s`);
}

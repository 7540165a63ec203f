/** A topic's settings as flags and as text. One table for all commands; the names are those of the settings. */
import { Option } from 'commander';
import type { TopicConfig, TopicSettings } from '../../sdk/index.js';
import { formatExactSize, parseByteSize } from '../byte-size.js';
import { formatDuration, parseDuration } from '../duration.js';
import { usageError } from '../failure.js';

export type SettingName = keyof TopicConfig;

interface Setting {
  kind: 'duration' | 'size' | 'share' | 'policy';
  /** True if it may be `unlimited`. */
  mayBeUnlimited?: true;
  description: string;
}

const SETTINGS: Readonly<Record<SettingName, Setting>> = Object.freeze({
  cleanupPolicy: { kind: 'policy', description: 'what happens to old records' },
  retentionMs: { kind: 'duration', mayBeUnlimited: true, description: 'delete records older than this' },
  retentionBytes: {
    kind: 'size',
    mayBeUnlimited: true,
    description: 'delete the oldest records of a partition larger than this',
  },
  segmentBytes: { kind: 'size', description: 'begin a new segment before one grows beyond this' },
  segmentMs: { kind: 'duration', description: 'begin a new segment when the first record is older' },
  maxBatchBytes: { kind: 'size', description: 'the largest batch, and so the largest record' },
  indexIntervalBytes: { kind: 'size', description: 'bytes of log for each index entry' },
  segmentIndexBytes: { kind: 'size', description: 'begin a new segment when its index is as large' },
  deleteRetentionMs: { kind: 'duration', description: 'how long a compacted topic keeps deletions' },
  minCompactionLagMs: { kind: 'duration', description: 'leave records alone that are younger' },
  minCleanableDirtyRatio: { kind: 'share', description: 'compact when so much is not compacted yet, 0 to 1' },
});

const POLICIES = ['delete', 'compact', 'compact,delete'] as const;

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** `retentionMs` → `retention-ms` */
export function settingFlag(name: SettingName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** One flag for each setting; commander gives their values under the settings' names. */
export function settingOptions(): Option[] {
  return SETTING_NAMES.map((name) => {
    const { kind, mayBeUnlimited, description } = SETTINGS[name];
    const option = new Option(
      `--${settingFlag(name)} <${kind}>`,
      description + (mayBeUnlimited ? ', or unlimited' : ''),
    );
    return kind === 'policy'
      ? option.choices(POLICIES)
      : option.argParser((text) => parseSetting(name, text));
  });
}

/** The settings among the values of a command's flags. */
export function givenSettings(flags: Readonly<Record<string, unknown>>): TopicSettings {
  return Object.fromEntries(SETTING_NAMES.filter((name) => name in flags).map((name) => [name, flags[name]]));
}

/** A setting by its flag's name or its own; undefined if there is none. */
export function findSetting(text: string): SettingName | undefined {
  return SETTING_NAMES.find((name) => name === text || settingFlag(name) === text);
}

/** As it is typed in. */
export function formatSetting(name: SettingName, value: TopicConfig[SettingName]): string {
  if (typeof value === 'string') return value;
  const { kind } = SETTINGS[name];
  if (kind === 'duration') return formatDuration(value);
  return kind === 'size' ? formatExactSize(value) : String(value);
}

function parseSetting(name: SettingName, text: string): number | 'unlimited' {
  const { kind, mayBeUnlimited } = SETTINGS[name];
  if (mayBeUnlimited && (text === 'unlimited' || text === 'none')) return 'unlimited';
  const value = parseValue(kind, text);
  if (value !== undefined) return value;
  throw usageError(
    `--${settingFlag(name)} is ${JSON.stringify(text)}; it must be ${EXPECTED[kind]}${mayBeUnlimited ? ', or unlimited' : ''}`,
  );
}

const EXPECTED = Object.freeze({
  duration: 'a duration such as 7d, 2h30m or 500ms, or whole milliseconds',
  size: 'a size such as 64MiB or 1048588 (bytes)',
  share: 'a number from 0 to 1',
  policy: `one of ${POLICIES.join(' | ')}`,
});

function parseValue(kind: Setting['kind'], text: string): number | undefined {
  if (kind === 'size') return parseByteSize(text);
  if (kind === 'share') return /^(?:0?\.\d+|[01](?:\.\d+)?)$/.test(text) ? Number(text) : undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : parseDuration(text);
}

/** Moving groups to other offsets, as plain TypeScript, and the way from and to messages. */
import type { respool } from '../../proto/index.js';
import { checkBoolean, checkInteger, checkText, invalidOption, withDefaults } from '../connection/index.js';
import type { TopicPartition } from '../consumer/index.js';
import { fromWirePartition } from './group-description.js';

/** What to reset, and where to. */
export interface ResetRequest {
  /** The groups by name, at least one; or all that there are. */
  groups: readonly string[] | 'all';
  /**
   * Which topics and which of their partitions; without `partitions` all of a topic. Not with a target of `offsets`, which names its own.
   * @default all for which the group has committed offsets
   */
  topics?: readonly { topic: string; partitions?: readonly number[] | undefined }[] | undefined;
  to: ResetTarget;
  /**
   * False: nothing is done, the outcome shows what would be.
   * @default false
   */
  execute?: boolean | undefined;
  /**
   * Reset groups with members, too: their members go on from the new offsets, and what they commit from before is refused.
   * @default false
   */
  live?: boolean | undefined;
  /**
   * Make groups that do not exist; `topics` must be given then.
   * @default false
   */
  create?: boolean | undefined;
}

/**
 * Where to go. An offset outside of the log is moved to its nearer end, and the outcome says so.
 * - `'earliest'`, `'latest'`: the log start offset, the high watermark;
 * - `'current'`: the committed offset itself, which checks and exports it; the high watermark where there is none;
 * - `{ offset }`: that offset;
 * - `{ shiftBy }`: so many further on, or with a minus back; NO_COMMITTED_OFFSET where there is none;
 * - `{ timestampMs }`: the first record whose time is this or later (milliseconds since 1970 UTC); the high watermark if there is none;
 * - `{ snapshot, group }`: a snapshot, of the group itself unless another one is named; partitions that are not in it are left alone;
 * - `{ offsets }`: each partition to an offset of its own; without `group` in every group of the request.
 */
export type ResetTarget =
  | 'earliest'
  | 'latest'
  | 'current'
  | { offset: number }
  | { shiftBy: number }
  | { timestampMs: number }
  | { snapshot: string; group?: string | undefined }
  | { offsets: readonly (TopicPartition & { group?: string | undefined; offset: number })[] };

/** What a reset did, or would do. */
export interface ResetOutcome {
  /** By group, topic and partition. */
  resets: PlannedReset[];
  /** Groups with members, by name. */
  activeGroups: string[];
}

/** What happens to one partition of a group. */
export interface PlannedReset extends TopicPartition {
  group: string;
  /** The committed offset before; undefined: there was none. */
  before: number | undefined;
  /** The committed offset after. */
  after: number;
  /** What was asked for, where that lies outside of the log; undefined: nothing was moved. */
  asked: number | undefined;
  logStartOffset: number;
  highWatermark: number;
  /** Records that will be read again (negative) or skipped (positive). In a compacted topic an upper bound. */
  records: number;
  /** Their bytes in the log, by whole batches. */
  bytes: number;
}

type WireRequest = respool.v1.ResetOffsetsRequest.$Properties;
type WireTarget = respool.v1.ResetTarget.$Properties;

const DEFAULTS = Object.freeze({ execute: false, live: false, create: false });

/** To a message. INVALID_ARGUMENT, naming the field and what it must be. */
export function toWireReset(request: ResetRequest): WireRequest {
  const { execute, live, create } = withDefaults(DEFAULTS, request, ['groups', 'topics', 'to']);
  checkBoolean('execute', execute);
  checkBoolean('live', live);
  checkBoolean('create', create);
  return {
    groups: request.groups === 'all' ? [] : checkedNames('groups', request.groups),
    allGroups: request.groups === 'all',
    topics: (request.topics ?? []).map(toWireSelection),
    target: toWireTarget(request.to),
    execute,
    live,
    create,
  };
}

export function fromWireOutcome(wire: respool.v1.ResetOffsetsResponse): ResetOutcome {
  return { resets: wire.resets.map(fromWirePlanned), activeGroups: wire.activeGroups };
}

/** A list of names, at least one. INVALID_ARGUMENT. */
export function checkedNames(field: string, names: readonly string[]): string[] {
  if (!Array.isArray(names) || names.length === 0) {
    throw invalidOption(field, names, 'it must be a list of at least one name');
  }
  names.forEach((name, i) => {
    checkText(`${field}[${i}]`, name);
  });
  return [...names];
}

function toWireSelection(
  { topic, partitions = [] }: { topic: string; partitions?: readonly number[] | undefined },
  i: number,
): respool.v1.TopicSelection.$Properties {
  checkText(`topics[${i}].topic`, topic);
  partitions.forEach((partition, j) => {
    checkInteger(`topics[${i}].partitions[${j}]`, partition, 0, MAX_PARTITION);
  });
  return { topic, partitions: [...partitions] };
}

function toWireTarget(to: ResetTarget): WireTarget {
  if (to === 'earliest') return { earliest: {} };
  if (to === 'latest') return { latest: {} };
  if (to === 'current') return { current: {} };
  if (typeof to === 'object' && to !== null) {
    if ('offset' in to) return { offset: checked('to.offset', to.offset, 0) };
    if ('shiftBy' in to) return { shiftBy: checked('to.shiftBy', to.shiftBy, Number.MIN_SAFE_INTEGER) };
    if ('timestampMs' in to) return { timestampMs: checked('to.timestampMs', to.timestampMs, 0) };
    if ('snapshot' in to) return { snapshot: toWireSnapshot(to) };
    if ('offsets' in to) return { offsets: { offsets: to.offsets.map(toWireOffset) } };
  }
  const expected =
    "it must be 'earliest', 'latest', 'current', { offset }, { shiftBy }, { timestampMs }, { snapshot } or { offsets }";
  throw invalidOption('to', to, expected);
}

const MAX_PARTITION = 2 ** 31 - 1;

function checked(name: string, value: number, min: number): number {
  checkInteger(name, value, min);
  return value;
}

function toWireSnapshot({ snapshot, group }: { snapshot: string; group?: string | undefined }) {
  checkText('to.snapshot', snapshot);
  if (group !== undefined) checkText('to.group', group);
  return { snapshot, group: group ?? '' };
}

function toWireOffset(
  planned: TopicPartition & { group?: string | undefined; offset: number },
  i: number,
): respool.v1.PlannedOffset.$Properties {
  const { group, topic, partition, offset } = planned;
  if (group !== undefined) checkText(`to.offsets[${i}].group`, group);
  checkText(`to.offsets[${i}].topic`, topic);
  checkInteger(`to.offsets[${i}].partition`, partition, 0, MAX_PARTITION);
  // One below 0 is outside of the log, as one behind its end is: the broker moves it and says so.
  checkInteger(`to.offsets[${i}].offset`, offset, Number.MIN_SAFE_INTEGER);
  return { group: group ?? '', topic, partition, offset };
}

function fromWirePlanned(wire: respool.v1.PlannedReset.$Properties): PlannedReset {
  return {
    group: wire.group ?? '',
    ...fromWirePartition(wire),
    before: wire.before ?? undefined,
    after: wire.after ?? 0,
    asked: wire.asked ?? undefined,
    logStartOffset: wire.logStartOffset ?? 0,
    highWatermark: wire.highWatermark ?? 0,
    records: wire.records ?? 0,
    bytes: wire.bytes ?? 0,
  };
}

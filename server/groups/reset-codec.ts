/** Resets, on the wire and as groups take them. */
import type {
  PlannedOffset,
  PlannedReset,
  ResetOutcome,
  ResetRequest,
  ResetTarget,
  TopicSelection,
} from '../../consumer-groups/index.js';
import type { respool } from '../../proto/index.js';
import { invalidArgument, wirePartition, wireSigned, wireTimestamp } from '../rpc/wire-number.js';

/** INVALID_ARGUMENT, naming the field. */
export function decodeReset(request: respool.v1.ResetOffsetsRequest): ResetRequest {
  const { topics, execute, live, create } = request;
  return {
    groups: decodeGroups(request),
    topics: topics.length === 0 ? undefined : topics.map(decodeSelection),
    target: decodeTarget(request.target ?? {}),
    execute,
    live,
    create,
  };
}

function decodeGroups({ groups, allGroups }: respool.v1.ResetOffsetsRequest): ResetRequest['groups'] {
  if (allGroups && groups.length > 0) {
    throw invalidArgument('groups', 'names groups, and all_groups asks for all; only one of them may be');
  }
  if (!allGroups && groups.length === 0) {
    throw invalidArgument('groups', 'is empty; name at least one, or set all_groups');
  }
  return allGroups ? 'all' : groups;
}

function decodeSelection({ topic, partitions }: respool.v1.TopicSelection.$Properties): TopicSelection {
  return {
    topic: topic ?? '',
    partitions: partitions?.length ? partitions.map(wirePartition) : undefined,
  };
}

function decodeTarget(target: respool.v1.ResetTarget.$Properties): ResetTarget {
  const { earliest, latest, current, offset, shiftBy, timestampMs, snapshot, offsets } = target;
  if (earliest) return { to: 'earliest' };
  if (latest) return { to: 'latest' };
  if (current) return { to: 'current' };
  if (offset != null) return { to: 'offset', offset: wireSigned('target.offset', offset) };
  if (shiftBy != null) return { to: 'shift', by: wireSigned('target.shift_by', shiftBy) };
  if (timestampMs != null) {
    return { to: 'time', timestampMs: wireTimestamp('target.timestamp_ms', timestampMs) };
  }
  if (snapshot) {
    return { to: 'snapshot', name: snapshot.snapshot ?? '', group: snapshot.group || undefined };
  }
  if (offsets) return { to: 'offsets', offsets: (offsets.offsets ?? []).map(decodePlannedOffset) };
  throw invalidArgument('target', 'is missing; it must say where to');
}

function decodePlannedOffset({
  group,
  topic,
  partition,
  offset,
}: respool.v1.PlannedOffset.$Properties): PlannedOffset {
  return {
    group: group || undefined,
    topic: topic ?? '',
    partition: wirePartition(partition),
    offset: wireSigned('target.offsets.offset', offset ?? 0),
  };
}

export function encodeOutcome({
  resets,
  activeGroups,
}: ResetOutcome): respool.v1.ResetOffsetsResponse.$Properties {
  return { resets: resets.map(encodePlanned), activeGroups: [...activeGroups] };
}

function encodePlanned({ before, asked, ...planned }: PlannedReset): respool.v1.PlannedReset.$Properties {
  return { ...planned, before: before ?? null, asked: asked ?? null };
}

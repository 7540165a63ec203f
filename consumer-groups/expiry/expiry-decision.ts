/** The decision whether the offsets of a group are forgotten. Pure. */
import type { StoredGroup } from '../group-store.js';

const HOUR_MS = 60 * 60 * 1000;

/**
 * After a start nothing expires for so long: while the broker was away no member could come, and an operator whose clock is wrong has the time to put it right.
 */
export const RETURN_TIME_MS = HOUR_MS;

export interface ExpiryCandidate {
  /** Static members that are away are members too. */
  hasMembers: boolean;
  state: StoredGroup | undefined;
  /** When the newest of its offsets was committed, milliseconds since 1970 UTC; undefined: it has none. */
  newestCommitMs: number | undefined;
}

export interface ExpiryTimes {
  /** Milliseconds since 1970 UTC. */
  nowMs: number;
  /** How long the broker runs. */
  sinceStartMs: number;
  offsetsRetentionMs: number;
}

export function isExpired(group: ExpiryCandidate, times: ExpiryTimes): boolean {
  const { offsetsRetentionMs } = times;
  if (times.sinceStartMs < Math.min(RETURN_TIME_MS, offsetsRetentionMs)) return false;
  const idleSinceMs = idleSince(group);
  return idleSinceMs !== undefined && times.nowMs - idleSinceMs >= offsetsRetentionMs;
}

/** Since when nobody had anything to do with it: no members, and no commit from outside either. Undefined: it has members. */
function idleSince({ hasMembers, state, newestCommitMs }: ExpiryCandidate): number | undefined {
  if (hasMembers) return undefined;
  if (state === undefined) return newestCommitMs;
  if (state.emptySinceMs === undefined) return undefined;
  return Math.max(state.emptySinceMs, newestCommitMs ?? 0);
}

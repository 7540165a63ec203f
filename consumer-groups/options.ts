/** How groups behave. Resolved and checked once at the edge, then passed whole and frozen. */
export interface GroupOptions {
  /** The directory of the view, inside of the data directory; made if it does not exist. */
  viewDir: string;
  /** A member of which nothing was heard for so long is expelled, unless it asks for another time. Milliseconds. */
  sessionTimeoutMs: number;
  /** The least and the most that a member may ask for. Milliseconds. */
  minSessionTimeoutMs: number;
  maxSessionTimeoutMs: number;
  /** A member that has not released a revoked partition for so long is expelled, unless it asks for another time. Milliseconds. */
  revocationTimeoutMs: number;
  /** The offsets of a group without members are forgotten after this time. Milliseconds. */
  offsetsRetentionMs: number;
  /** Milliseconds between looks for offsets to forget. */
  expiryIntervalMs: number;
  /** The most groups. */
  maxGroups: number;
  /** The most members of one group. */
  maxGroupMembers: number;
  /** The most committed offsets of all groups together. Each costs some 120 bytes of memory. */
  maxCommittedOffsets: number;
  /** The most snapshots of one group. */
  maxGroupSnapshots: number;
  /** The longest metadata of a commit, in bytes of UTF-8. */
  maxCommitMetadataBytes: number;
  /** The most bytes of batches that a member is sent at a time, unless it asks for fewer. */
  maxResponseBytes: number;
  /** Milliseconds between writes of the view. Less: a faster start after a crash, more syncs. Nothing depends on it but that. */
  viewFlushIntervalMs: number;
  /** A write of the view that takes longer is taken as hung, and ends the process. Milliseconds. */
  viewTimeoutMs: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const DEFAULT_GROUP_OPTIONS: Readonly<Omit<GroupOptions, 'viewDir'>> = Object.freeze({
  sessionTimeoutMs: 30 * SECOND_MS,
  minSessionTimeoutMs: SECOND_MS,
  maxSessionTimeoutMs: 30 * MINUTE_MS,
  revocationTimeoutMs: 60 * SECOND_MS,
  offsetsRetentionMs: 7 * DAY_MS,
  expiryIntervalMs: 10 * MINUTE_MS,
  maxGroups: 10_000,
  maxGroupMembers: 1000,
  maxCommittedOffsets: 1_000_000,
  maxGroupSnapshots: 100,
  maxCommitMetadataBytes: 4096,
  maxResponseBytes: 1024 ** 2,
  viewFlushIntervalMs: 500,
  viewTimeoutMs: 30 * SECOND_MS,
});

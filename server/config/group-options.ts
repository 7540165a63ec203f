/** The options of consumer groups. */
import { DEFAULT_GROUP_OPTIONS as GROUPS } from '../../consumer-groups/index.js';
import { bytes, count, ms } from './option.js';

const KIB = 1024;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const GROUP_OPTIONS = {
  groupSessionTimeoutMs: ms(
    GROUPS.sessionTimeoutMs,
    { min: 100, max: DAY_MS },
    'A member of a group of which nothing was heard for so long is expelled, unless it asks for another time. Less: a member that pauses (for its garbage, ' +
      'for a busy event loop) loses its partitions. More: the partitions of a machine that vanished lie idle for longer.',
  ),
  groupMinSessionTimeoutMs: ms(
    GROUPS.minSessionTimeoutMs,
    { min: 100, max: DAY_MS },
    'The least session time-out that a member may ask for. Too low: members with a heartbeat for every blink, and rebalances without end.',
  ),
  groupMaxSessionTimeoutMs: ms(
    GROUPS.maxSessionTimeoutMs,
    { min: 100, max: DAY_MS },
    'The most that a member may ask for. Too high: one that vanished keeps its partitions for as long.',
  ),
  groupRevocationTimeoutMs: ms(
    GROUPS.revocationTimeoutMs,
    { min: 100, max: DAY_MS },
    'A member that has not released a partition that was revoked for so long is expelled, unless it asks for another time. Less than its longest piece of work: ' +
      'that work is done twice. More: a member that hangs holds up the rebalance for longer.',
  ),
  offsetsRetentionMs: ms(
    GROUPS.offsetsRetentionMs,
    { min: SECOND_MS, max: 3650 * DAY_MS },
    'The committed offsets of a group without members are forgotten after this time, and its next member begins where its reset policy says. Less than the longest time ' +
      'for which its consumers may be switched off: records are read again, or skipped. More: groups that nobody uses count against maxGroups.',
  ),
  offsetsExpiryIntervalMs: ms(
    GROUPS.expiryIntervalMs,
    { min: 100, max: DAY_MS },
    'Time between looks for offsets to forget. They may stay for so much longer.',
  ),
  maxGroups: count(
    GROUPS.maxGroups,
    { min: 1, max: 1_000_000 },
    'The most groups. Beyond, new ones are refused with TOO_MANY. Each costs memory.',
  ),
  maxGroupMembers: count(
    GROUPS.maxGroupMembers,
    { min: 1, max: 100_000 },
    'The most members of one group. Beyond, joining is refused with TOO_MANY. Every rebalance costs time for each.',
  ),
  maxCommittedOffsets: count(
    GROUPS.maxCommittedOffsets,
    { min: 1, max: 100_000_000 },
    'The most committed offsets of all groups together. Beyond, commits for further partitions are refused with TOO_MANY. Each costs some 120 bytes of memory, and the ' +
      'metadata that was committed with it.',
  ),
  maxGroupSnapshots: count(
    GROUPS.maxGroupSnapshots,
    { min: 0, max: 10_000 },
    'The most snapshots of one group. Beyond: TOO_MANY. Each holds as many offsets as the group had, in memory; one that pins retention keeps the records, too.',
  ),
  maxCommitMetadataBytes: bytes(
    GROUPS.maxCommitMetadataBytes,
    { min: 0, max: 64 * KIB },
    'The longest metadata of a commit. Beyond, it is refused with INVALID_ARGUMENT. All of it is kept in memory.',
  ),
  groupViewFlushIntervalMs: ms(
    GROUPS.viewFlushIntervalMs,
    { min: 1, max: HOUR_MS },
    'Time between writes of the view of all offsets, which is what a start reads instead of all commits. Less: a faster start after a crash, more syncs. ' +
      'No commit depends on it: what is acknowledged is in the log.',
  ),
  groupViewTimeoutMs: ms(
    GROUPS.viewTimeoutMs,
    { min: SECOND_MS, max: HOUR_MS },
    'A write of the view that takes longer is taken as hung and ends the broker, as a restart is its recovery. Less than a slow disk may need: it ends without need.',
  ),
};

/** Groups from the outside: descriptions, resets, snapshots. This folder's only door. */
export type {
  CommittedOffset,
  GroupDescription,
  GroupListing,
  GroupState,
  MemberDescription,
  PartitionProgress,
} from './group-description.js';
export type { GroupSnapshot } from './group-snapshot.js';
export { Groups } from './groups.js';
export type { PlannedReset, ResetOutcome, ResetRequest, ResetTarget } from './offset-reset.js';

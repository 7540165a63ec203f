/** Consumer groups: membership, assignment, committed offsets, reset, snapshots. This layer's only door. */
export type { AssignorName } from './assignment/assignor.js';
export type { CommittedOffset, NewCommit, TopicPartition } from './committed-offset.js';
export { GroupError, type GroupErrorCode, type GroupErrorDetails, isGroupError } from './errors.js';
export type { GroupEvent, GroupEventListener } from './group-event.js';
export type * from './groups.js';
export type * from './member.js';
export { type GroupsEnvironment, openGroups } from './open-groups.js';
export { DEFAULT_GROUP_OPTIONS, type GroupOptions } from './options.js';
export type * from './reset/reset-plan.js';

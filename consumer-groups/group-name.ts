/** What groups and their snapshots may be called: the rule for topics. */
import { isInternalTopic, nameProblem, StoreError } from '../segment-store/index.js';
import { GroupError } from './errors.js';

const RESERVED = 'begins with "__", which is kept for groups of Respool itself';

/** Throws INVALID_GROUP_NAME unless a group may have this name. */
export function checkGroupName(group: string): void {
  const problem = nameProblem(group) ?? (isInternalTopic(group) ? RESERVED : undefined);
  if (problem === undefined) return;
  throw new GroupError('INVALID_GROUP_NAME', `The group name ${shown(group)} ${problem}`, {
    group: group.slice(0, 300),
  });
}

/** Throws INVALID_ARGUMENT unless a snapshot may have this name. */
export function checkSnapshotName(snapshot: string): void {
  const problem = nameProblem(snapshot);
  if (problem === undefined) return;
  throw new StoreError('INVALID_ARGUMENT', `The snapshot name ${shown(snapshot)} ${problem}`, {
    field: 'snapshot',
  });
}

function shown(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}

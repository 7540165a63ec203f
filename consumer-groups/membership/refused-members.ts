/** Why somebody is not, or is no longer, a member, in words. */
import { StoreError } from '../../segment-store/index.js';
import type { AssignorName } from '../assignment/assignor.js';
import { GroupError } from '../errors.js';

export function silentMember(group: string, memberId: string, timeoutMs: number): GroupError {
  const message = `Nothing was heard of the member for ${timeoutMs} ms (its session time-out)`;
  return new GroupError('MEMBER_EXPELLED', message, { group, memberId });
}

export function keptRevoked(group: string, memberId: string, timeoutMs: number): GroupError {
  const message = `The member has not released what was revoked within ${timeoutMs} ms (its revocation time-out)`;
  return new GroupError('MEMBER_EXPELLED', message, { group, memberId });
}

export function instanceFenced(group: string, instanceId: string): GroupError {
  const message = `Another process has joined the group "${group}" with the instance id ${JSON.stringify(instanceId)}`;
  return new GroupError('INSTANCE_FENCED', message, { group, instanceId });
}

export function otherAssignor(group: string, has: AssignorName, asked: AssignorName): StoreError {
  const message = `assignor is ${asked}, but the members of the group "${group}" have ${has}; all must have the same`;
  return new StoreError('INVALID_ARGUMENT', message, { field: 'assignor' });
}

export function tooManyMembers(group: string, limit: number): StoreError {
  const message = `The group "${group}" has ${limit} members, which is the limit (maxGroupMembers)`;
  return new StoreError('TOO_MANY', message, { what: 'members of a group', limit });
}

export function groupsClosing(): StoreError {
  return new StoreError('SHUTTING_DOWN', 'The groups are closing', {});
}

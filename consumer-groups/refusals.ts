/** Why something is not done to a group, in words. */
import { GroupError } from './errors.js';

export function groupNotFound(group: string): GroupError<'GROUP_NOT_FOUND'> {
  return new GroupError('GROUP_NOT_FOUND', `There is no group "${group}"`, { group });
}

export function groupNotEmpty(group: string, members: number): GroupError<'GROUP_NOT_EMPTY'> {
  const has = members === 1 ? 'has a member' : `has ${members} members`;
  const message = `The group "${group}" ${has}; stop them first`;
  return new GroupError('GROUP_NOT_EMPTY', message, { group, members });
}

export function snapshotNotFound(group: string, snapshot: string): GroupError<'SNAPSHOT_NOT_FOUND'> {
  const message = `The group "${group}" has no snapshot "${snapshot}"`;
  return new GroupError('SNAPSHOT_NOT_FOUND', message, { group, snapshot });
}

export function snapshotExists(group: string, snapshot: string): GroupError<'SNAPSHOT_EXISTS'> {
  const message = `The group "${group}" has a snapshot "${snapshot}" already`;
  return new GroupError('SNAPSHOT_EXISTS', message, { group, snapshot });
}

import { groupService } from '../../proto/index.js';
import { type CallOptions, type Connection, checkBoolean, checkText } from '../connection/index.js';
import { type OffsetToCommit, toWireOffsets } from '../consumer/index.js';
import {
  fromWireDescription,
  fromWireListing,
  type GroupDescription,
  type GroupListing,
} from './group-description.js';
import { fromWireSnapshot, type GroupSnapshot } from './group-snapshot.js';
import {
  checkedNames,
  fromWireOutcome,
  type ResetOutcome,
  type ResetRequest,
  toWireReset,
} from './offset-reset.js';

/**
 * Consumer groups from the outside: looking at them, moving them, keeping their position, deleting them. To be a member of one: `Respool.consumer`. Every method
 * takes a time-out and a signal, and rejects with a `RespoolError`; the codes named are those to expect. UNAVAILABLE and DEADLINE_EXCEEDED leave open whether a
 * change was made.
 */
export class Groups {
  readonly #connection: Connection;

  /** @internal Made by `Respool`. */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** All groups in a line each, by name. */
  async list(options?: CallOptions): Promise<GroupListing[]> {
    const response = await this.#connection.unary('ListGroups', groupService.ListGroups, {}, options);
    return response.groups.map(fromWireListing);
  }

  /**
   * Describes groups, in the order in which they are named; none if none is. GROUP_NOT_FOUND.
   *
   * @param options.withAge Look up the age of the oldest unread record of each partition, which takes a look into the log. Default: false.
   */
  async describe(
    groups: readonly string[],
    { withAge = false, ...options }: CallOptions & { withAge?: boolean | undefined } = {},
  ): Promise<GroupDescription[]> {
    if (groups.length === 0) return [];
    checkBoolean('withAge', withAge);
    const request = { groups: checkedNames('groups', groups), withAge };
    const { DescribeGroups } = groupService;
    const response = await this.#connection.unary('DescribeGroups', DescribeGroups, request, options);
    return response.groups.map(fromWireDescription);
  }

  /**
   * Commits offsets for a group without members, which is made if it does not exist. Durable when it resolves; the whole of it, or nothing.
   * GROUP_NOT_EMPTY, OFFSET_OUT_OF_RANGE, TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, INVALID_ARGUMENT, INVALID_GROUP_NAME.
   */
  async commitOffsets(
    group: string,
    offsets: readonly OffsetToCommit[],
    options?: CallOptions,
  ): Promise<void> {
    checkText('group', group);
    const request = { group, offsets: toWireOffsets('offsets', offsets) };
    await this.#connection.unary('CommitOffsets', groupService.CommitOffsets, request, options);
  }

  /**
   * Shows what a reset of one or several groups would do, and does it with `execute`. Of a group, all is reset or nothing.
   *
   * With `execute` and without `live` a group with members is refused with GROUP_NOT_EMPTY before anything is done. GROUP_NOT_FOUND, SNAPSHOT_NOT_FOUND, NO_COMMITTED_OFFSET,
   * TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, INVALID_ARGUMENT.
   */
  async resetOffsets(request: ResetRequest, options?: CallOptions): Promise<ResetOutcome> {
    const { ResetOffsets } = groupService;
    const wire = toWireReset(request);
    return fromWireOutcome(await this.#connection.unary('ResetOffsets', ResetOffsets, wire, options));
  }

  /** Deletes a group without members: its offsets and its snapshots. GROUP_NOT_FOUND, GROUP_NOT_EMPTY. */
  async delete(group: string, options?: CallOptions): Promise<void> {
    checkText('group', group);
    await this.#connection.unary('DeleteGroup', groupService.DeleteGroup, { group }, options);
  }

  /**
   * Keeps the group's committed offsets as they are now under a name. GROUP_NOT_FOUND, SNAPSHOT_EXISTS, TOO_MANY.
   *
   * @param options.pinRetention Retention keeps the records from these offsets on until the snapshot is deleted. Default: false.
   */
  async createSnapshot(
    group: string,
    name: string,
    { pinRetention = false, ...options }: CallOptions & { pinRetention?: boolean | undefined } = {},
  ): Promise<GroupSnapshot> {
    checkBoolean('pinRetention', pinRetention);
    const request = { ...snapshotOf(group, name), pinRetention };
    const { CreateSnapshot } = groupService;
    const response = await this.#connection.unary('CreateSnapshot', CreateSnapshot, request, options);
    return fromWireSnapshot(response.snapshot ?? {});
  }

  /** A group's snapshots, oldest first, without their offsets. GROUP_NOT_FOUND. */
  async listSnapshots(group: string, options?: CallOptions): Promise<GroupSnapshot[]> {
    checkText('group', group);
    const { ListSnapshots } = groupService;
    const response = await this.#connection.unary('ListSnapshots', ListSnapshots, { group }, options);
    return response.snapshots.map(fromWireSnapshot);
  }

  /** One snapshot with its offsets. GROUP_NOT_FOUND, SNAPSHOT_NOT_FOUND. */
  async describeSnapshot(group: string, name: string, options?: CallOptions): Promise<GroupSnapshot> {
    const request = snapshotOf(group, name);
    const { DescribeSnapshot } = groupService;
    const response = await this.#connection.unary('DescribeSnapshot', DescribeSnapshot, request, options);
    return fromWireSnapshot(response.snapshot ?? {});
  }

  /** Forgets a snapshot, and lets go of what it pinned. GROUP_NOT_FOUND, SNAPSHOT_NOT_FOUND. */
  async deleteSnapshot(group: string, name: string, options?: CallOptions): Promise<void> {
    const request = snapshotOf(group, name);
    await this.#connection.unary('DeleteSnapshot', groupService.DeleteSnapshot, request, options);
  }
}

function snapshotOf(group: string, name: string): { group: string; snapshot: string } {
  checkText('group', group);
  checkText('name', name);
  return { group, snapshot: name };
}

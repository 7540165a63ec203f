/** The implementation of `respool.v1.GroupService`. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { respool } from '../../proto/index.js';
import type { BrokerContext } from '../broker-context.js';
import { unary } from '../rpc/unary.js';
import { invalidArgument } from '../rpc/wire-number.js';
import { decodeCommit } from './commit-codec.js';
import { consumeHandler } from './consume.js';
import { encodeDescription, encodeListing } from './group-codec.js';
import { decodeReset, encodeOutcome } from './reset-codec.js';
import { encodeSnapshot, encodeSnapshotLine } from './snapshot-codec.js';

/** With ages each partition of a group is a look into the log: more in one call would take long to answer. */
const MAX_DESCRIBED_GROUPS = 1000;

export function groupHandlers(context: BrokerContext): UntypedServiceImplementation {
  const { groups, faults, commitMeter } = context;
  return {
    Consume: consumeHandler(context),

    ListGroups: unary(faults, async () => ({ groups: (await groups.list()).map(encodeListing) })),

    DescribeGroups: unary(faults, async ({ groups: names, withAge }: respool.v1.DescribeGroupsRequest) => {
      checkAtMost('groups', names, MAX_DESCRIBED_GROUPS);
      const described: respool.v1.GroupDescription.$Properties[] = [];
      for (const name of names) described.push(encodeDescription(await groups.describe(name, { withAge })));
      return { groups: described };
    }),

    CommitOffsets: unary(faults, async ({ group, offsets }: respool.v1.CommitOffsetsRequest) => {
      if (offsets.length === 0) throw invalidArgument('offsets', 'is empty; at least one is needed');
      const commits = offsets.map(decodeCommit);
      await commitMeter.watch(
        commits.length,
        () => groups.commit(group, commits),
        () => 0,
      );
      return {};
    }),

    ResetOffsets: unary(faults, async (request: respool.v1.ResetOffsetsRequest) =>
      encodeOutcome(await groups.reset(decodeReset(request))),
    ),

    DeleteGroup: unary(faults, async ({ group }: respool.v1.DeleteGroupRequest) => {
      await groups.delete(group);
      return {};
    }),

    CreateSnapshot: unary(
      faults,
      async ({ group, snapshot, pinRetention }: respool.v1.CreateSnapshotRequest) => {
        const created = await groups.createSnapshot(group, snapshot, { pinRetention });
        return { snapshot: encodeSnapshot(created) };
      },
    ),

    ListSnapshots: unary(faults, async ({ group }: respool.v1.ListSnapshotsRequest) => ({
      snapshots: groups.listSnapshots(group).map(encodeSnapshotLine),
    })),

    DescribeSnapshot: unary(faults, async ({ group, snapshot }: respool.v1.DescribeSnapshotRequest) => ({
      snapshot: encodeSnapshot(groups.describeSnapshot(group, snapshot)),
    })),

    DeleteSnapshot: unary(faults, async ({ group, snapshot }: respool.v1.DeleteSnapshotRequest) => {
      await groups.deleteSnapshot(group, snapshot);
      return {};
    }),
  };
}

function checkAtMost(field: string, entries: readonly unknown[], limit: number): void {
  if (entries.length <= limit) return;
  throw invalidArgument(field, `has ${entries.length} entries; it may have ${limit}`);
}

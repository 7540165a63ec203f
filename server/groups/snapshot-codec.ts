/** Snapshots of groups, on the wire. */
import type { GroupSnapshot } from '../../consumer-groups/index.js';
import type { respool } from '../../proto/index.js';

type Snapshot = respool.v1.Snapshot.$Properties;

/** A snapshot in a line, without its offsets. */
export function encodeSnapshotLine({
  group,
  name,
  createdMs,
  pinsRetention,
  offsets,
}: GroupSnapshot): Snapshot {
  return { group, snapshot: name, createdMs, pinsRetention, partitions: offsets.length };
}

export function encodeSnapshot(snapshot: GroupSnapshot): Snapshot {
  return { ...encodeSnapshotLine(snapshot), offsets: [...snapshot.offsets] };
}

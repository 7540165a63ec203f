import type { respool } from '../../proto/index.js';
import type { TopicPartition } from '../consumer/index.js';
import { fromWirePartition } from './group-description.js';

/** A group's position, kept under a name. */
export interface GroupSnapshot {
  group: string;
  name: string;
  /** When it was taken, milliseconds since 1970 UTC. */
  createdMs: number;
  /** True: retention keeps the records from its offsets on. */
  pinsRetention: boolean;
  /** How many partitions it holds. */
  partitions: number;
  /** The next offset to read of each, by topic and partition. None in a list of snapshots. */
  offsets: (TopicPartition & { offset: number })[];
}

export function fromWireSnapshot(wire: respool.v1.Snapshot.$Properties): GroupSnapshot {
  return {
    group: wire.group ?? '',
    name: wire.snapshot ?? '',
    createdMs: wire.createdMs ?? 0,
    pinsRetention: wire.pinsRetention ?? false,
    partitions: wire.partitions ?? 0,
    offsets: (wire.offsets ?? []).map((planned) => ({
      ...fromWirePartition(planned),
      offset: planned.offset ?? 0,
    })),
  };
}

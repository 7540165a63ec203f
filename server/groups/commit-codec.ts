/** Offsets to commit, on the wire and as groups take them. */
import type { MemberCommit, NewCommit } from '../../consumer-groups/index.js';
import type { respool } from '../../proto/index.js';
import { wireCount, wireEpoch, wireOffset, wirePartition } from '../rpc/wire-number.js';

type OffsetCommit = respool.v1.OffsetCommit.$Properties;

/** INVALID_ARGUMENT, naming the field. */
export function decodeCommit({ topic, partition, offset, leaderEpoch, metadata }: OffsetCommit): NewCommit {
  return {
    topic: topic ?? '',
    partition: wirePartition(partition),
    offset: wireOffset('offset', offset ?? 0),
    leaderEpoch: wireEpoch('leader_epoch', leaderEpoch),
    metadata: metadata ?? '',
  };
}

/** As {@link decodeCommit}, with the generation in which the member was given the partition. */
export function decodeMemberCommit(commit: OffsetCommit): MemberCommit {
  return { ...decodeCommit(commit), generation: wireCount('generation', commit.generation) };
}

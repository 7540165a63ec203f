/** What the broker tells a member, as plain TypeScript. */
import { respool } from '../../proto/index.js';
import { fromWireError, type RespoolError } from '../connection/index.js';
import type { SkippedOffsets, TopicPartition } from './consumer-options.js';
import { partitionKey } from './offsets-to-commit.js';

/** An offset that was not stored, and why. */
export interface RefusedOffset {
  readonly key: string;
  readonly error: RespoolError;
}

/** The partition that a message is about. */
export function nameOf({ topic, partition }: respool.v1.TopicPartition.$Properties): TopicPartition {
  return { topic: topic ?? '', partition: partition ?? 0 };
}

export function fromWireRefusal(wire: respool.v1.RefusedOffset.$Properties): RefusedOffset {
  return { key: partitionKey(nameOf(wire)), error: fromWireError(wire.error ?? {}) };
}

export function fromWireSkipped(wire: respool.v1.SkippedRange.$Properties): SkippedOffsets {
  const damaged = wire.reason === respool.v1.SkipReason.SKIP_REASON_DAMAGED;
  return {
    ...nameOf(wire),
    startOffset: wire.startOffset ?? 0,
    endOffset: wire.endOffset ?? 0,
    reason: damaged ? 'damaged' : 'deleted',
  };
}

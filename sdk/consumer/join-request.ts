import { respool } from '../../proto/index.js';
import type { ResolvedConsumerOptions } from './resolved-consumer-options.js';

const { OffsetResetPolicy } = respool.v1;

const POLICIES = Object.freeze({
  earliest: OffsetResetPolicy.OFFSET_RESET_POLICY_EARLIEST,
  latest: OffsetResetPolicy.OFFSET_RESET_POLICY_LATEST,
  none: OffsetResetPolicy.OFFSET_RESET_POLICY_NONE,
} satisfies Record<ResolvedConsumerOptions['offsetReset'], respool.v1.OffsetResetPolicy>);

/** Larger responses gain nothing. */
const MAX_RESPONSE_BYTES = 1024 ** 2;

/** A member's first message, which grants all of its credit. */
export function joinRequest(options: ResolvedConsumerOptions): respool.v1.ConsumeRequest.$Properties {
  return {
    join: {
      group: options.group,
      topics: [...options.topics],
      awaitTopics: options.awaitTopics,
      assignor: options.assignor ?? '',
      offsetReset: POLICIES[options.offsetReset],
      instanceId: options.instanceId ?? '',
      clientId: options.clientId,
      sessionTimeoutMs: options.sessionTimeoutMs ?? 0,
      revocationTimeoutMs: options.revocationTimeoutMs ?? 0,
      // Several fit into the credit, so that one can be consumed while the next is on its way.
      maxResponseBytes: Math.min(MAX_RESPONSE_BYTES, Math.floor(options.maxBufferedBytes / 4)),
      skipDamaged: options.onDataLoss === 'skip',
    },
    creditBytes: options.maxBufferedBytes,
  };
}

/** `JoinGroup` on the wire and as groups take it: an empty text or a 0 there is undefined here. */
import type { AssignorName, JoinRequest, OffsetReset } from '../../consumer-groups/index.js';
import { respool } from '../../proto/index.js';
import { countOrDefault, invalidArgument } from '../rpc/wire-number.js';

const {
  OFFSET_RESET_POLICY_UNSPECIFIED,
  OFFSET_RESET_POLICY_EARLIEST,
  OFFSET_RESET_POLICY_LATEST,
  OFFSET_RESET_POLICY_NONE,
} = respool.v1.OffsetResetPolicy;

/** The client's, from `address`. INVALID_ARGUMENT, naming the field; what it asks for is judged by the group. */
export function decodeJoin(join: respool.v1.JoinGroup.$Properties, address: string): JoinRequest {
  return {
    group: join.group ?? '',
    topics: join.topics ?? [],
    awaitTopics: join.awaitTopics ?? false,
    assignor: decodeAssignor(join.assignor ?? ''),
    offsetReset: decodeOffsetReset(join.offsetReset ?? OFFSET_RESET_POLICY_UNSPECIFIED),
    instanceId: join.instanceId || undefined,
    clientId: join.clientId ?? '',
    address,
    sessionTimeoutMs: countOrDefault('join.session_timeout_ms', join.sessionTimeoutMs),
    revocationTimeoutMs: countOrDefault('join.revocation_timeout_ms', join.revocationTimeoutMs),
    maxResponseBytes: countOrDefault('join.max_response_bytes', join.maxResponseBytes),
    skipDamaged: join.skipDamaged ?? false,
  };
}

const ASSIGNORS: readonly AssignorName[] = ['sticky', 'range', 'roundrobin'];

function decodeAssignor(name: string): AssignorName | undefined {
  if (name === '') return undefined;
  const found = ASSIGNORS.find((assignor) => assignor === name);
  if (found) return found;
  const shown = JSON.stringify(name.slice(0, 100));
  throw invalidArgument('join.assignor', `is ${shown}; it may be ${ASSIGNORS.join(', ')} or empty`);
}

const OFFSET_RESETS: ReadonlyMap<respool.v1.OffsetResetPolicy, OffsetReset> = new Map([
  [OFFSET_RESET_POLICY_UNSPECIFIED, 'earliest'],
  [OFFSET_RESET_POLICY_EARLIEST, 'earliest'],
  [OFFSET_RESET_POLICY_LATEST, 'latest'],
  [OFFSET_RESET_POLICY_NONE, 'none'],
]);

function decodeOffsetReset(policy: respool.v1.OffsetResetPolicy): OffsetReset {
  const found = OFFSET_RESETS.get(policy);
  if (found) return found;
  throw invalidArgument('join.offset_reset', `is ${policy}, which is no policy of this broker`);
}

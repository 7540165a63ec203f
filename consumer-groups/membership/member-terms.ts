/** How a member is treated: its request, checked, with what it leaves open filled in. */
import { StoreError } from '../../segment-store/index.js';
import { ASSIGNORS } from '../assignment/assignors.js';
import { checkGroupName } from '../group-name.js';
import type { JoinRequest } from '../groups.js';
import type { GroupOptions } from '../options.js';
import { checkTopicPatterns } from '../topic-pattern.js';

const MAX_CLIENT_ID_LENGTH = 200;
const MAX_INSTANCE_ID_LENGTH = 249;
const OFFSET_RESETS: ReadonlySet<string> = new Set(['earliest', 'latest', 'none']);

export interface MemberTerms extends JoinRequest {
  sessionTimeoutMs: number;
  revocationTimeoutMs: number;
  maxResponseBytes: number;
}

/** INVALID_GROUP_NAME, INVALID_ARGUMENT naming the field. */
export function memberTerms(request: JoinRequest, options: GroupOptions): MemberTerms {
  const { group, topics, assignor, offsetReset, instanceId, clientId } = request;
  checkGroupName(group);
  checkTopicPatterns(topics);
  if (assignor !== undefined && !Object.hasOwn(ASSIGNORS, assignor)) {
    throw refused('assignor', `must be one of ${Object.keys(ASSIGNORS).join(', ')}`);
  }
  if (!OFFSET_RESETS.has(offsetReset)) {
    throw refused('offsetReset', `must be one of ${[...OFFSET_RESETS].join(', ')}`);
  }
  checkLength('clientId', clientId, 0, MAX_CLIENT_ID_LENGTH);
  if (instanceId !== undefined) checkLength('instanceId', instanceId, 1, MAX_INSTANCE_ID_LENGTH);
  return {
    ...request,
    // In one order, so that the same subscription is known as such.
    topics: [...new Set(topics)].sort(),
    sessionTimeoutMs: timeout('sessionTimeoutMs', request, options),
    revocationTimeoutMs: timeout('revocationTimeoutMs', request, options),
    maxResponseBytes: responseBytes(request, options),
  };
}

/** Both within the bounds of the session time-out: what is shorter expels the healthy, what is longer holds up the others. */
function timeout(
  field: 'sessionTimeoutMs' | 'revocationTimeoutMs',
  request: JoinRequest,
  options: GroupOptions,
): number {
  const asked = request[field];
  if (asked === undefined) return options[field];
  const { minSessionTimeoutMs: least, maxSessionTimeoutMs: most } = options;
  if (Number.isFinite(asked) && asked >= least && asked <= most) return asked;
  throw refused(field, `is ${asked}; it must be from ${least} to ${most} milliseconds`);
}

function responseBytes({ maxResponseBytes: asked }: JoinRequest, options: GroupOptions): number {
  if (asked === undefined) return options.maxResponseBytes;
  if (Number.isSafeInteger(asked) && asked >= 1) return Math.min(asked, options.maxResponseBytes);
  throw refused('maxResponseBytes', `is ${asked}; it must be a whole number from 1`);
}

function checkLength(field: string, text: string, least: number, most: number): void {
  if (text.length >= least && text.length <= most) return;
  throw refused(field, `has ${text.length} characters; it must have ${least} to ${most}`);
}

function refused(field: string, problem: string): StoreError<'INVALID_ARGUMENT'> {
  return new StoreError('INVALID_ARGUMENT', `${field} ${problem}`, { field });
}

/** What every request for a reset must be like, before anything is looked up. */
import { StoreError } from '../../segment-store/index.js';
import type { ResetRequest, ResetTarget } from './reset-plan.js';

/** Throws INVALID_ARGUMENT. */
export function checkResetRequest({ groups, topics, target }: ResetRequest): void {
  if (groups !== 'all' && groups.length === 0) throw invalid('groups', 'At least one group must be named');
  if (target.to === 'offsets' && topics !== undefined) {
    throw invalid('topics', 'Topics cannot be selected beside offsets, which name their own');
  }
  if (topics?.length === 0)
    throw invalid('topics', 'At least one topic must be named, or none at all for all');
  for (const { topic, partitions } of topics ?? []) {
    if (partitions?.length === 0)
      throw invalid('topics', `At least one partition of "${topic}" must be named, or none at all for all`);
  }
  checkTarget(target);
}

function checkTarget(target: ResetTarget): void {
  switch (target.to) {
    case 'offset':
      checkWhole('offset', target.offset);
      break;
    case 'shift':
      checkWhole('shiftBy', target.by);
      break;
    case 'time':
      checkWhole('timestampMs', target.timestampMs);
      break;
    case 'offsets':
      if (target.offsets.length === 0) throw invalid('offsets', 'At least one offset must be named');
      for (const { offset } of target.offsets) checkWhole('offsets', offset);
      break;
    default:
  }
}

function checkWhole(field: string, value: number): void {
  if (!Number.isSafeInteger(value)) throw invalid(field, `${field} must be a whole number, not ${value}`);
}

function invalid(field: string, message: string): StoreError<'INVALID_ARGUMENT'> {
  return new StoreError('INVALID_ARGUMENT', message, { field });
}

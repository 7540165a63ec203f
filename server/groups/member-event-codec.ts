/** What a member is told, as a response of its stream. */
import type { MemberEvent } from '../../consumer-groups/index.js';
import { respool } from '../../proto/index.js';

const { SKIP_REASON_DAMAGED, SKIP_REASON_DELETED } = respool.v1.SkipReason;

type ConsumeResponse = respool.v1.ConsumeResponse.$Properties;

/** The response's part for the event; batches are not copied. */
export function encodeEvent(event: MemberEvent): ConsumeResponse {
  switch (event.event) {
    case 'assignment':
      return { assignment: encodeAssignment(event) };
    case 'batches':
      return { batches: event };
    case 'skipped':
      return { skipped: encodeSkipped(event) };
  }
}

/** What a partition takes in a message, about. */
const PARTITION_BYTES = 64;

/** About how many bytes the event takes in a response. */
export function eventBytes(event: MemberEvent): number {
  switch (event.event) {
    case 'assignment':
      return (event.assigned.length + event.revoked.length + event.lost.length) * PARTITION_BYTES;
    case 'batches':
      return event.batches.length + PARTITION_BYTES;
    case 'skipped':
      return PARTITION_BYTES;
  }
}

function encodeAssignment({
  generation,
  assigned,
  revoked,
  lost,
}: Extract<MemberEvent, { event: 'assignment' }>): respool.v1.AssignmentChange.$Properties {
  return {
    generation,
    assigned: assigned.map((partition) => ({
      ...partition,
      committedOffset: partition.committedOffset ?? null,
    })),
    revoked: [...revoked],
    lost: [...lost],
  };
}

function encodeSkipped({
  reason,
  ...range
}: Extract<MemberEvent, { event: 'skipped' }>): respool.v1.SkippedRange.$Properties {
  return { ...range, reason: reason === 'damaged' ? SKIP_REASON_DAMAGED : SKIP_REASON_DELETED };
}

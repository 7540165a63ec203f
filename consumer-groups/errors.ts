/**
 * What groups refuse, and why. Errors about topics, offsets, limits and the disk are the log's own (`StoreError`); these are about groups.
 */

/** The details that each code carries. */
export interface GroupErrorDetails {
  /** The group's name is not allowed; choose another. */
  INVALID_GROUP_NAME: { group: string };
  /** No group of that name; stop. */
  GROUP_NOT_FOUND: { group: string };
  /** The group has members; stop them, or ask for what may be done to a running group. */
  GROUP_NOT_EMPTY: { group: string; members: number };
  /** The group has no snapshot of that name; stop. */
  SNAPSHOT_NOT_FOUND: { group: string; snapshot: string };
  /** The group has a snapshot of that name; choose another. */
  SNAPSHOT_EXISTS: { group: string; snapshot: string };
  /** The member was expelled because it was silent, or kept what was revoked; join again. */
  MEMBER_EXPELLED: { group: string; memberId: string };
  /** A commit comes from before a rebalance or a reset; drop it, go on from what was assigned since. */
  STALE_GENERATION: {
    group: string;
    topic: string;
    partition: number;
    generation: number;
    currentGeneration: number;
  };
  /** The partition is not the member's; drop what was meant for it. */
  PARTITION_NOT_OWNED: { group: string; topic: string; partition: number };
  /** Another process has joined with the same instance id; end. */
  INSTANCE_FENCED: { group: string; instanceId: string };
  /** No committed offset, and nothing to fall back to; commit one, or choose a reset policy. */
  NO_COMMITTED_OFFSET: { group: string; topic: string; partition: number };
}

export type GroupErrorCode = keyof GroupErrorDetails;

/** An error of the groups; `code` decides, `message` explains, `details` holds the facts. */
export class GroupError<C extends GroupErrorCode = GroupErrorCode> extends Error {
  override readonly name = 'GroupError';
  constructor(
    readonly code: C,
    message: string,
    readonly details: GroupErrorDetails[C],
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** True if `error` is a {@link GroupError} of that code; narrows its details. */
export function isGroupError<C extends GroupErrorCode>(error: unknown, code: C): error is GroupError<C> {
  return error instanceof GroupError && error.code === code;
}

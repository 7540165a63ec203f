/** A membership, from the inside: what one member is told, and what it tells. */

import type { StoreError } from '../segment-store/index.js';
import type { NewCommit, TopicPartition } from './committed-offset.js';
import type { GroupError } from './errors.js';

export interface Member {
  /** Never used before. */
  readonly memberId: string;
  readonly sessionTimeoutMs: number;
  readonly revocationTimeoutMs: number;

  /**
   * The next thing to tell the member, when there is one: changes of its assignment first, then batches, as far as its credit goes, of its partitions in turn.
   * Undefined: the membership has ended in good order. One call at a time.
   *
   * Rejects when the membership ends otherwise: MEMBER_EXPELLED, INSTANCE_FENCED, NO_COMMITTED_OFFSET, OFFSET_OUT_OF_RANGE, CORRUPT_BATCH, SHUTTING_DOWN.
   */
  next(): Promise<MemberEvent | undefined>;

  /** A sign of life, as every other call but {@link next}, which says nothing of who is at the other end. */
  heard(): void;

  /** Lets the broker send so many more bytes of batches. */
  grant(bytes: number): void;

  /**
   * Commits, each partition judged for itself, in the order of the calls. Resolves with what was refused, when all else is durable; never rejects.
   */
  commit(offsets: readonly MemberCommit[]): Promise<RefusedCommit[]>;

  /** Gives up partitions; commits made before are taken, later ones refused. PARTITION_NOT_OWNED and STALE_GENERATION are passed over: it is gone either way. */
  release(partitions: readonly OwnedPartition[]): void;

  /** Stops or resumes delivery. Passed over for a partition that is not the member's any more. */
  pause(partition: OwnedPartition, paused: boolean): void;

  /** Goes on at `offset`, from any end of the log to the other; what is sent from then on carries `seekNumber`. Passed over as {@link pause}. */
  seek(partition: OwnedPartition, offset: number, seekNumber: number): void;

  /** Leaves for good: partitions are free at once. {@link next} resolves with undefined. Idempotent. */
  leave(): void;

  /** Its stream has ended. As {@link leave}, but the partitions of a static member wait for it. Idempotent. */
  disconnected(): void;
}

export interface OwnedPartition extends TopicPartition {
  /** In which the member was given it. */
  generation: number;
}

export interface MemberCommit extends NewCommit {
  generation: number;
}

export interface RefusedCommit extends TopicPartition {
  error: StoreError | GroupError;
}

export type MemberEvent =
  | {
      event: 'assignment';
      generation: number;
      /** Its own from now on; one that it owned already was given anew by a reset. */
      assigned: readonly AssignedPartition[];
      /** To be released. */
      revoked: readonly TopicPartition[];
      /** Gone: no commit of them is taken any more. */
      lost: readonly TopicPartition[];
    }
  | ({
      event: 'batches';
      seekNumber: number;
      /** Whole batches, CRCs checked; the receiver's. The first may begin before what was due. */
      batches: Buffer;
      nextOffset: number;
      highWatermark: number;
      logStartOffset: number;
    } & OwnedPartition)
  | ({
      event: 'skipped';
      startOffset: number;
      endOffset: number;
      reason: 'damaged' | 'deleted';
    } & TopicPartition);

export interface AssignedPartition extends OwnedPartition {
  startOffset: number;
  /** Below `startOffset`: what lay between is gone. */
  committedOffset: number | undefined;
}

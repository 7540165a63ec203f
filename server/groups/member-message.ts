/** What a member says beside its commits: credit, partitions that it gives up, changes of what it is sent. */
import type { Member, OwnedPartition } from '../../consumer-groups/index.js';
import type { respool } from '../../proto/index.js';
import { invalidArgument, wireCount, wireOffset, wirePartition } from '../rpc/wire-number.js';

type DeliveryControl = respool.v1.DeliveryControl.$Properties;

/** Carries out one change of what the member is sent. INVALID_ARGUMENT, naming the field. */
export function applyControl(member: Member, { partition, paused, seek }: DeliveryControl): void {
  if (!partition) throw invalidArgument('controls.partition', 'is missing');
  const owned = decodeOwned(partition);
  if (paused != null) member.pause(owned, paused);
  else if (seek) {
    const offset = wireOffset('controls.seek.offset', seek.offset ?? 0);
    member.seek(owned, offset, wireCount('controls.seek.seek_number', seek.seekNumber));
  } else throw invalidArgument('controls', 'holds an entry without a change; it needs paused or seek');
}

/** INVALID_ARGUMENT, naming the field. */
export function decodeOwned({
  topic,
  partition,
  generation,
}: respool.v1.OwnedPartition.$Properties): OwnedPartition {
  return {
    topic: topic ?? '',
    partition: wirePartition(partition),
    generation: wireCount('generation', generation),
  };
}

/** More than anybody has memory for; a bound on a sum that clients add to. */
const MAX_CREDIT_BYTES = 1024 ** 3;

/** The credit of one member, counted along for its bound. */
export class Credit {
  #leftBytes = 0;

  /** More was granted: how much. INVALID_ARGUMENT if more than a GiB is open. */
  grant(creditBytes: number | null | undefined): number {
    const bytes = wireCount('credit_bytes', creditBytes);
    this.#leftBytes += bytes;
    if (this.#leftBytes <= MAX_CREDIT_BYTES) return bytes;
    throw invalidArgument(
      'credit_bytes',
      `is ${bytes}, which makes ${this.#leftBytes} that are open; there may be ${MAX_CREDIT_BYTES}`,
    );
  }

  /** Batches were sent. */
  use(bytes: number): void {
    this.#leftBytes -= bytes;
  }
}

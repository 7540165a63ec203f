import type { respool } from '../../proto/index.js';
import type { WireOffset } from './offsets-to-commit.js';

type ConsumeRequest = respool.v1.ConsumeRequest.$Properties;
type MemberCommit = respool.v1.MemberCommit.$Properties;
type WirePartition = respool.v1.OwnedPartition.$Properties;
type DeliveryControl = respool.v1.DeliveryControl.$Properties;

/** One commit names no more partitions than this; a larger one is cut. */
export const MAX_OFFSETS_OF_COMMIT = 200;
/** A message takes commits until it is about so large. */
const MESSAGE_BYTES = 256 * 1024;
/** … and no more of everything else than so many. */
const MAX_ITEMS = 5000;

/**
 * What a member has to tell the broker: all that becomes ready while a message is being written goes into the next one. Within a message the broker takes commits before
 * releases, and those before the leave.
 */
export class Outbox {
  readonly #creditStepBytes: number;
  #creditBytes = 0;
  #commits: MemberCommit[] = [];
  #released: WirePartition[] = [];
  #controls: DeliveryControl[] = [];
  #leave = false;

  /** Credit is returned when there is so much of it, or with something else. */
  constructor(creditStepBytes: number) {
    this.#creditStepBytes = creditStepBytes;
  }

  grant(bytes: number): void {
    this.#creditBytes += bytes;
  }

  commit(correlationId: number, offsets: WireOffset[]): void {
    this.#commits.push({ correlationId, offsets });
  }

  release(partition: WirePartition): void {
    this.#released.push(partition);
  }

  control(control: DeliveryControl): void {
    this.#controls.push(control);
  }

  /** To be said behind all else. */
  leave(): void {
    this.#leave = true;
  }

  /** What is to be said now; undefined: nothing. */
  take(): ConsumeRequest | undefined {
    const commits = this.#takeCommits();
    const rest = this.#commits.length > 0;
    // What is given up comes behind the commits that belong to it.
    const released = rest ? [] : this.#released.splice(0, MAX_ITEMS);
    const controls = rest ? [] : this.#controls.splice(0, MAX_ITEMS);
    const leave = this.#leave && !rest && this.#released.length === 0;
    if (leave) this.#leave = false;
    const quiet = commits.length === 0 && released.length === 0 && controls.length === 0 && !leave;
    if (quiet && this.#creditBytes < this.#creditStepBytes) return undefined;
    return { ...this.takeCredit(), commits, released, controls, leave };
  }

  /** A sign of life. */
  takeCredit(): ConsumeRequest {
    const creditBytes = this.#creditBytes;
    this.#creditBytes = 0;
    return { creditBytes };
  }

  #takeCommits(): MemberCommit[] {
    let bytes = 0;
    let count = 0;
    for (; count < this.#commits.length && bytes < MESSAGE_BYTES; count++)
      bytes += sizeOf(this.#commits[count]!);
    return this.#commits.splice(0, count);
  }
}

/** About how large a commit is in a message, and no less than what its fields cost the broker. */
function sizeOf({ offsets }: MemberCommit): number {
  return (offsets ?? []).reduce(
    (sum, { topic, metadata }) => sum + 64 + (topic?.length ?? 0) + (metadata?.length ?? 0),
    16,
  );
}

import type { AssignedPartition, TopicPartition } from './consumer-options.js';
import { partitionKey, type WireOffset } from './offsets-to-commit.js';

/**
 * A partition as this consumer has it in one generation: how far it was handed out, how far it is done, how far that is committed. When it is given anew, another one takes its
 * place.
 *
 * Invariants:
 * - `confirmed`, where there is one, was once `done`: nothing is committed that was not done before;
 * - what is handed out is the record or batch before `position`; `done` reaches that far once it is finished, not before;
 * - what was sent under another `seekNumber` is void.
 */
export class OwnedPartition {
  readonly key: string;
  readonly assigned: AssignedPartition;
  /** The next offset to hand out. */
  position: number;
  /** The offset up to which everything is done; undefined: nothing was done in this generation, and the group knows where it is. */
  done: number | undefined;
  /** What was last sent to be committed, and not refused. */
  sent: number | undefined;
  /** What the broker has acknowledged last. */
  confirmed: number | undefined;
  /** Of the last batch that was handed out. */
  leaderEpoch = 0;
  /** Counts the seeks; what was sent before the last one carries a lower number. */
  seekNumber = 0;
  paused = false;
  /** True: it is to be released. */
  revoked = false;
  /** False: it is the consumer's no more, or was given anew. */
  live = true;
  /** Where what is in the caller's hands ends; undefined: nothing is. */
  #inHandEnd: number | undefined;

  constructor(assigned: AssignedPartition) {
    this.key = partitionKey(assigned);
    this.assigned = Object.freeze({ ...assigned });
    this.position = assigned.startOffset;
    // Where a group begins is worth remembering: one that begins at the end would miss what comes before it is there again.
    if (assigned.committedOffset === undefined) this.done = assigned.startOffset;
  }

  get name(): TopicPartition {
    return { topic: this.assigned.topic, partition: this.assigned.partition };
  }

  get isInHand(): boolean {
    return this.#inHandEnd !== undefined;
  }

  /** Everything before `nextOffset` is handed out; the last of it is in the caller's hands. */
  hand(nextOffset: number): void {
    this.position = nextOffset;
    this.#inHandEnd = nextOffset;
  }

  /** What was in the caller's hands is done. */
  finish(): void {
    if (this.#inHandEnd === undefined) return;
    this.#doneTo(this.#inHandEnd);
    this.#inHandEnd = undefined;
  }

  /** Goes past offsets in which there is nothing to hand out. To be called when nothing is in hand. */
  passTo(nextOffset: number): void {
    this.position = Math.max(this.position, nextOffset);
    this.#doneTo(nextOffset);
  }

  /** Counts everything before `nextOffset` as done, though it was not handed out yet. */
  passDone(nextOffset: number): void {
    this.#doneTo(nextOffset);
  }

  /** Goes on at another place: what lies before it counts as done, whatever is in hand. */
  seek(offset: number): void {
    this.seekNumber++;
    this.position = offset;
    this.done = offset;
    this.#inHandEnd = undefined;
  }

  /** Voids what was sent and not handed out, since it is to be sent again. */
  dropSent(): void {
    this.seekNumber++;
  }

  /** It is the consumer's no more. */
  retire(): void {
    this.live = false;
  }

  toWire(offset: number, metadata = ''): WireOffset {
    const { topic, partition, generation } = this.assigned;
    return { topic, partition, offset, generation, leaderEpoch: this.leaderEpoch, metadata };
  }

  #doneTo(offset: number): void {
    this.done = Math.max(this.done ?? 0, offset);
  }
}

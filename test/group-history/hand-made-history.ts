import type { GroupEvent, GroupHistory, Outcome } from './group-event.js';

/** What an event says besides when it happened; of each kind its own fields. */
type Said<E = GroupEvent> = E extends GroupEvent ? Omit<E, 'at'> : never;

/** What asks the broker for something says so without its number, which it is given. */
type Asked<E = GroupEvent> = E extends { call: string; partition: string } ? Omit<E, 'at' | 'call'> : never;

export const PARTITION = 'billing orders-0';
/** Another one of the group, without records. */
export const EMPTY_PARTITION = 'billing orders-1';

/** A history of one partition told event by event; each happens after the one before. The value at an offset is the offset. */
export class HandMadeHistory {
  readonly #events: GroupEvent[] = [];
  #calls = 0;

  constructor(private readonly endOffset: number) {}

  joins(consumer: string): void {
    this.#take({ kind: 'joining', consumer });
  }

  /** `member`: the membership, where a consumer has more than one. */
  owns(
    consumer: string,
    generation: number,
    startOffset: number,
    { member = consumer, partition = PARTITION }: { member?: string; partition?: string } = {},
  ): void {
    this.#take({ kind: 'assigned', consumer, member, partition, generation, startOffset });
  }

  /** Is handed the offsets from `from` to `to`. */
  reads(consumer: string, generation: number, from: number, to: number, values = upTo(to).slice(from)): void {
    this.#take({ kind: 'delivered', consumer, partition: PARTITION, generation, offset: from, values });
  }

  /** Sends a commit; the answer is taken down with {@link answers}. */
  commits(consumer: string | undefined, generation: number | undefined, offset: number): string {
    return this.#call({ kind: 'committing', consumer, partition: PARTITION, generation, offset });
  }

  committed(consumer: string | undefined, generation: number | undefined, offset: number): void {
    this.answers(this.commits(consumer, generation, offset), 'ok');
  }

  refused(consumer: string, generation: number, offset: number, code = 'STALE_GENERATION'): void {
    this.answers(this.commits(consumer, generation, offset), 'refused', code);
  }

  isRevoked(consumer: string): void {
    this.#take({ kind: 'revoked', consumer, partition: PARTITION });
  }

  releases(consumer: string): void {
    this.#take({ kind: 'released', consumer, partition: PARTITION });
  }

  loses(consumer: string): void {
    this.#take({ kind: 'lost', consumer, partition: PARTITION });
  }

  leaves(consumer: string): void {
    this.#take({ kind: 'leaving', consumer });
  }

  resets(offset: number): string {
    return this.#call({ kind: 'resetting', partition: PARTITION, offset });
  }

  wasReset(offset: number): void {
    this.answers(this.resets(offset), 'ok');
  }

  asksForOffset(): string {
    return this.#call({ kind: 'describing', partition: PARTITION });
  }

  /** A description that shows this committed offset; undefined: none. */
  shows(offset: number | undefined): void {
    this.answers(this.asksForOffset(), 'ok', undefined, offset);
  }

  answers(call: string, outcome: Outcome, code?: string, offset?: number): void {
    const offsets = offset === undefined ? {} : { [PARTITION]: offset };
    this.#take({ kind: 'answered', call, outcome, code, offsets });
  }

  history(): GroupHistory {
    const logs = [
      { partition: PARTITION, values: upTo(this.endOffset) },
      { partition: EMPTY_PARTITION, values: [] },
    ];
    return { events: this.#events, logs };
  }

  #call(asked: Asked): string {
    this.#calls += 1;
    const call = `call ${this.#calls}`;
    this.#take({ ...asked, call });
    return call;
  }

  #take(said: Said): void {
    this.#events.push({ ...said, at: this.#events.length } as GroupEvent);
  }
}

function upTo(end: number): number[] {
  return Array.from({ length: end }, (_, offset) => offset);
}

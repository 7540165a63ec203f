/**
 * How much may be half received, of all calls together: a message is kept until its last byte has come, and a peer may take its time.
 *
 * From half of the limit on, calls wait before they begin another message. At the limit the call whose message began longest ago is
 * broken off: one that is being sent is done in no time, so it is one whose peer holds back.
 */
import { ByteBudget } from './byte-budget.js';

export class ReceiveBudget {
  /** Open while there may be new messages. */
  readonly beginning: ByteBudget;
  /** Those in the middle of a message, the one that began first in front. */
  readonly #receiving = new Set<Receiving>();

  constructor(readonly limitBytes: number) {
    this.beginning = new ByteBudget(limitBytes / 2);
  }

  get heldBytes(): number {
    return this.beginning.heldBytes;
  }

  /** A call's part; `breakOff` ends the call at once. */
  open(breakOff: () => void): Receiving {
    return new Receiving(this, this.#receiving, breakOff);
  }

  /** Makes room by breaking off calls, oldest message first. */
  enforce(): void {
    for (const receiving of this.#receiving) {
      if (this.heldBytes <= this.limitBytes) return;
      receiving.close();
      receiving.breakOff();
    }
  }
}

/** One call's message that has begun. */
export class Receiving {
  #heldBytes = 0;

  constructor(
    private readonly budget: ReceiveBudget,
    private readonly all: Set<Receiving>,
    readonly breakOff: () => void,
  ) {}

  /** True between the first byte of a message and its delivery. */
  get isUnderway(): boolean {
    return this.#heldBytes > 0;
  }

  /** Bytes of the message have come. */
  received(bytes: number): void {
    this.all.add(this);
    this.#heldBytes += bytes;
    this.budget.beginning.take(bytes);
    this.budget.enforce();
  }

  /** The message is whole, and somebody else's. */
  delivered(): void {
    this.close();
  }

  /** The call is over. */
  close(): void {
    this.all.delete(this);
    const held = this.#heldBytes;
    this.#heldBytes = 0;
    this.budget.beginning.give(held);
  }
}

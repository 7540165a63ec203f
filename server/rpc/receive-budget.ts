/**
 * How much may be half received, of all calls together: a message is kept until its last byte has come, and a peer may take its time.
 *
 * Beyond the limit the call whose message began longest ago is broken off. One that is being sent is done in no time, so that is one whose
 * peer holds back. Nobody waits: peers that hold back would else make all others wait.
 */
export class ReceiveBudget {
  #heldBytes = 0;
  /** Those in the middle of a message, the one that began first in front. */
  readonly #receiving = new Set<Receiving>();

  constructor(readonly limitBytes: number) {}

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** A call's part; `breakOff` ends the call at once. */
  open(breakOff: () => void): Receiving {
    return new Receiving(breakOff, {
      take: (receiving, bytes) => this.#take(receiving, bytes),
      give: (receiving, bytes) => this.#give(receiving, bytes),
    });
  }

  #take(receiving: Receiving, bytes: number): void {
    this.#receiving.add(receiving);
    this.#heldBytes += bytes;
    for (const oldest of this.#receiving) {
      if (this.#heldBytes <= this.limitBytes) return;
      oldest.breakOff();
    }
  }

  #give(receiving: Receiving, bytes: number): void {
    this.#receiving.delete(receiving);
    this.#heldBytes -= bytes;
  }
}

interface Share {
  take(receiving: Receiving, bytes: number): void;
  give(receiving: Receiving, bytes: number): void;
}

/** One call's message that has begun. */
export class Receiving {
  #heldBytes = 0;
  #isOver = false;

  constructor(
    private readonly onBreakOff: () => void,
    private readonly share: Share,
  ) {}

  /** True between the first byte of a message and its delivery. */
  get isUnderway(): boolean {
    return this.#heldBytes > 0;
  }

  /** Bytes of the message have come. What comes after the call is over is thrown away by grpc-js, and not counted. */
  received(bytes: number): void {
    if (this.#isOver) return;
    this.#heldBytes += bytes;
    this.share.take(this, bytes);
  }

  /** The message is whole, and somebody else's. */
  delivered(): void {
    const held = this.#heldBytes;
    this.#heldBytes = 0;
    this.share.give(this, held);
  }

  /** The call is over. */
  close(): void {
    this.#isOver = true;
    this.delivered();
  }

  breakOff(): void {
    this.close();
    this.onBreakOff();
  }
}

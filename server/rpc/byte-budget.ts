/**
 * A number of bytes that may be held at a time. Taking never waits: what came in is there. Those who would bring more wait until it is open.
 *
 * Invariant: `heldBytes` is the sum of what was taken and not given back; it passes the limit by at most what one taker brings after it
 * was let through.
 */
export class ByteBudget {
  #heldBytes = 0;
  readonly #waiting = new Set<() => void>();

  constructor(readonly limitBytes: number) {}

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get isOpen(): boolean {
    return this.#heldBytes < this.limitBytes;
  }

  take(bytes: number): void {
    this.#heldBytes += bytes;
  }

  give(bytes: number): void {
    this.#heldBytes -= bytes;
    this.#letThrough();
  }

  /** Calls back as soon as the budget is open: now, or later in the order of asking. The answer takes the wish back. */
  whenOpen(callback: () => void): () => void {
    if (this.isOpen && this.#waiting.size === 0) {
      callback();
      return () => {};
    }
    const wish = () => callback();
    this.#waiting.add(wish);
    return () => this.#waiting.delete(wish);
  }

  #letThrough(): void {
    for (const wish of this.#waiting) {
      if (!this.isOpen) return;
      this.#waiting.delete(wish);
      wish();
    }
  }
}

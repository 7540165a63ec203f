/** Bytes that a producer holds, under a limit, and those who wait until there are fewer. */
export class ByteBudget {
  readonly #limitBytes: number;
  #usedBytes = 0;
  #whenRoomy: (() => void)[] = [];

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get isFull(): boolean {
    return this.#usedBytes >= this.#limitBytes;
  }

  add(bytes: number): void {
    this.#usedBytes += bytes;
  }

  /** Gives bytes back. Those who wait are called once half of the budget is free: a writer that is let in for each batch would make small ones. */
  release(bytes: number): void {
    this.#usedBytes -= bytes;
    if (this.#whenRoomy.length === 0 || this.#usedBytes > this.#limitBytes / 2) return;
    const waiting = this.#whenRoomy;
    this.#whenRoomy = [];
    for (const call of waiting) call();
  }

  /** Resolves when there is room, in the order of the calls; at once if it is not full and nobody waits. */
  roomy(): Promise<void> {
    if (!this.isFull && this.#whenRoomy.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenRoomy.push(resolve));
  }
}

/** How many calls are open, and whether there may be more. */
export class OpenCalls {
  #count = 0;
  #isDraining = false;
  #onNone: (() => void)[] = [];

  constructor(readonly limit: number) {}

  get count(): number {
    return this.#count;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  opened(): void {
    this.#count++;
  }

  closed(): void {
    this.#count--;
    if (this.#count === 0) for (const tell of this.#onNone.splice(0)) tell();
  }

  /** From now on no call is let in. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Resolves when no call is open. */
  whenNone(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#onNone.push(resolve));
  }
}

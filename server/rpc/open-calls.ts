/** How many calls are open, and whether there may be more. */
export class OpenCalls {
  #count = 0;
  #isDraining = false;

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
  }

  /** From now on no call is let in. */
  drain(): void {
    this.#isDraining = true;
  }
}

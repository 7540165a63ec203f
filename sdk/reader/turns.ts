/** Lets calls have their turn one behind the other. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #taken = 0;

  /** True if no call is under way and none waits; already so for whoever was waiting for the last of them. */
  get areOver(): boolean {
    return this.#taken === 0;
  }

  /** Makes the call when all before it have ended, well or not. */
  take<T>(call: () => Promise<T>): Promise<T> {
    this.#taken++;
    const mine = this.#last.then(() => this.#make(call));
    this.#last = mine.catch(() => {});
    return mine;
  }

  /** Resolves when all calls so far have ended, well or not. */
  async ended(): Promise<void> {
    await this.#last;
  }

  async #make<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } finally {
      this.#taken--;
    }
  }
}

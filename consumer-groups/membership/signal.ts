/** Wakes one who waits for something to do; raised while nobody waits, it ends the next wait at once. */
export class Signal {
  #raised = false;
  #wake: (() => void) | undefined;

  raise(): void {
    this.#raised = true;
    this.#wake?.();
  }

  /** Forgets what was raised before. Call before the look at what there is to do. */
  lower(): void {
    this.#raised = false;
  }

  /** One caller at a time. */
  async raised(): Promise<void> {
    if (!this.#raised) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = undefined;
  }
}

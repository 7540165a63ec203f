/** A stuck loop is noticed so many times finer than it is allowed to be stuck. */
const TICKS = 10;

/** Notices that the loop has not asked for more for too long. It only counts, so that asking costs next to nothing. */
export class ProcessingWatch {
  readonly #maxProcessingMs: number;
  readonly #onStuck: () => void;
  #timer: NodeJS.Timeout | undefined;
  #quietTicks = 0;
  #asksBefore = 0;
  /** How often the loop has asked. */
  asks = 0;
  /** True while the loop waits for what it has asked for. */
  waiting = false;

  /** `onStuck` is called when the loop has asked for nothing for `maxProcessingMs`, or up to a tenth more. */
  constructor(maxProcessingMs: number, onStuck: () => void) {
    this.#maxProcessingMs = maxProcessingMs;
    this.#onStuck = onStuck;
  }

  /** Idempotent. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#quietTicks = 0;
    this.#timer = setInterval(() => this.#tick(), this.#maxProcessingMs / TICKS);
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const busy = this.waiting || this.asks !== this.#asksBefore;
    this.#asksBefore = this.asks;
    this.#quietTicks = busy ? 0 : this.#quietTicks + 1;
    if (this.#quietTicks < TICKS) return;
    this.stop();
    this.#onStuck();
  }
}

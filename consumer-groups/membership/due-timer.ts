/** Acts when a moment has come that is put off again and again: one timer, which looks at the moment when it fires, and is not touched whenever that moves. */
import type { Clock } from '../../segment-store/index.js';

export class DueTimer {
  #cancel: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    /** On the monotonic clock, milliseconds; undefined: nothing is due. May only move forward, unless {@link watch} is called. */
    private readonly dueMs: () => number | undefined,
    private readonly act: () => void,
  ) {}

  /** Call when something has become due that was not. Idempotent. */
  watch(): void {
    const dueMs = this.dueMs();
    if (this.#cancel !== undefined || dueMs === undefined) return;
    const waitMs = Math.max(0, dueMs - this.clock.monotonicMs());
    this.#cancel = this.clock.after(waitMs, () => this.#look());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    this.#cancel = undefined;
    const dueMs = this.dueMs();
    if (dueMs === undefined) return;
    if (dueMs <= this.clock.monotonicMs()) this.act();
    else this.watch();
  }
}

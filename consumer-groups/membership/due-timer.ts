/**
 * Acts when a moment has come that is put off again and again: one timer, which looks at the moment when it fires, and is not touched whenever that moves.
 *
 * A timer that fires late tells that the broker itself was held up. What members said meanwhile may still wait to be read, so there is a second look a little later.
 */
import type { Clock } from '../../segment-store/index.js';

/** Later than this is late, and so much later is the second look. */
const LATE_MS = 100;

export class DueTimer {
  #isSecondLook = false;
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
    this.#lookAfter(Math.max(0, dueMs - this.clock.monotonicMs()), false);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #lookAfter(ms: number, isSecondLook: boolean): void {
    this.#isSecondLook = isSecondLook;
    this.#cancel = this.clock.after(ms, () => this.#look());
  }

  #look(): void {
    this.#cancel = undefined;
    const dueMs = this.dueMs();
    if (dueMs === undefined) return;
    const lateMs = this.clock.monotonicMs() - dueMs;
    if (lateMs < 0) this.watch();
    else if (lateMs > LATE_MS && !this.#isSecondLook) this.#lookAfter(LATE_MS, true);
    else this.act();
  }
}

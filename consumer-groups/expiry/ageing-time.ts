/**
 * The time that ages of offsets are measured by. Wall time, since what is stored has to outlive the process; but a wall clock that jumps must not make anything old:
 *
 * - a jump forward counts no further than the time that has really passed since the start, so that nothing expires because of it. Should the clock be wrong at the start already,
 *   there is {@link sinceStartMs};
 * - a jump backward makes everything younger, so that it expires later. What is committed after it has times of the new clock, and so the smaller of both times is the one that counts.
 *
 * Either way the harm is that something is kept for longer, at worst until the next start.
 */
import type { Clock } from '../../segment-store/index.js';

export class AgeingTime {
  readonly #startWallMs: number;
  readonly #startMonotonicMs: number;

  constructor(private readonly clock: Clock) {
    this.#startWallMs = clock.wallMs();
    this.#startMonotonicMs = clock.monotonicMs();
  }

  /** Milliseconds since 1970 UTC. */
  nowMs(): number {
    return Math.min(this.clock.wallMs(), this.#startWallMs + this.sinceStartMs());
  }

  sinceStartMs(): number {
    return this.clock.monotonicMs() - this.#startMonotonicMs;
  }
}

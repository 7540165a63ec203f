/**
 * The time that ages of offsets are measured by. Wall time, since what is stored outlives the process; but a wall clock that jumps must not make anything old:
 *
 * - after a jump forward no more counts than the time that has really passed since the start;
 * - after a jump backward everything is younger by it, so that nothing expires too early. What is committed then has times of the new clock, and is measured by it.
 *
 * Either way something may be kept for longer, at worst until the next start. What a clock that was wrong has written cannot be told from the truth when it is right again;
 * against that there is the time that groups have after every start, see {@link sinceStartMs}.
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

/** A clock that stands still until a test moves it. */
import type { Clock } from '../../../segment-store/index.js';

interface Timer {
  dueMs: number;
  callback: () => void;
}

export class SteerableClock implements Clock {
  #wallMs = Date.UTC(2026, 0, 1);
  #monotonicMs = 0;
  readonly #timers = new Set<Timer>();
  readonly #watchers: { ms: number; seen: () => void }[] = [];

  wallMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { dueMs: this.#monotonicMs + ms, callback };
    this.#timers.add(timer);
    for (const watcher of this.#watchers.splice(0)) {
      if (watcher.ms === ms) watcher.seen();
      else this.#watchers.push(watcher);
    }
    return () => this.#timers.delete(timer);
  }

  /** Resolves when a timer of exactly so long is set the next time. */
  timerSet(ms: number): Promise<void> {
    return new Promise((seen) => this.#watchers.push({ ms, seen }));
  }

  /** Lets time pass, and calls what falls due, in order. */
  pass(ms: number): void {
    this.#wallMs += ms;
    this.#monotonicMs += ms;
    const due = [...this.#timers].filter(({ dueMs }) => dueMs <= this.#monotonicMs);
    for (const timer of due.sort((a, b) => a.dueMs - b.dueMs)) {
      // One of the others may have cancelled it.
      if (this.#timers.delete(timer)) timer.callback();
    }
  }

  /** Sets the wall clock ahead, or with a minus back. */
  jump(ms: number): void {
    this.#wallMs += ms;
  }
}

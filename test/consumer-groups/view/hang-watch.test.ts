import { describe, expect, test } from 'vitest';
import { watchForHang } from '../../../consumer-groups/view/hang-watch.js';
import type { Clock } from '../../../segment-store/index.js';

const TIMEOUT_MS = 1000;

/** A clock of a process that a test can stop: what became due meanwhile comes when it goes on, and is armed anew from then on. */
class StoppableClock implements Clock {
  #nowMs = 0;
  #timers: { dueMs: number; callback: () => void }[] = [];

  wallMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Stands still for so long, then goes on. */
  stopFor(ms: number): void {
    this.#nowMs += ms;
    const due = this.#timers.filter(({ dueMs }) => dueMs <= this.#nowMs);
    this.#timers = this.#timers.filter(({ dueMs }) => dueMs > this.#nowMs);
    for (const { callback } of due) callback();
  }

  runFor(ms: number): void {
    for (let i = 0; i < ms; i++) this.stopFor(1);
  }
}

describe('the watch over work that may hang', () => {
  test('calls back once, when the time has passed, and not before', () => {
    const clock = new StoppableClock();
    let hangs = 0;
    watchForHang(clock, TIMEOUT_MS, () => hangs++);
    clock.runFor(TIMEOUT_MS - 1);
    expect(hangs).toBe(0);
    clock.runFor(TIMEOUT_MS);
    expect(hangs).toBe(1);
  });

  test('does not take a process that was stopped for an hour for work that hangs', () => {
    const clock = new StoppableClock();
    let hangs = 0;
    const cancel = watchForHang(clock, TIMEOUT_MS, () => hangs++);
    clock.stopFor(3_600_000);
    expect(hangs).toBe(0);
    cancel();
    clock.runFor(2 * TIMEOUT_MS);
    expect(hangs).toBe(0);
  });
});

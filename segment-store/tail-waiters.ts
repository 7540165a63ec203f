/** Readers that wait for the high watermark of a partition to pass an offset. Woken by the commit itself; nothing polls. */
import { StoreError } from './errors.js';

interface Waiter {
  offset: number;
  wake: () => void;
  fail: (error: unknown) => void;
}

/** How many waiters a whole store has; shared by its partitions. */
export class WaiterBudget {
  #waiting = 0;

  constructor(private readonly maxWaiters: number) {}

  get waiting(): number {
    return this.#waiting;
  }

  take(): void {
    if (this.#waiting >= this.maxWaiters) {
      const details = { what: 'waiting readers', limit: this.maxWaiters };
      throw new StoreError(
        'TOO_MANY',
        `${this.maxWaiters} readers are waiting already, which is the limit (maxWaiters)`,
        details,
      );
    }
    this.#waiting += 1;
  }

  giveBack(): void {
    this.#waiting -= 1;
  }
}

export class TailWaiters {
  readonly #waiters = new Set<Waiter>();

  constructor(private readonly budget: WaiterBudget) {}

  /** Resolves at the first {@link wake} beyond `offset`; rejects with the signal's reason or what {@link failAll} is given. */
  wait(offset: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.budget.take();
    return new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        offset,
        wake: () => settle(resolve),
        fail: (error) => settle(() => reject(error)),
      };
      const onAbort = () => waiter.fail(signal.reason);
      const settle = (how: () => void) => {
        if (!this.#waiters.delete(waiter)) return;
        signal.removeEventListener('abort', onAbort);
        this.budget.giveBack();
        how();
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', onAbort);
    });
  }

  /** Wakes all that wait for an offset below `highWatermark`. */
  wake(highWatermark: number): void {
    for (const waiter of [...this.#waiters]) if (waiter.offset < highWatermark) waiter.wake();
  }

  failAll(error: unknown): void {
    for (const waiter of [...this.#waiters]) waiter.fail(error);
  }
}

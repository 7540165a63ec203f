/** Bounds the bytes of all appends that wait to be written, so that a flood is refused and never buffered without end. */
import { StoreError } from './errors.js';

export class AppendBudget {
  #waitingBytes = 0;

  constructor(private readonly limitBytes: number) {}

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Throws APPEND_QUEUE_FULL if `bytes` more are too many. An empty queue takes anything. */
  take(bytes: number): void {
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > this.limitBytes) {
      throw new StoreError(
        'APPEND_QUEUE_FULL',
        `${this.#waitingBytes} bytes of appends are waiting to be written; the limit (appendQueueBytes) is ${this.limitBytes}`,
        { limitBytes: this.limitBytes },
      );
    }
    this.#waitingBytes += bytes;
  }

  giveBack(bytes: number): void {
    this.#waitingBytes -= bytes;
  }
}

/**
 * Stops reading a stream while too much of what it brought is unanswered. grpc-js reads sixteen messages ahead into a stream object, whatever
 * the handler does; so the gate sits below it, where single reads are asked for, and HTTP/2 flow control does the rest.
 */
import { ByteBudget } from './byte-budget.js';

export class ReadGate {
  readonly #own: ByteBudget;
  readonly #shared: ByteBudget;
  #cancelOwnWish = () => {};
  #cancelSharedWish = () => {};
  #isClosed = false;

  /** `maxBytes` for this stream, `shared` for all of them together. */
  constructor(maxBytes: number, shared: ByteBudget) {
    this.#own = new ByteBudget(maxBytes);
    this.#shared = shared;
  }

  /** Bytes of this stream that are unanswered. */
  get heldBytes(): number {
    return this.#own.heldBytes;
  }

  /** Bytes have come in. Give them back to both: {@link releaseShared} when they are dealt with, {@link releaseOwn} when the client knows. */
  hold(bytes: number): void {
    this.#own.take(bytes);
    this.#shared.take(bytes);
  }

  releaseShared(bytes: number): void {
    this.#shared.give(bytes);
  }

  releaseOwn(bytes: number): void {
    this.#own.give(bytes);
  }

  /** Calls `read` when the stream may be read: now or later; never after {@link close}. */
  whenOpen(read: () => void): void {
    if (this.#isClosed) return;
    this.#cancelOwnWish = this.#own.whenOpen(() => {
      this.#cancelSharedWish = this.#shared.whenOpen(read);
    });
  }

  /** Reads no more, for good. */
  close(): void {
    this.#isClosed = true;
    this.#cancelOwnWish();
    this.#cancelSharedWish();
  }
}

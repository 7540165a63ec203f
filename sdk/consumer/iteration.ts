import { RespoolError } from '../connection/index.js';
import { Turns } from '../reader/index.js';

/** Where an iteration takes from. */
export interface IterationSource<T> {
  /** The next, if it can be had without waiting. */
  ready(): T | undefined;
  /** The next, when there is one; undefined at the end, or when the iteration `isOver`. One call at a time. */
  next(isOver: () => boolean): Promise<T | undefined>;
  /** The iteration has been left. */
  left(): void;
}

/** Lets one iteration in at a time, so that records of a partition are not worked on by two at once. */
export class IterationGuard {
  #inside: object | undefined;

  /** INVALID_ARGUMENT if another one is inside. */
  enter(iteration: object): void {
    if (this.#inside === iteration) return;
    if (this.#inside !== undefined) {
      throw new RespoolError(
        'INVALID_ARGUMENT',
        'the consumer is being iterated already; one iteration at a time',
      );
    }
    this.#inside = iteration;
  }

  exit(iteration: object): void {
    if (this.#inside === iteration) this.#inside = undefined;
  }
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** One by one, what a source has. Written by hand: an async generator takes twice the time for each. */
export class Iteration<T> implements AsyncIterableIterator<T, undefined> {
  readonly #source: IterationSource<T>;
  readonly #guard: IterationGuard;
  #inside = false;
  #ended = false;
  /** Of the calls of next() that have to wait. */
  readonly #turns = new Turns();

  constructor(source: IterationSource<T>, guard: IterationGuard) {
    this.#source = source;
    this.#guard = guard;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next one. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#inside && this.#turns.areOver) {
      try {
        const value = this.#source.ready();
        if (value !== undefined) return Promise.resolve({ done: false, value });
      } catch (error) {
        return this.#fail(error);
      }
    }
    return this.#turns.take(() => this.#advance());
  }

  /** Leaves the loop. What was handed out last does not count as done. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#end();
    await this.#turns.ended();
    return END;
  }

  async #advance(): Promise<IteratorResult<T, undefined>> {
    if (this.#ended) return END;
    try {
      this.#guard.enter(this);
      this.#inside = true;
      const value = await this.#source.next(() => this.#ended);
      if (value !== undefined) return { done: false, value };
    } catch (error) {
      return this.#fail(error);
    }
    this.#end();
    return END;
  }

  #fail(error: unknown): Promise<never> {
    this.#end();
    return Promise.reject(error);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (!this.#inside) return;
    this.#inside = false;
    this.#guard.exit(this);
    this.#source.left();
  }
}

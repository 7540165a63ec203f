import { backOffMs, type Connection, isRetried, RespoolError } from '../connection/index.js';
import { Assignment } from './assignment.js';
import { Membership } from './membership.js';
import type { ResolvedConsumerOptions } from './resolved-consumer-options.js';

/**
 * A consumer's way in and out of its group: joins, joins again with back-off when the membership was lost for a while, and keeps the error when it was lost for good. Which errors are
 * which is in the row `Consume` of `retry-policy.ts`.
 */
export class GroupSession {
  readonly assignment = new Assignment();
  readonly #connection: Connection;
  readonly #options: ResolvedConsumerOptions;
  readonly #onNews: () => void;
  #membership: Membership | undefined;
  /** True: it was told to leave; the broker has yet to answer. */
  #leaving = false;
  #rejoining: NodeJS.Timeout | undefined;
  #lostInARow = 0;
  /** Since when the broker has not been there, in milliseconds of the monotonic clock; undefined: it is. */
  #awaySinceMs: number | undefined;
  #failure: RespoolError | undefined;
  #lastError: RespoolError | undefined;
  #whenOut: (() => void)[] = [];

  /** `onNews` is called whenever there may be something new to do for the loop. */
  constructor(connection: Connection, options: ResolvedConsumerOptions, onNews: () => void) {
    this.#connection = connection;
    this.#options = options;
    this.#onNews = onNews;
  }

  /** The membership; undefined: the consumer is not in its group now. */
  get membership(): Membership | undefined {
    return this.#leaving ? undefined : this.#membership;
  }

  /** Joins, unless that is done, under way, or about to be tried again. */
  join(): void {
    if (this.#membership !== undefined || this.#rejoining !== undefined) return;
    this.#awaySinceMs ??= performance.now();
    this.#open();
  }

  /** The error that ended the membership for good, once. */
  takeFailure(): RespoolError | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  /** Why nothing can be committed now. */
  absence(): RespoolError {
    const cause = this.#failure ?? this.#lastError;
    if (cause !== undefined && cause === this.#failure) return cause;
    const why = cause === undefined ? 'it has not joined, or has left' : cause.message;
    return new RespoolError('UNAVAILABLE', `the consumer is not in its group now: ${why}`, { cause });
  }

  /** Ends the membership because of an error of this side. */
  fail(error: RespoolError): void {
    this.#membership?.close(error);
    this.#out(error);
    this.#failure = error;
    this.#onNews();
  }

  /** Leaves for good: all partitions are lost from now on. Resolves when the broker has answered everything, or has gone. */
  async leave(): Promise<void> {
    clearTimeout(this.#rejoining);
    this.#rejoining = undefined;
    if (this.#membership === undefined) return;
    if (!this.#leaving) {
      this.#leaving = true;
      this.#membership.leave();
      this.assignment.loseAll();
    }
    await new Promise<void>((resolve) => this.#whenOut.push(resolve));
  }

  /** Ends at once, without a word to the broker. Idempotent. */
  close(error: RespoolError): void {
    clearTimeout(this.#rejoining);
    this.#rejoining = undefined;
    this.#membership?.close(error);
    this.#out(error);
  }

  #open(): void {
    this.#membership = new Membership(this.#connection, this.#options, this.assignment, {
      onNews: this.#onNews,
      onJoined: () => {
        this.#awaySinceMs = undefined;
      },
      onAssigned: () => {
        this.#lostInARow = 0;
      },
      onEnded: (error) => this.#ended(error),
    });
  }

  #ended(error: RespoolError): void {
    const left = this.#leaving;
    this.#out(error);
    if (!left) this.#lost(error);
    this.#onNews();
  }

  #lost(error: RespoolError): void {
    this.#awaySinceMs ??= performance.now();
    const awayMs = performance.now() - this.#awaySinceMs;
    if (!isRetried('Consume', error.code) || awayMs >= this.#options.reconnectTimeoutMs) {
      this.#awaySinceMs = undefined;
      this.#failure = error;
      return;
    }
    this.#lostInARow++;
    const pauseMs = backOffMs(this.#connection.options.backOff, this.#lostInARow);
    this.#rejoining = setTimeout(() => {
      this.#rejoining = undefined;
      if (!this.#connection.closed.aborted) this.#open();
    }, pauseMs);
  }

  #out(error: RespoolError): void {
    this.#membership = undefined;
    this.#leaving = false;
    this.#lastError = error;
    this.assignment.loseAll();
    const waiting = this.#whenOut;
    this.#whenOut = [];
    for (const resolve of waiting) resolve();
  }
}

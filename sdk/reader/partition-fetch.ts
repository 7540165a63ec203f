import { logService, type respool } from '../../proto/index.js';
import {
  backOffMs,
  type Connection,
  fromCallError,
  isRetried,
  type RespoolError,
  wait,
} from '../connection/index.js';
import type { ResolvedReadOptions } from './fetch-options.js';
import type { ReadAhead } from './read-ahead.js';

type FetchRequest = respool.v1.FetchRequest.$Properties;
type FetchResponse = respool.v1.FetchResponse;

/** What to read of a partition, with its positions resolved. */
export interface PartitionRange {
  readonly topic: string;
  readonly partition: number;
  readonly startOffset: number;
  /** Exclusive; Infinity: no end. */
  readonly endOffset: number;
  /** True if reading began at the log start offset, wherever that is. */
  readonly fromEarliest: boolean;
}

/** Something that was read, and the offset to go on from behind it. */
export interface Piece<T> {
  readonly value: T;
  readonly nextOffset: number;
}

/** How the responses are asked for and taken apart. */
export interface FetchFormat<T> {
  readonly request: Pick<FetchRequest, 'format' | 'filter'>;
  /** The pieces of a response, in order, from `nextOffset` on. May throw RespoolError. */
  pieces(
    range: PartitionRange,
    response: FetchResponse,
    nextOffset: number,
  ): AsyncIterable<Piece<T>> | Iterable<Piece<T>>;
}

/**
 * Reads a partition, and goes on at the next offset after a lost connection, so that nothing is read twice and nothing is left out. What is
 * tried again after which errors is in the table of `retry-policy.ts`.
 *
 * Rejects with the signal's reason when it is aborted.
 */
export async function* fetchPartition<T>(
  connection: Connection,
  range: PartitionRange,
  format: FetchFormat<T>,
  options: ResolvedReadOptions,
  readAhead: ReadAhead,
  signal: AbortSignal,
): AsyncGenerator<T, undefined> {
  const reading = new PartitionReading(range, options);
  while (!reading.done) {
    signal.throwIfAborted();
    const share = readAhead.stream(sizeOfResponse);
    const stream = connection.serverStream(logService.Fetch, reading.request(format), [share.interceptor]);
    const cancel = (): void => stream.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      for await (const response of stream as AsyncIterable<FetchResponse>) {
        share.read(response);
        reading.contact();
        for await (const { value, nextOffset } of format.pieces(range, response, reading.nextOffset)) {
          reading.advance(nextOffset);
          yield value;
        }
        reading.advance(response.nextOffset);
        if (reading.done) return;
      }
      reading.ended();
    } catch (cause) {
      signal.throwIfAborted();
      reading.failed(fromCallError(cause));
    } finally {
      signal.removeEventListener('abort', cancel);
      share.close();
      // Its CANCELLED, if it had not ended, has no other listener.
      stream.on('error', () => {});
      stream.cancel();
    }
    if (reading.failures > 0) await wait(backOffMs(connection.options.backOff, reading.failures), signal);
  }
}

/** Where reading stands, and what an end or an error means for it. */
class PartitionReading {
  readonly #range: PartitionRange;
  readonly #options: ResolvedReadOptions;
  nextOffset: number;
  /** True when everything was read. Not so from the start even if nothing was asked for: the broker judges whether the offset is within the log. */
  done = false;
  /** Attempts that failed since the broker was last heard of. */
  failures = 0;
  #begun = false;
  #lastContactMs = performance.now();

  constructor(range: PartitionRange, options: ResolvedReadOptions) {
    this.#range = range;
    this.#options = options;
    this.nextOffset = range.startOffset;
  }

  request(format: FetchFormat<unknown>): FetchRequest {
    const { topic, partition, endOffset } = this.#range;
    const { follow, maxBytes } = this.#options;
    return {
      topic,
      partition,
      from: { offset: this.nextOffset },
      ...(endOffset === Number.POSITIVE_INFINITY ? {} : { until: { offset: endOffset } }),
      follow,
      maxBytes,
      ...format.request,
    };
  }

  /** The broker has answered. */
  contact(): void {
    this.#begun = true;
    this.failures = 0;
    this.#lastContactMs = performance.now();
  }

  advance(nextOffset: number): void {
    this.nextOffset = Math.max(this.nextOffset, nextOffset);
    if (this.nextOffset >= this.#range.endOffset) this.done = true;
  }

  /** The stream has ended without an error: at the end of what was asked for, or if it follows, because the broker wishes so. */
  ended(): void {
    if (!this.#options.follow) this.done = true;
    else this.failures++;
  }

  /** Throws the error unless reading can go on. */
  failed(error: RespoolError): void {
    if (this.#isDamage(error)) this.#skip(error);
    else if (this.#isTooLate(error)) this.#startAgain(error);
    else if (isRetried('Fetch', error.code) && this.#mayReconnect()) this.failures++;
    else throw error;
  }

  /** What was only found here was damaged on the way: the broker's bytes are good, and must not be gone past. */
  #isDamage({ code, details }: RespoolError): boolean {
    return code === 'CORRUPT_BATCH' && this.#options.onDataLoss === 'skip' && details['foundBy'] !== 'client';
  }

  /** Retention was faster: what was the log start offset a moment ago is gone. */
  #isTooLate({ code }: RespoolError): boolean {
    return code === 'OFFSET_OUT_OF_RANGE' && this.#range.fromEarliest && !this.#begun;
  }

  #mayReconnect(): boolean {
    return performance.now() - this.#lastContactMs <= this.#options.reconnectTimeoutMs;
  }

  #skip(error: RespoolError): void {
    const { topic, partition } = this.#range;
    const startOffset = Number(error.details['startOffset']);
    const endOffset = Number(error.details['endOffset']);
    if (!(endOffset > this.nextOffset)) throw error;
    this.#options.onSkipped({
      topic,
      partition,
      startOffset: Math.max(startOffset, this.nextOffset),
      endOffset,
    });
    this.advance(endOffset);
  }

  #startAgain(error: RespoolError): void {
    const startOffset = Number(error.details['startOffset']);
    if (!(startOffset > this.nextOffset)) throw error;
    this.advance(startOffset);
  }
}

/** About what a response holds on to. */
function sizeOfResponse(message: unknown): number {
  const { batches, records } = message as FetchResponse;
  return (batches?.length ?? 0) + (records?.length ?? 0) * 128 + 64;
}

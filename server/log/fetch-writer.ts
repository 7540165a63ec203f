/** Sends the responses of one Fetch, and no more of them than the reader takes. */
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { respool } from '../../proto/index.js';
import type { FetchBuffer } from './fetch-buffers.js';

export type FetchCall = ServerWritableStream<respool.v1.FetchRequest, respool.v1.FetchResponse.$Properties>;
export type FetchResponse = respool.v1.FetchResponse.$Properties;

/** Responses on their way at a time: one being taken, one behind it, so that the line is never idle. */
const MAX_RESPONSES_UNDERWAY = 2;

export class FetchWriter {
  #underway = 0;
  #onTaken: (() => void) | undefined;

  constructor(
    private readonly call: FetchCall,
    private readonly buffer: FetchBuffer,
    signal: AbortSignal,
  ) {
    signal.addEventListener('abort', () => this.#onTaken?.(), { once: true });
  }

  /** Sends a response of about `bytes`; resolves when the next one may be sent, or the call is over. */
  async write(response: FetchResponse, bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#underway++;
    this.buffer.add(bytes);
    this.call.write(response, () => {
      this.#underway--;
      if (!signal.aborted) this.buffer.taken(bytes);
      this.#onTaken?.();
    });
    while (this.#underway >= MAX_RESPONSES_UNDERWAY && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#onTaken = resolve;
      });
    }
    signal.throwIfAborted();
  }
}

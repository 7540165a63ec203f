/** Sends the responses of one stream, and no more of them than the reader takes. */
import type { FetchBuffer } from './fetch-buffers.js';

/** The side of a call that responses are written to. */
interface ResponseCall<Response> {
  /** `onTaken`: the peer's flow control has taken it. */
  write(response: Response, onTaken: () => void): unknown;
}

/** Responses on their way at a time: one being taken, one behind it, so that the line is never idle. */
const MAX_RESPONSES_UNDERWAY = 2;

export class ResponseWriter<Response> {
  #underway = 0;
  #onTaken: (() => void) | undefined;

  constructor(
    private readonly call: ResponseCall<Response>,
    private readonly buffer: FetchBuffer,
    signal: AbortSignal,
  ) {
    signal.addEventListener('abort', () => this.#onTaken?.(), { once: true });
  }

  /** Sends a response of about `bytes`; resolves when the next one may be sent. Rejects with the signal's reason. */
  async write(response: Response, bytes: number, signal: AbortSignal): Promise<void> {
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

import type { ClientDuplexStream } from '@grpc/grpc-js';
import { groupService, type respool } from '../../proto/index.js';
import { type Connection, fromCallError, RespoolError } from '../connection/index.js';

type ConsumeRequest = respool.v1.ConsumeRequest.$Properties;
type ConsumeResponse = respool.v1.ConsumeResponse;

/** What a stream tells whoever opened it. */
export interface ConsumeStreamEvents {
  onResponse(response: ConsumeResponse): void;
  /** The last message has left; another may be written. */
  onWritable(): void;
  /** The stream has ended, by itself; nothing comes after this. UNAVAILABLE if the broker gave no other reason. */
  onEnded(error: RespoolError): void;
}

/** One `Consume` call. One message at a time: what becomes ready while it is being written goes into the next one. */
export class ConsumeStream {
  readonly #stream: ClientDuplexStream<ConsumeRequest, ConsumeResponse>;
  readonly #onWritable: () => void;
  #ended = false;
  #writing = false;

  constructor(connection: Connection, events: ConsumeStreamEvents) {
    this.#stream = connection.bidirectionalStream<ConsumeRequest, ConsumeResponse>(groupService.Consume);
    this.#onWritable = events.onWritable;
    const ended = (error: unknown): void => {
      if (this.#ended) return;
      this.#ended = true;
      events.onEnded(fromCallError(error));
    };
    this.#stream.on('data', (response: ConsumeResponse) => {
      if (!this.#ended) events.onResponse(response);
    });
    this.#stream.on('error', ended);
    this.#stream.on('end', () => {
      // An error, if there is one, comes right behind; it says more.
      setImmediate(ended, new RespoolError('UNAVAILABLE', 'the broker has ended the stream'));
    });
  }

  /** True if a message may be written now. */
  get writable(): boolean {
    return !this.#ended && !this.#writing;
  }

  write(request: ConsumeRequest): void {
    this.#writing = true;
    this.#stream.write(request, () => {
      this.#writing = false;
      if (!this.#ended) this.#onWritable();
    });
  }

  /** Ends the stream; nothing is told any more. Idempotent. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    // Its CANCELLED comes as an error event, which the listener above takes in silence.
    this.#stream.cancel();
  }
}

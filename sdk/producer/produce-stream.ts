import type { ClientDuplexStream } from '@grpc/grpc-js';
import { logService, type respool } from '../../proto/index.js';
import { type Connection, fromCallError, RespoolError } from '../connection/index.js';

type ProduceRequest = respool.v1.ProduceRequest.$Properties;
/** A batch as it travels. */
export type ProduceBatch = respool.v1.ProduceBatch.$Properties;
type ProduceResponse = respool.v1.ProduceResponse;
/** An answer to one batch. */
export type ProduceAck = respool.v1.ProduceAck.$Properties;

/** What a stream tells whoever opened it. */
export interface ProduceStreamEvents {
  /** The broker has taken the stream. */
  onOpen(): void;
  onAcks(acks: readonly ProduceAck[]): void;
  /** The last message has left; another may be written. */
  onWritable(): void;
  /** The stream has ended, by itself; nothing comes after this. */
  onLost(error: RespoolError): void;
}

/** One `Produce` call. One message at a time: what becomes ready while it is being written goes into the next one. */
export class ProduceStream {
  readonly #stream: ClientDuplexStream<ProduceRequest, ProduceResponse>;
  #ended = false;
  #writing = false;

  constructor(connection: Connection, events: ProduceStreamEvents) {
    this.#stream = connection.bidirectionalStream<ProduceRequest, ProduceResponse>(logService.Produce);
    const lost = (error: unknown): void => {
      if (this.#ended) return;
      this.#ended = true;
      events.onLost(fromCallError(error));
    };
    this.#stream.on('metadata', () => {
      if (!this.#ended) events.onOpen();
    });
    this.#stream.on('data', ({ acks }: ProduceResponse) => {
      if (!this.#ended) events.onAcks(acks);
    });
    this.#stream.on('error', lost);
    this.#stream.on('end', () => {
      // An error, if there is one, comes right behind; it says more.
      setImmediate(lost, new RespoolError('UNAVAILABLE', 'the broker has ended the stream'));
    });
    this.#onWritable = events.onWritable;
  }

  readonly #onWritable: () => void;

  /** True if a message may be written now. */
  get writable(): boolean {
    return !this.#ended && !this.#writing;
  }

  /** Sends batches, in order, in one message. */
  write(batches: ProduceBatch[]): void {
    this.#writing = true;
    this.#stream.write({ batches }, () => {
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

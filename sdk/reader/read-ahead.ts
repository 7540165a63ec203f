import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';

/**
 * Bounds how much is read ahead of a consumer, over several streams. By itself grpc-js would read sixteen messages of each, however large.
 *
 * A message is let through to its stream if nothing else lies there unread, so that every stream goes on, or if the budget has room. Until then it is held,
 * and as grpc-js asks for the next message only after this one, the window fills and the broker stops sending.
 */
export class ReadAhead {
  readonly #limitBytes: number;
  #usedBytes = 0;
  #held: { stream: ReadAheadStream; bytes: number; deliver: () => void }[] = [];

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** The share of one stream. `sizeOf` tells how many bytes a message counts for. */
  stream(sizeOf: (message: unknown) => number): ReadAheadStream {
    return new ReadAheadStream(this, sizeOf);
  }

  /** @internal */
  admit(stream: ReadAheadStream, bytes: number, deliver: () => void): void {
    if (stream.unreadBytes === 0 || this.#usedBytes + bytes <= this.#limitBytes)
      this.#let(stream, bytes, deliver);
    else this.#held.push({ stream, bytes, deliver });
  }

  /** @internal */
  release(bytes: number): void {
    this.#usedBytes -= bytes;
    const held = this.#held;
    this.#held = [];
    for (const { stream, bytes, deliver } of held) this.admit(stream, bytes, deliver);
  }

  /** @internal */
  forget(stream: ReadAheadStream): void {
    this.#held = this.#held.filter((held) => held.stream !== stream);
    this.release(stream.unreadBytes);
  }

  #let(stream: ReadAheadStream, bytes: number, deliver: () => void): void {
    this.#usedBytes += bytes;
    stream.unreadBytes += bytes;
    deliver();
  }
}

/** One stream's share of a {@link ReadAhead}. */
export class ReadAheadStream {
  readonly #readAhead: ReadAhead;
  readonly #sizeOf: (message: unknown) => number;
  /** @internal What was let through and not read yet. */
  unreadBytes = 0;

  /** @internal */
  constructor(readAhead: ReadAhead, sizeOf: (message: unknown) => number) {
    this.#readAhead = readAhead;
    this.#sizeOf = sizeOf;
  }

  /** To be handed to the call. */
  readonly interceptor: Interceptor = (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start: (metadata, _listener, next) =>
        next(metadata, {
          onReceiveMessage: (message, deliver) =>
            this.#readAhead.admit(this, this.#sizeOf(message), () => deliver(message)),
        }),
    });

  /** The consumer has taken the message. */
  read(message: unknown): void {
    const bytes = this.#sizeOf(message);
    this.unreadBytes -= bytes;
    this.#readAhead.release(bytes);
  }

  /** The stream has ended: what it had not read counts no more. */
  close(): void {
    this.#readAhead.forget(this);
    this.unreadBytes = 0;
  }
}

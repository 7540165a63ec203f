/**
 * Messages that carry large bytes, written without an intermediate copy.
 *
 * grpc-js frames a serialized message by allocating `byteLength + 5` bytes and calling `copy(frame, 5)`; it uses nothing else of the
 * Buffer that a serializer returns, unless the channel compresses (ours never do: batches are compressed already). So a serializer may
 * return an object that knows its length and writes itself straight into the frame, which doubles the throughput of large batches.
 */

/** A message that can be written; what a serializer returns instead of a Buffer. */
export interface Gathered {
  readonly byteLength: number;
  /** The same as byteLength; the client's side of grpc-js asks for this one. */
  readonly length: number;
  /** Writes the whole message into `target` from `at` on, and returns how many bytes that was. */
  copy(target: Buffer, at?: number): number;
}

/** Makes a {@link Gathered} of a known length; `write` fills the target from `at` and returns where it stopped. */
export function gather(byteLength: number, write: (target: Buffer, at: number) => number): Gathered {
  return {
    byteLength,
    length: byteLength,
    copy(target, at = 0) {
      const end = write(target, at);
      if (end !== at + byteLength) throw new Error(`wrote ${end - at} bytes of a message of ${byteLength}`);
      return byteLength;
    },
  };
}

/** The message as one Buffer, for those who need one. */
export function gatheredBytes(message: Gathered): Buffer {
  const bytes = Buffer.allocUnsafe(message.byteLength);
  message.copy(bytes);
  return bytes;
}

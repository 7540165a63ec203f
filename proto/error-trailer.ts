/** Where a failed call carries its `Error`. */
import type { respool } from './generated/messages.js';
import { respool as generated } from './generated/messages.js';

/** The trailer that holds a serialized `respool.v1.Error`; binary, as its name says. */
export const ERROR_TRAILER = 'respool-error-bin';

export function encodeError(error: respool.v1.Error.$Properties): Buffer {
  return Buffer.from(generated.v1.Error.encode(error).finish());
}

/** The error in `bytes`, or undefined if they are none: a proxy may have put anything there. */
export function decodeError(bytes: Uint8Array): respool.v1.Error | undefined {
  try {
    return generated.v1.Error.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * What a handler can do with its call beyond what grpc-js lets it.
 *
 * An interceptor cannot hand an object to the handler, but both see the same Metadata of the call: that is how they find each other.
 */
import type { Metadata } from '@grpc/grpc-js';
import type { ReadGate } from './read-gate.js';

export interface CallControls {
  /** Decides when the next message of the client is read. */
  readonly gate: ReadGate;
  /** Breaks the call off without waiting for what is still to be sent; for a peer that does not read. The handler is told by `cancelled`. */
  reset(): void;
}

const controls = new WeakMap<Metadata, CallControls>();

export function leaveControls(metadata: Metadata, of: CallControls): void {
  controls.set(metadata, of);
}

/** The controls of the call with this metadata. */
export function controlsOf(call: { metadata: Metadata }): CallControls {
  const found = controls.get(call.metadata);
  if (!found) throw new Error('the call did not come through the interceptor');
  return found;
}

/** What the broker's errors mean for a batch. */
import { isRetried, OUTCOME_UNKNOWN, RespoolError } from '../connection/index.js';
import type { OutgoingBatch } from './outgoing-batch.js';
import type { Failure, Refusal, Slot } from './queued-batch.js';

/** What an error that answers a batch means for its queue. */
export function refusalOf(error: RespoolError, { signature, batch }: Slot<OutgoingBatch>): Refusal {
  const { code, details } = error;
  if (signature === undefined) {
    const again = isRetried('Produce', code) && !OUTCOME_UNKNOWN.has(code);
    return again ? { kind: 'retry', uncertain: false } : { kind: 'final' };
  }
  if (isRetried('Produce', code)) return { kind: 'retry', uncertain: OUTCOME_UNKNOWN.has(code) };
  if (code === 'UNKNOWN_PRODUCER') return { kind: 'forgotten' };
  if (code !== 'OUT_OF_ORDER_SEQUENCE') return { kind: 'final' };
  const end = signature.baseSequence + batch.recordsCount;
  return { kind: 'gap', stored: isAtOrBehind(Number(details['expectedSequence']), end) };
}

/** Why a batch failed, for those who wait for its records. */
export function deliveryError(
  batch: OutgoingBatch,
  failure: Failure,
  deliveryTimeoutMs: number,
): RespoolError {
  const { lastError: cause, recordsCount, topic, partition } = batch;
  const what = `${recordsCount === 1 ? 'a record' : `${recordsCount} records`} for ${topic}-${partition}`;
  const details = { topic, partition, ...cause?.details };
  if (failure.kind === 'timed out') {
    const because = cause === undefined ? '' : `; the last error was: ${cause.message}`;
    return new RespoolError(
      'DELIVERY_TIMEOUT',
      `${what} had no acknowledgement within ${deliveryTimeoutMs} ms (deliveryTimeoutMs)${because}`,
      { details, cause, outcomeUnknown: failure.outcomeUnknown },
    );
  }
  if (failure.kind === 'connection lost') {
    const message = `the connection was lost before ${what} had an acknowledgement; the producer is not idempotent, so that nothing was sent again`;
    return new RespoolError('UNAVAILABLE', message, { details, cause, outcomeUnknown: true });
  }
  const code = cause?.code ?? 'UNKNOWN';
  return new RespoolError(code, cause?.message ?? `${what} failed`, {
    details,
    cause,
    outcomeUnknown: OUTCOME_UNKNOWN.has(code),
  });
}

/** Sequences wrap at 2^31: one is at or behind another if it is less than half the circle further on. */
function isAtOrBehind(sequence: number, end: number): boolean {
  if (!Number.isInteger(sequence)) return false;
  const distance = (((sequence - end) % 2 ** 31) + 2 ** 31) % 2 ** 31;
  return distance < 2 ** 30;
}

import type { ResolvedOffset } from '../admin/index.js';
import { RespoolError } from '../connection/index.js';

/** Throws OFFSET_OUT_OF_RANGE unless the offset can be read from, or is the end of the log: an offset that is asked for by its number is resolved to itself wherever it lies. */
export function checkWithinLog({
  topic,
  partition,
  offset,
  logStartOffset,
  highWatermark,
}: ResolvedOffset): void {
  if (offset >= logStartOffset && offset <= highWatermark) return;
  const message = `offset ${offset} is outside of ${topic}-${partition}, which has ${logStartOffset} to ${highWatermark} (exclusive)`;
  throw new RespoolError('OFFSET_OUT_OF_RANGE', message, {
    details: { topic, partition, offset, startOffset: logStartOffset, endOffset: highWatermark },
  });
}

/** How far a group is behind. */
import type { PartitionBounds } from '../../segment-store/index.js';

/** Records not read yet; what is committed counts although retention may have deleted some since. Never below 0: a log may have lost its end to a power loss. */
export function lagOf(
  committedOffset: number | undefined,
  { logStartOffset, highWatermark }: Pick<PartitionBounds, 'logStartOffset' | 'highWatermark'>,
): number {
  return Math.max(0, highWatermark - (committedOffset ?? logStartOffset));
}

/** What a commit must be like, whoever makes it. */
import { type PartitionBounds, StoreError } from '../segment-store/index.js';
import type { NewCommit } from './committed-offset.js';
import { partitionName } from './partition-name.js';

const MAX_LEADER_EPOCH = 2 ** 31 - 1;

/**
 * Throws unless the offset may be committed: INVALID_ARGUMENT if it is malformed, OFFSET_OUT_OF_RANGE if it is past the high watermark. One below the log start
 * offset is allowed: the records may have been deleted while they were worked on.
 */
export function checkCommit(
  commit: NewCommit,
  { logStartOffset, highWatermark }: Pick<PartitionBounds, 'logStartOffset' | 'highWatermark'>,
  maxMetadataBytes: number,
): void {
  const { topic, partition, offset, leaderEpoch, metadata } = commit;
  const place = partitionName(topic, partition);
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw malformed(
      'offset',
      `The offset to commit for ${place} must be a whole number from 0, not ${offset}`,
    );
  }
  if (!Number.isInteger(leaderEpoch) || leaderEpoch < 0 || leaderEpoch > MAX_LEADER_EPOCH) {
    const expected = `a whole number from 0 to ${MAX_LEADER_EPOCH}`;
    throw malformed('leaderEpoch', `The leader epoch of ${place} must be ${expected}, not ${leaderEpoch}`);
  }
  const metadataBytes = Buffer.byteLength(metadata);
  if (metadataBytes > maxMetadataBytes) {
    const limit = `the limit (maxCommitMetadataBytes) is ${maxMetadataBytes}`;
    throw malformed('metadata', `The metadata for ${place} have ${metadataBytes} bytes; ${limit}`);
  }
  if (offset > highWatermark) {
    throw new StoreError(
      'OFFSET_OUT_OF_RANGE',
      `${offset} cannot be committed for ${place}, whose records end at ${highWatermark} (exclusive)`,
      { topic, partition, offset, startOffset: logStartOffset, endOffset: highWatermark },
    );
  }
}

function malformed(field: string, message: string): StoreError<'INVALID_ARGUMENT'> {
  return new StoreError('INVALID_ARGUMENT', message, { field });
}

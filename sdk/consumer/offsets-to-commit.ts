import type { respool } from '../../proto/index.js';
import { checkInteger, checkText, invalidOption } from '../connection/index.js';
import type { OffsetToCommit } from './consumer-options.js';

/** An offset to commit, as it travels. */
export type WireOffset = respool.v1.OffsetCommit.$Properties;

/** To messages. INVALID_ARGUMENT, naming the field and its bounds, also where a partition is named twice. */
export function toWireOffsets(field: string, offsets: readonly OffsetToCommit[]): WireOffset[] {
  if (!Array.isArray(offsets) || offsets.length === 0) {
    throw invalidOption(field, offsets, 'it must be a list of at least one offset');
  }
  const seen = new Set<string>();
  return offsets.map(({ topic, partition, offset, metadata = '' }: OffsetToCommit, i) => {
    checkText(`${field}[${i}].topic`, topic);
    checkInteger(`${field}[${i}].partition`, partition, 0, 2 ** 31 - 1);
    checkInteger(`${field}[${i}].offset`, offset, 0);
    if (typeof metadata !== 'string') {
      throw invalidOption(`${field}[${i}].metadata`, metadata, 'it must be a string');
    }
    const key = partitionKey({ topic, partition });
    if (seen.has(key)) throw invalidOption(field, key, 'no partition may be named twice');
    seen.add(key);
    return { topic, partition, offset, metadata };
  });
}

/** The name of a partition: as a directory of the log is called, so that no two have the same. */
export function partitionKey({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}-${partition}`;
}

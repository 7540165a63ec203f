/** The bounds of partitions, each looked up once: for a look at many groups that read the same topics. */
import { isStoreError, type LogStore, type PartitionBounds } from '../../segment-store/index.js';
import { partitionName } from '../partition-name.js';

export class BoundsLookup {
  readonly #found = new Map<string, PartitionBounds | undefined>();

  constructor(private readonly log: LogStore) {}

  /** Undefined: there is no such partition. */
  async of(topic: string, partition: number): Promise<PartitionBounds | undefined> {
    const name = partitionName(topic, partition);
    const found = this.#found.get(name);
    if (found !== undefined || this.#found.has(name)) return found;
    const bounds = await boundsIfThere(this.log, topic, partition);
    this.#found.set(name, bounds);
    return bounds;
  }
}

/** Undefined: there is no such partition. */
export async function boundsIfThere(
  log: LogStore,
  topic: string,
  partition: number,
): Promise<PartitionBounds | undefined> {
  try {
    return await log.bounds(topic, partition);
  } catch (error) {
    if (isStoreError(error, 'TOPIC_NOT_FOUND') || isStoreError(error, 'PARTITION_NOT_FOUND'))
      return undefined;
    throw error;
  }
}

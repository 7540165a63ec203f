/** What snapshots keep from being deleted. */
import { isStoreError, type LogStore } from '../../segment-store/index.js';
import type { StoredSnapshot } from '../group-store.js';

export class RetentionPins {
  constructor(private readonly log: LogStore) {}

  /** Keeps the records from the snapshot's offsets on, if it asks for that. A partition that is gone has nothing to keep, and is passed over. */
  place(snapshot: StoredSnapshot): void {
    if (!snapshot.pinsRetention) return;
    for (const { topic, partition, offset } of snapshot.offsets) {
      this.#hold(snapshot, topic, partition, offset);
    }
  }

  /** Lets go of them. */
  release(snapshot: StoredSnapshot): void {
    if (!snapshot.pinsRetention) return;
    for (const { topic, partition } of snapshot.offsets) {
      this.#hold(snapshot, topic, partition, undefined);
    }
  }

  #hold({ group, name }: StoredSnapshot, topic: string, partition: number, offset: number | undefined): void {
    try {
      this.log.holdRetention(topic, partition, `snapshot ${group}/${name}`, offset);
    } catch (error) {
      if (!isStoreError(error, 'TOPIC_NOT_FOUND') && !isStoreError(error, 'PARTITION_NOT_FOUND')) throw error;
    }
  }
}

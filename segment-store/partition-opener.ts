/** Opens partitions, some at a time: all that are asked for, or none. */
import { join } from 'node:path';
import { type OffsetCheckpoint, partitionKey } from './checkpoint.js';
import { partitionFolder } from './data-directory.js';
import { Gate } from './gate.js';
import { Partition, type PartitionSharing } from './partition.js';
import { openPartition } from './partition-recovery.js';
import { logFile } from './segment-files.js';
import type { Topic } from './topic.js';

/** Partitions that are opened at a time: enough to keep a disk busy, few enough to leave file handles for others. */
const OPENED_AT_A_TIME = 16;

/** Where the partitions of the data directory stood when that was last written down. */
export interface PartitionCheckpoints {
  recoveryPoints: OffsetCheckpoint;
  /** Lists the partitions that do not begin at 0. Undefined if it was lost: the first segment's base offset must do. */
  logStarts: OffsetCheckpoint | undefined;
}

/** What is known of partitions that are new. */
export const NOTHING_STORED: PartitionCheckpoints = { recoveryPoints: new Map(), logStarts: new Map() };

export class PartitionOpener {
  readonly #opening = new Gate(OPENED_AT_A_TIME);

  constructor(private readonly sharing: PartitionSharing) {}

  /** Opens partitions `from` to `to` (exclusive) of a topic. If one cannot be opened, rejects when nothing is under way any more. */
  async open(topic: Topic, from: number, to: number, stored: PartitionCheckpoints): Promise<Partition[]> {
    const numbers = Array.from({ length: to - from }, (_, i) => from + i);
    const opening = numbers.map((number) => this.#opening.run(() => this.#open(topic, number, stored)));
    return allOrFirstError(opening);
  }

  /** Removes what was made of new partitions that are not to be, as far as that can be done. */
  async discard(topic: string, from: number, to: number): Promise<void> {
    const { fs, files, options } = this.sharing.context;
    for (let number = from; number < to; number += 1) {
      const folder = partitionFolder(options.dataDir, topic, number);
      // Else the next attempt would be given this file, which has no name any more.
      files.retire(join(folder, logFile(0)));
      await fs.removeDirectory(folder).catch(() => {});
    }
  }

  async #open(topic: Topic, number: number, stored: PartitionCheckpoints): Promise<Partition> {
    const { context } = this.sharing;
    const folder = partitionFolder(context.options.dataDir, topic.name, number);
    const identity = { topic: topic.name, partition: number, folder };
    const { config } = topic;
    const layout = { indexIntervalBytes: config.indexIntervalBytes, gaps: topic.settings.everCompacted };
    const key = partitionKey(topic.name, number);
    const opened = await openPartition(context, identity, layout, {
      recoveryPoint: stored.recoveryPoints.get(key),
      logStartOffset: stored.logStarts && (stored.logStarts.get(key) ?? 0),
    });
    return new Partition(identity, config, this.sharing, opened);
  }
}

/** As `Promise.all`, but rejects only when all have ended: what goes on behind a failure would meet the next attempt. */
export async function allOrFirstError<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

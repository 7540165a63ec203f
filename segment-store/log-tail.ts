/**
 * The end of a partition's log: where batches are written, segments are rolled, and bytes become durable. Calls that write
 * ({@link append}, {@link roll}) must not overlap; a {@link sync} may run beside them.
 */
import type { Gate } from './gate.js';
import { createSegment, needsRoll } from './roll.js';
import type { Segment, StampedBatch } from './segment.js';
import type { SegmentList } from './segment-list.js';
import type { StoreContext } from './store-context.js';
import type { TopicConfig } from './topic-config.js';

/** A place between two batches, up to which everything was written. */
export interface Mark {
  readonly segment: Segment;
  /** Bytes of the segment. */
  readonly bytes: number;
  /** The offset there. */
  readonly offset: number;
}

export class LogTail {
  constructor(
    private readonly context: StoreContext,
    private readonly folder: string,
    private readonly segments: SegmentList,
    private readonly syncs: Gate,
    private readonly config: () => TopicConfig,
    /** Writes down, durably, the producers as of the end of the log. */
    private readonly saveProducers: () => Promise<void>,
    /** Called when a new segment has begun. */
    private readonly onRolled: (active: Segment) => void,
  ) {}

  /** How far the log is written. */
  get mark(): Mark {
    const segment = this.segments.active;
    return { segment, bytes: segment.logBytes, offset: segment.nextOffset };
  }

  /** Writes a first part of the group, with one call, and returns how many batches that was: those that fit into the active segment, after rolling it if need be. */
  async append(group: readonly StampedBatch[]): Promise<number> {
    if (needsRoll(this.segments.active, group[0]!, 0, this.config())) await this.roll();
    const fitting = this.#fitting(group);
    await this.segments.active.append(fitting);
    return fitting.length;
  }

  /**
   * Seals the active segment and begins the next:
   * 1. sync the old .log, so that a later segment proves that all before it is whole, and recovery need look into one only;
   * 2. write down the producers, durably: from here on the old segment may be deleted, and recovery can do without it;
   * 3. create the new .log and sync the folder; without this a power loss could take the file with acknowledged records;
   * 4. write the old one's indexes and seal; these can be made anew, so a crash here costs time only.
   */
  async roll(): Promise<void> {
    const old = this.segments.active;
    await this.sync(this.mark);
    // Readers still go no further than the high watermark.
    old.committedBytes = old.logBytes;
    await this.saveProducers();
    const next = await createSegment(this.context, this.folder, old.nextOffset, old.layout);
    await old.seal();
    this.segments.push(next);
    this.onRolled(next);
  }

  /** Makes everything up to the mark durable. Earlier segments are already. */
  async sync(mark: Mark): Promise<void> {
    await this.syncs.run(() => mark.segment.sync());
  }

  #fitting(group: readonly StampedBatch[]): readonly StampedBatch[] {
    const { active } = this.segments;
    let bytes = group[0]!.header.sizeBytes;
    for (let count = 1; count < group.length; count += 1) {
      if (needsRoll(active, group[count]!, bytes, this.config())) return group.slice(0, count);
      bytes += group[count]!.header.sizeBytes;
    }
    return group;
  }
}

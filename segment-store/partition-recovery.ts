/**
 * Opening a partition: from what is in its folder to what may be served and where appends go on.
 *
 * Torn is not corrupt. Only bytes that (a) reach to the end of the last segment, (b) lie beyond everything that is known to be durable, and
 * (c) are followed by no sound batch that was written after a later sync, are the remains of an append that nobody was told of: they are cut off, and kept beside. Anything else that is not sound is damage: it stays
 * where it is, its offsets answer CORRUPT_BATCH, and what lies behind it stays readable. Offsets are never given twice: the log goes on behind
 * the recovery point even if the records before it are gone.
 *
 * Steps, each of which can be cut short and done again:
 * 1. delete leftovers; finish compactions that had been decided;
 * 2. take the last segment's seal at its word: the prefix that it vouches for had been synced; scan what lies behind;
 * 3. cut off a torn tail;
 * 4. write what was scanned again and sync it: after a failed sync the kernel may hold good pages that the disk does not, and
 *    whatever is served from now on must survive;
 * 5. restore the producers from the last snapshot and the batches behind it.
 */
import { dirname, join } from 'node:path';
import type { Expectation } from './batch-walk.js';
import { DamageLog } from './damage-log.js';
import { isNoRoom } from './disk-space.js';
import type { OpenedPartition, PartitionIdentity } from './partition.js';
import { loadProducers } from './producer-files.js';
import { isIdempotent, ProducerState } from './producer-state.js';
import { createSegment } from './roll.js';
import { readTrustedIndex, Segment, type SegmentLayout } from './segment.js';
import { cutFile, logFile, type PartitionListing, parsePartitionListing } from './segment-files.js';
import { SegmentIndex } from './segment-index.js';
import { SegmentList } from './segment-list.js';
import type { Scanned } from './segment-scan.js';
import { finishSwaps } from './segment-swap.js';
import { replaceFile } from './small-file.js';
import type { StoreContext } from './store-context.js';
import { unsyncedBefore } from './unsynced-mark.js';

/** What the checkpoints say of a partition; undefined where they say nothing. */
export interface Checkpointed {
  recoveryPoint: number | undefined;
  logStartOffset: number | undefined;
}

type Damage = Scanned & { kind: 'damage' };

const COPY_BYTES = 1024 ** 2;

export async function openPartition(
  context: StoreContext,
  identity: PartitionIdentity,
  layout: SegmentLayout,
  checkpointed: Checkpointed,
): Promise<OpenedPartition> {
  const recovery = new PartitionRecovery(context, identity, layout, checkpointed);
  return recovery.run();
}

class PartitionRecovery {
  readonly #damage: DamageLog;

  constructor(
    private readonly context: StoreContext,
    private readonly identity: PartitionIdentity,
    private readonly layout: SegmentLayout,
    private readonly checkpointed: Checkpointed,
  ) {
    this.#damage = new DamageLog(identity.topic, identity.partition, context.emit);
  }

  async run(): Promise<OpenedPartition> {
    const listing = await this.#tidy();
    if (listing.segments.length === 0) return this.#begin();
    // The last process may have died between making a file and syncing the folder: what is listed is not what a power loss leaves.
    await this.context.fs.syncDirectory(this.identity.folder);
    const segments = await this.#sealedSegments(listing.segments);
    const logStartOffset = this.#logStart(listing.segments[0]!);
    const start = await this.#openLast(listing.segments.at(-1)!);
    const known = await loadProducers(
      this.context.fs,
      this.identity.folder,
      listing.snapshots,
      start.segment.nextOffset,
      this.context.options.maxProducersPerPartition,
    );
    const producers = known?.producers ?? new ProducerState(this.context.options.maxProducersPerPartition);
    await this.#replayProducers([...segments, start.segment], producers, known?.offset ?? 0);
    await this.#recoverTail(start.segment, producers);
    segments.push(start.segment);
    const list = new SegmentList(segments);
    await this.#goOnBehindRecoveryPoint(list);
    const logEndOffset = list.active.nextOffset;
    return { segments: list, producers, logStartOffset, logEndOffset, damage: this.#damage };
  }

  /** Removes what is left of unfinished work. Segments before the log start offset stay for now: their producers may have to be restored from them. */
  async #tidy(): Promise<PartitionListing> {
    const { fs } = this.context;
    const { folder } = this.identity;
    await fs.makeDirectory(folder);
    const found = parsePartitionListing(await fs.list(folder));
    for (const name of found.leftovers) await fs.remove(join(folder, name));
    await finishSwaps(fs, folder, found);
    return parsePartitionListing(await fs.list(folder));
  }

  /** A partition without a segment: a new one, or one that has lost all. */
  async #begin(): Promise<OpenedPartition> {
    const logStartOffset = this.checkpointed.logStartOffset ?? 0;
    const baseOffset = Math.max(this.checkpointed.recoveryPoint ?? 0, logStartOffset);
    this.#damage.note(logStartOffset, baseOffset, 'the log files are gone');
    const active = await createSegment(this.context, this.identity.folder, baseOffset, this.layout);
    await this.context.fs.syncDirectory(dirname(this.identity.folder));
    const producers = new ProducerState(this.context.options.maxProducersPerPartition);
    const segments = new SegmentList([active]);
    return { segments, producers, logStartOffset, logEndOffset: baseOffset, damage: this.#damage };
  }

  #logStart(firstBaseOffset: number): number {
    const logStartOffset = this.checkpointed.logStartOffset ?? firstBaseOffset;
    if (!this.layout.gaps) this.#damage.note(logStartOffset, firstBaseOffset, 'the first log files are gone');
    return logStartOffset;
  }

  async #sealedSegments(baseOffsets: readonly number[]): Promise<Segment[]> {
    const segments: Segment[] = [];
    for (let at = 0; at + 1 < baseOffsets.length; at += 1) {
      const baseOffset = baseOffsets[at]!;
      const stat = await this.context.fs.stat(join(this.identity.folder, logFile(baseOffset)));
      const state = { logBytes: stat?.sizeBytes ?? 0, nextOffset: baseOffsets[at + 1]! };
      segments.push(new Segment(this.context, this.identity.folder, baseOffset, this.layout, state));
    }
    return segments;
  }

  /** The last segment as far as its seal vouches for it: all of it after a clean shutdown, nothing without a seal. */
  async #openLast(baseOffset: number): Promise<{ segment: Segment; sizeBytes: number }> {
    const { folder } = this.identity;
    const sizeBytes = (await this.context.fs.stat(join(folder, logFile(baseOffset))))?.sizeBytes ?? 0;
    const trusted = await readTrustedIndex(this.context, folder, baseOffset, this.layout.indexIntervalBytes);
    const seal = trusted && trusted.seal.logBytes <= sizeBytes ? trusted.seal : undefined;
    const segment = new Segment(this.context, folder, baseOffset, this.layout, {
      logBytes: seal?.logBytes ?? 0,
      nextOffset: seal?.endOffset ?? baseOffset,
      index: seal ? trusted!.index : new SegmentIndex(baseOffset, this.layout.indexIntervalBytes),
      firstTimestampMs: seal?.firstTimestampMs,
      seal,
    });
    return { segment, sizeBytes };
  }

  /** Notes the batches from `offset` to the end of what the segments vouch for. */
  async #replayProducers(
    segments: readonly Segment[],
    producers: ProducerState,
    offset: number,
  ): Promise<void> {
    for (const segment of segments) {
      if (segment.nextOffset <= offset) continue;
      const expected = {
        nextOffset: segment.baseOffset,
        offsetLimit: segment.nextOffset,
        gaps: this.layout.gaps,
      };
      for await (const found of segment.scan({ position: 0, endPosition: segment.logBytes, expected })) {
        if (found.kind !== 'batch' || found.header.baseOffset < offset || !isIdempotent(found.header))
          continue;
        producers.note(found.header, Number.MAX_SAFE_INTEGER, this.context.clock.wallMs());
      }
    }
  }

  /** Scans what lies behind the seal, cuts off a torn tail, and makes the rest durable. */
  async #recoverTail(segment: Segment, producers: ProducerState): Promise<void> {
    const sizeBytes = (await this.context.fs.stat(segment.logPath))?.sizeBytes ?? 0;
    const from = segment.logBytes;
    if (sizeBytes === from) return;
    const expected = {
      nextOffset: segment.nextOffset,
      offsetLimit: Number.MAX_SAFE_INTEGER,
      gaps: this.layout.gaps,
    };
    for await (const found of segment.scan({ position: from, endPosition: sizeBytes, expected })) {
      if (found.kind === 'batch') {
        segment.recovered(found.header, found.position);
        if (isIdempotent(found.header))
          producers.note(found.header, Number.MAX_SAFE_INTEGER, this.context.clock.wallMs());
      } else if (
        await this.#isTorn(segment, found, { ...expected, nextOffset: found.endOffset }, sizeBytes)
      ) {
        await this.#cutTail(segment, { ...found, endPosition: sizeBytes });
        break;
      } else {
        this.#keepDamage(segment, found);
      }
    }
    await this.#makeDurable(segment, from);
  }

  /** True if everything from the damage on was written after the last sync that returned; see unsynced-mark.ts. */
  async #isTorn(segment: Segment, found: Damage, expected: Expectation, sizeBytes: number): Promise<boolean> {
    if (found.startOffset < (this.checkpointed.recoveryPoint ?? 0)) return false;
    let syncedTo = 0;
    for await (const later of segment.scan({
      position: found.endPosition,
      endPosition: sizeBytes,
      expected,
    })) {
      if (later.kind === 'batch') syncedTo = later.position - unsyncedBefore(later.bytes);
    }
    return syncedTo <= found.position;
  }

  #keepDamage(segment: Segment, found: Damage): void {
    const endOffset = found.atEnd ? (this.checkpointed.recoveryPoint ?? 0) : found.endOffset;
    this.#damage.note(found.startOffset, endOffset, found.reason);
    // At the end what is there stays there, and the log goes on in a new segment behind it.
    if (found.atEnd) segment.logBytes = found.endPosition;
  }

  /** The bytes are copied and the copy synced before they are cut; a crash in between does both again. */
  async #cutTail(segment: Segment, found: Damage): Promise<void> {
    const { topic, partition, folder } = this.identity;
    const bytes = found.endPosition - found.position;
    const tail = Buffer.alloc(bytes);
    await segment.read(tail, found.position);
    const keptIn = join(folder, cutFile(segment.baseOffset, found.startOffset));
    const kept = await this.#keep(keptIn, tail);
    await segment.truncate(found.position);
    const offset = found.startOffset;
    this.context.emit({
      event: 'tail-cut',
      topic,
      partition,
      offset,
      bytes,
      keptIn: kept ? keptIn : undefined,
    });
  }

  /** False if there is no room to keep the bytes: nobody was told of them, so that must not keep the partition shut. */
  async #keep(path: string, tail: Buffer): Promise<boolean> {
    try {
      await replaceFile(this.context.fs, path, tail, { durable: true });
      return true;
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      return false;
    }
  }

  async #makeDurable(segment: Segment, from: number): Promise<void> {
    for (let position = from; position < segment.logBytes; position += COPY_BYTES) {
      const bytes = Buffer.allocUnsafe(Math.min(COPY_BYTES, segment.logBytes - position));
      await segment.read(bytes, position);
      await segment.rewrite(bytes, position);
    }
    await segment.sync();
    segment.committedBytes = segment.logBytes;
  }

  /** If records are gone that had been durable, or the end is damaged, the log goes on in a new segment behind them. */
  async #goOnBehindRecoveryPoint(list: SegmentList): Promise<void> {
    const durableTo = this.checkpointed.recoveryPoint ?? 0;
    const { active } = list;
    const end = active.nextOffset;
    if (end >= durableTo) return;
    this.#damage.note(end, durableTo, 'the records are missing');
    active.nextOffset = durableTo;
    await active.seal();
    list.push(await createSegment(this.context, this.identity.folder, durableTo, this.layout));
  }
}

/** One segment: its log from start to end, its seal and its indexes against it. */
import { join } from 'node:path';
import type { BatchHeader } from '../../proto/record-batch/index.js';
import type { FileSystem } from '../file-system.js';
import { fits, type Seal } from '../seal.js';
import { logFile, offsetIndexFile, sealFile, timeIndexFile } from '../segment-files.js';
import { type Scanned, scanSegment } from '../segment-scan.js';
import { batchItem, recordItems } from './batch-items.js';
import { OffsetIndexCheck, TimeIndexCheck } from './index-check.js';
import type { Finding, InspectionItem, InspectionOptions, SegmentItem } from './inspection-item.js';
import { type Loaded, loadAids, onlyZerosFrom, openLog, type SegmentAids } from './segment-content.js';
import { SegmentTally } from './segment-tally.js';

/** What is known of a segment from outside of it. */
export interface SegmentPlace {
  /** Where the next segment begins; undefined: this is the last one. */
  nextBaseOffset: number | undefined;
  /** Up to where the partition is known to be on disk for sure; undefined: nobody knows. */
  recoveryPoint: number | undefined;
  /** True if compaction may have taken offsets out. */
  gaps: boolean;
}

type Damage = Extract<Scanned, { kind: 'damage' }>;

const REST_OF_LOG = { endPosition: Number.POSITIVE_INFINITY, endOffset: Number.POSITIVE_INFINITY };
const OFFSETS_PER_SEGMENT = 2 ** 31;

/** Yields what was found, then the segment as a whole. Errors of the file system are thrown as they come. */
export async function* inspectSegment(
  fs: FileSystem,
  folder: string,
  baseOffset: number,
  place: SegmentPlace,
  options: InspectionOptions,
): AsyncGenerator<InspectionItem, SegmentItem> {
  const aids = await loadAids(fs, folder, baseOffset);
  const inspection = new SegmentInspection(join(folder, logFile(baseOffset)), baseOffset, place, aids);
  const log = await openLog(fs, folder, baseOffset);
  try {
    const sizeBytes = await log.size();
    const expected = {
      nextOffset: baseOffset,
      offsetLimit: place.nextBaseOffset ?? baseOffset + OFFSETS_PER_SEGMENT,
      gaps: place.gaps,
    };
    for await (const scanned of scanSegment(log, { position: 0, endPosition: sizeBytes, expected })) {
      if (scanned.kind === 'damage') {
        const zeros = scanned.atEnd && (await onlyZerosFrom(log, scanned.position, sizeBytes));
        yield inspection.damage(scanned, zeros);
        continue;
      }
      inspection.batch(scanned.header, scanned.position);
      if (options.batches) yield batchItem(inspection.file, scanned.position, scanned.header);
      if (options.records || options.checkRecords) {
        const { position, bytes, header } = scanned;
        yield* recordItems(inspection.file, position, bytes, header, options.records);
      }
    }
    yield* inspection.findings(folder, sizeBytes);
    const segment = inspection.segment(sizeBytes);
    yield segment;
    return segment;
  } finally {
    await log.close();
  }
}

/** Collects what the walk over one log meets, and judges it. Pure. */
class SegmentInspection {
  readonly #tally: SegmentTally;
  readonly #offsets: OffsetIndexCheck | undefined;
  readonly #times: TimeIndexCheck | undefined;
  readonly #seal: Seal | undefined;
  /** The offset at which the sealed prefix ends in the log; undefined while no batch ends there. */
  #sealedEnd: number | undefined;
  #damaged = false;

  constructor(
    readonly file: string,
    private readonly baseOffset: number,
    private readonly place: SegmentPlace,
    private readonly aids: SegmentAids,
  ) {
    this.#tally = new SegmentTally(baseOffset);
    this.#seal = aids.seal?.decoded;
    this.#sealedEnd = this.#seal?.logBytes === 0 ? baseOffset : undefined;
    const { offsets, times } = aids;
    this.#offsets = offsets && new OffsetIndexCheck(offsets.decoded, offsets.content.length);
    this.#times = times && new TimeIndexCheck(times.decoded, times.content.length);
  }

  batch(header: BatchHeader, position: number): void {
    this.#tally.add(header, position);
    this.#offsets?.batch(header, position);
    this.#times?.batch(header);
    if (this.#tally.endPosition === this.#seal?.logBytes) this.#sealedEnd = this.#tally.endOffset;
  }

  damage(span: Damage, zeros: boolean): Finding {
    const { position, endPosition, startOffset } = span;
    this.#damaged = true;
    const unread = span.atEnd ? REST_OF_LOG : { endPosition, endOffset: span.endOffset };
    this.#offsets?.unread(unread);
    this.#times?.unread(unread);
    const where = { item: 'finding', file: this.file, position, endPosition, startOffset } as const;
    if (!span.atEnd) return { ...where, severity: 'damage', endOffset: span.endOffset, reason: span.reason };
    const durableEnd = this.#durableEnd(position);
    if (durableEnd !== undefined && durableEnd > startOffset) {
      const reason = zeros ? 'there are zeros where a batch was' : span.reason;
      return { ...where, severity: 'damage', endOffset: durableEnd, reason };
    }
    if (zeros)
      return { ...where, severity: 'note', reason: 'zeros behind the last batch, made ahead of writing' };
    const reason = `${span.reason}; an unfinished write, which the next start cuts off and keeps`;
    return { ...where, severity: 'note', reason };
  }

  /** Up to which offset the log must reach for sure, judged at a place behind which nothing is sound. */
  #durableEnd(position: number): number | undefined {
    const sealed = this.#seal && this.#seal.logBytes > position ? this.#seal.endOffset : undefined;
    if (this.place.nextBaseOffset !== undefined) return this.place.nextBaseOffset;
    const ends = [this.place.recoveryPoint, sealed].filter((end) => end !== undefined);
    return ends.length === 0 ? undefined : Math.max(...ends);
  }

  *findings(folder: string, sizeBytes: number): Generator<Finding> {
    yield* this.#lostEnd(sizeBytes);
    // A segment that was begun and got no batch yet has nothing that could be vouched for.
    if (sizeBytes === 0 && this.aids.seal === undefined) return;
    yield* this.#sealFindings(folder, sizeBytes);
    const fits = { offsets: this.#seal?.offsetIndex, times: this.#seal?.timeIndex };
    this.#offsets?.finish(this.#tally.endPosition);
    this.#times?.finish(this.#tally.endOffset);
    const offsetsFile = join(folder, offsetIndexFile(this.baseOffset));
    const timesFile = join(folder, timeIndexFile(this.baseOffset));
    yield* this.#indexFindings(offsetsFile, this.aids.offsets, this.#offsets?.problem, fits.offsets);
    yield* this.#indexFindings(timesFile, this.aids.times, this.#times?.problem, fits.times);
  }

  /** The log ends with a sound batch, but too early. */
  *#lostEnd(sizeBytes: number): Generator<Finding> {
    const { endOffset } = this.#tally;
    const durableEnd = this.#durableEnd(this.#tally.endPosition);
    const wholeUntilEnd = this.#tally.endPosition === sizeBytes;
    const sealed = this.#seal !== undefined && this.#seal.logBytes > sizeBytes;
    // Compaction may take out the last records of a sealed segment: there only the seal tells.
    const early = durableEnd !== undefined && durableEnd > endOffset && (sealed || !this.place.gaps);
    if (!wholeUntilEnd || !early) return;
    this.#damaged = true;
    this.#offsets?.unread(REST_OF_LOG);
    this.#times?.unread(REST_OF_LOG);
    const reason = `the log ends with offset ${endOffset}; it was on disk up to ${durableEnd}`;
    const where = {
      position: sizeBytes,
      endPosition: sizeBytes,
      startOffset: endOffset,
      endOffset: durableEnd,
    };
    yield { item: 'finding', severity: 'damage', file: this.file, ...where, reason };
  }

  *#sealFindings(folder: string, sizeBytes: number): Generator<Finding> {
    const file = join(folder, sealFile(this.baseOffset));
    const finding = (severity: Finding['severity'], reason: string): Finding => {
      return { item: 'finding', severity, file, reason };
    };
    if (this.aids.seal === undefined) {
      yield finding(this.#missingSeverity(), 'there is no seal; the indexes are not vouched for');
    } else if (this.#seal === undefined) {
      yield finding('repairable', 'it is no whole seal; its checksum or its fields are wrong');
    } else if (this.#seal.baseOffset !== this.baseOffset) {
      yield finding('repairable', `it is the seal of the segment at ${this.#seal.baseOffset}`);
    } else if (
      !this.#damaged &&
      this.#seal.logBytes <= sizeBytes &&
      this.#sealedEnd !== this.#seal.endOffset
    ) {
      const { logBytes, endOffset } = this.#seal;
      const found =
        this.#sealedEnd === undefined ? 'no batch ends there' : `there it ends with ${this.#sealedEnd}`;
      yield finding(
        'damage',
        `it says that the first ${logBytes} bytes of the log end with ${endOffset}; ${found}`,
      );
    }
  }

  *#indexFindings(
    file: string,
    loaded: Loaded<unknown> | undefined,
    problem: string | undefined,
    sealed: Seal['offsetIndex'] | undefined,
  ): Generator<Finding> {
    // Without a seal the segment has just been begun, which was noted.
    if (this.aids.seal === undefined && this.place.nextBaseOffset === undefined) return;
    const finding = (severity: Finding['severity'], reason: string): Finding => {
      return { item: 'finding', severity, file, reason };
    };
    if (loaded === undefined) {
      yield finding(this.#missingSeverity(), 'the index is missing');
    } else if (sealed !== undefined && !fits(sealed, loaded.content)) {
      yield finding(
        'repairable',
        `its content is not what its seal was made of${problem ? `: ${problem}` : ''}`,
      );
    } else if (problem !== undefined) {
      // Behind what the seal vouches for, the index of a segment that is being written may be ahead of its log.
      const beyondSeal = sealed === undefined || loaded.content.length > sealed.sizeBytes;
      yield finding(beyondSeal ? this.#missingSeverity() : 'repairable', problem);
    }
  }

  /** While a segment is being written its aids lag behind. */
  #missingSeverity(): Finding['severity'] {
    return this.place.nextBaseOffset === undefined ? 'note' : 'repairable';
  }

  segment(sizeBytes: number): SegmentItem {
    return {
      item: 'segment',
      file: this.file,
      baseOffset: this.baseOffset,
      ...this.#tally.totals(),
      sizeBytes,
      offsetIndexEntries: this.aids.offsets?.decoded.entries,
      timeIndexEntries: this.aids.times?.decoded.entries,
      sealedUntil: this.#seal?.endOffset,
    };
  }
}

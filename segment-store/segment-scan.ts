/**
 * Reads a segment's .log from a place on, batch by batch, past any damage.
 *
 * After damage the scan looks for the next place where sound batches go on: where the damaged batch's own length leads, or else byte by
 * byte. A record's value may itself be a whole batch, or several, so a sound batch is not enough:
 * - as far as the damaged batch says that it reaches, if its header looks right, only the batch with the very next offset counts (then it is the length
 *   that is wrong). So nothing inside of a torn batch is taken for its successor;
 * - elsewhere a place counts only if what follows it is sound as well, or is the end, or looks like the beginning of a batch that was torn.
 */

import type { BatchHeader } from '../proto/record-batch/index.js';
import {
  HEADER_BYTES,
  LENGTH_PREFIX_BYTES,
  MAGIC,
  readHeader,
  readInt64,
} from '../proto/record-batch/index.js';
import { type Expectation, expectAfter, judgeBatch } from './batch-walk.js';
import type { File } from './file-system.js';

export type Scanned =
  /** A sound batch. `bytes` is valid until the next step. */
  | { kind: 'batch'; header: BatchHeader; position: number; bytes: Buffer }
  /**
   * Bytes from `position` to `endPosition` are damaged: offsets from `startOffset` to `endOffset` are lost, as far as they had been there.
   * `atEnd`: no sound batch follows, and `endOffset` equals `startOffset`, as nothing tells how many there were.
   */
  | {
      kind: 'damage';
      position: number;
      endPosition: number;
      startOffset: number;
      endOffset: number;
      atEnd: boolean;
      reason: string;
    };

export interface ScanRange {
  /** Where a batch begins. */
  position: number;
  /** Where to end; a batch that reaches beyond it counts as damaged. */
  endPosition: number;
  /** What the first batch must be. */
  expected: Expectation;
}

/** Bytes read at a time: large enough that the calls do not count, small enough to stay in the cache. */
const CHUNK_BYTES = 1024 ** 2;

/** Bytes at the start of a batch that hold its base offset. */
const OFFSET_BYTES = 8;

export async function* scanSegment(
  file: Pick<File, 'read'>,
  range: ScanRange,
): AsyncGenerator<Scanned, void> {
  const window = new Window(file, range.endPosition);
  let expected = range.expected;
  let position = range.position;
  while (position < range.endPosition) {
    const judged = await window.judge(position, expected);
    if (judged.judged === 'sound') {
      const { header } = judged;
      yield { kind: 'batch', header, position, bytes: window.view(position, header.sizeBytes) };
      position += header.sizeBytes;
      expected = expectAfter(header, expected);
      continue;
    }
    const reason = judged.judged === 'damaged' ? judged.reason : 'the batch ends beyond the end of the log';
    const next = await findNextSound(window, position, expected);
    const startOffset = expected.nextOffset;
    const endPosition = next?.position ?? range.endPosition;
    const endOffset = next?.baseOffset ?? startOffset;
    yield {
      kind: 'damage',
      position,
      endPosition,
      startOffset,
      endOffset,
      atEnd: next === undefined,
      reason,
    };
    position = endPosition;
    expected = { ...expected, nextOffset: endOffset };
    delete expected.lastOffset;
  }
}

interface Place {
  position: number;
  baseOffset: number;
}

/** The first place behind the damage at `position` where sound batches go on; undefined if there is none before the end. */
async function findNextSound(
  window: Window,
  position: number,
  expected: Expectation,
): Promise<Place | undefined> {
  // At least one offset was lost, unless compaction had taken it out before.
  const after: Expectation = {
    nextOffset: expected.nextOffset + (expected.gaps ? 0 : 1),
    offsetLimit: expected.offsetLimit,
    gaps: true,
  };
  const ownLength = await window.lengthAt(position);
  if (ownLength !== undefined) {
    if (position + ownLength === window.endPosition) return undefined;
    const place = await confirm(window, position + ownLength, after, expected.gaps);
    if (place) return place;
  }
  const claim = await window.claimAt(position, expected);
  if (claim === undefined) return search(window, position + 1, after, expected.gaps);
  const successor = { ...after, nextOffset: claim.nextOffset, gaps: expected.gaps };
  return (
    (await search(window, position + 1, successor, expected.gaps)) ??
    (await search(window, Math.max(position + 1, claim.endPosition), after, expected.gaps))
  );
}

/** The first place from `from` on that counts. */
async function search(
  window: Window,
  from: number,
  expected: Expectation,
  gaps: boolean,
): Promise<Place | undefined> {
  for (let candidate = from; candidate + HEADER_BYTES <= window.endPosition; candidate += 1) {
    const found = await window.findMagic(candidate);
    if (found === undefined) return undefined;
    candidate = found;
    const place = await confirm(window, candidate, expected, gaps);
    if (place) return place;
  }
  return undefined;
}

/** The place, if a sound batch begins there and what follows it is sound too or is the end. */
async function confirm(
  window: Window,
  position: number,
  expected: Expectation,
  gaps: boolean,
): Promise<Place | undefined> {
  const first = await window.judge(position, expected);
  if (first.judged !== 'sound') return undefined;
  const { header } = first;
  const behind = position + header.sizeBytes;
  const nextOffset = header.baseOffset + header.lastOffsetDelta + 1;
  const place = { position, baseOffset: header.baseOffset };
  if (behind >= window.endPosition) return place;
  const following = { nextOffset, offsetLimit: expected.offsetLimit, gaps };
  const second = await window.judge(behind, following);
  if (second.judged === 'sound') return place;
  // A torn tail may come right behind a sound batch; what must not follow is a sound batch's wrong neighbour.
  const torn = second.judged === 'incomplete' && (await window.mayBegin(behind, following));
  return torn ? place : undefined;
}

/** A part of the file in memory, moved along as it is asked for. */
class Window {
  #bytes: Buffer = Buffer.alloc(0);
  #from = 0;

  constructor(
    private readonly file: Pick<File, 'read'>,
    readonly endPosition: number,
  ) {}

  /** Judges the batch at `position`; `incomplete` only if the file ends before the batch does. */
  async judge(position: number, expected: Expectation): Promise<ReturnType<typeof judgeBatch>> {
    await this.#load(position, HEADER_BYTES);
    const judged = judgeBatch(this.#bytes, position - this.#from, expected);
    if (judged.judged !== 'incomplete' || position + judged.needBytes > this.endPosition) return judged;
    await this.#load(position, judged.needBytes);
    return judgeBatch(this.#bytes, position - this.#from, expected);
  }

  view(position: number, sizeBytes: number): Buffer {
    return this.#bytes.subarray(position - this.#from, position - this.#from + sizeBytes);
  }

  /** True if there are at least so many bytes at `position` that they tell an offset, and it is one that may come there. */
  async mayBegin(position: number, expected: Expectation): Promise<boolean> {
    if (position + OFFSET_BYTES > this.endPosition) return false;
    await this.#load(position, OFFSET_BYTES);
    const baseOffset = readInt64(this.#bytes, position - this.#from);
    return baseOffset === expected.nextOffset || (expected.gaps && baseOffset > expected.nextOffset);
  }

  /** Where the batch at `position` says that it ends, in bytes and in offsets; undefined if its header does not look right. */
  async claimAt(
    position: number,
    expected: Expectation,
  ): Promise<{ endPosition: number; nextOffset: number } | undefined> {
    if (position + HEADER_BYTES > this.endPosition) return undefined;
    await this.#load(position, HEADER_BYTES);
    const { magic, baseOffset, lastOffsetDelta, sizeBytes } = readHeader(this.#bytes, position - this.#from);
    const offsetFits =
      baseOffset === expected.nextOffset || (expected.gaps && baseOffset > expected.nextOffset);
    if (magic !== MAGIC || !offsetFits || lastOffsetDelta < 0) return undefined;
    return { endPosition: position + sizeBytes, nextOffset: baseOffset + lastOffsetDelta + 1 };
  }

  /** The size that the batch at `position` says it has, if that is possible. */
  async lengthAt(position: number): Promise<number | undefined> {
    await this.#load(position, LENGTH_PREFIX_BYTES);
    if (position + LENGTH_PREFIX_BYTES > this.endPosition) return undefined;
    const sizeBytes = LENGTH_PREFIX_BYTES + this.#bytes.readInt32BE(position - this.#from + 8);
    return sizeBytes >= HEADER_BYTES && position + sizeBytes <= this.endPosition ? sizeBytes : undefined;
  }

  /** The first place at or behind `position` that has our format version where a batch would have it. */
  async findMagic(position: number): Promise<number | undefined> {
    for (let from = position; from + HEADER_BYTES <= this.endPosition; ) {
      await this.#load(from, HEADER_BYTES);
      const found = this.#bytes.indexOf(MAGIC, from - this.#from + 16);
      if (found >= 0) return this.#from + found - 16;
      const loadedTo = this.#from + this.#bytes.length;
      if (loadedTo >= this.endPosition || loadedTo - 16 <= from) return undefined;
      from = loadedTo - 16;
    }
    return undefined;
  }

  /** Makes sure that as many bytes from `position` on are in memory, as far as the range has them. */
  async #load(position: number, bytes: number): Promise<void> {
    const end = Math.min(position + bytes, this.endPosition);
    if (position >= this.#from && end <= this.#from + this.#bytes.length) return;
    const size = Math.min(Math.max(bytes, CHUNK_BYTES), Math.max(0, this.endPosition - position));
    const buffer = Buffer.allocUnsafe(size);
    const read = size === 0 ? 0 : await this.file.read(buffer, position);
    this.#bytes = buffer.subarray(0, read);
    this.#from = position;
  }
}

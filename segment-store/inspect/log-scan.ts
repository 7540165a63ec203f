import {
  type BatchHeader,
  crcMatches,
  HEADER_BYTES,
  lastOffset,
  readHeader,
} from '../../proto/record-batch/index.js';
import type { File } from '../file-system.js';
import { type BatchPlace, batchProblem, headerProblem, mayBeginBatch } from './batch-check.js';
import { FileWindow } from './file-window.js';

/** A stretch of a log file; spans follow each other without a gap. Positions are bytes, all bounds half-open. */
export type LogSpan =
  /** A sound batch; `bytes` is valid until the next chunk of spans is asked for. */
  | { kind: 'batch'; position: number; header: BatchHeader; bytes: Buffer }
  /** No sound batch; a sound one, which begins with `endOffset`, follows. */
  | {
      kind: 'damage';
      position: number;
      endPosition: number;
      startOffset: number;
      endOffset: number;
      reason: string;
    }
  /** Nothing but zeros up to the end of the file, as a segment being written may have. */
  | { kind: 'zeros'; position: number; endPosition: number; startOffset: number }
  /** No sound batch up to the end of the file. `incomplete`: it looks like one whose end is missing. */
  | {
      kind: 'tail';
      position: number;
      endPosition: number;
      startOffset: number;
      incomplete: boolean;
      reason: string;
    };

/**
 * Walks over a log file from its start to its end, as it was when the walk began, whatever it holds: after damage it goes on with
 * the next sound batch. Yields chunks of spans, never an empty one; memory is bounded by the largest batch.
 */
export async function* scanLog(file: File, baseOffset: number): AsyncGenerator<LogSpan[]> {
  const scan = new LogScan(await FileWindow.over(file), baseOffset);
  for (let spans = await scan.next(); spans.length > 0; spans = await scan.next()) yield spans;
}

class LogScan {
  #position = 0;
  #nextOffset: number;

  constructor(
    private readonly window: FileWindow,
    private readonly baseOffset: number,
  ) {
    this.#nextOffset = baseOffset;
  }

  async next(): Promise<LogSpan[]> {
    if (this.#position >= this.window.sizeBytes) return [];
    const buffered = this.#takeBuffered(await this.window.at(this.#position, HEADER_BYTES));
    return buffered.length > 0 ? buffered : [await this.#takeOne()];
  }

  /** The sound batches that lie in the buffer as a whole, up to the first that does not or is not. */
  #takeBuffered(buffer: Buffer): LogSpan[] {
    const spans: LogSpan[] = [];
    for (let at = 0; at + HEADER_BYTES <= buffer.length; ) {
      const header = readHeader(buffer, at);
      const end = at + header.sizeBytes;
      if (headerProblem(header, this.#place(this.#position)) !== undefined || end > buffer.length) break;
      if (!crcMatches(buffer, at, header.sizeBytes)) break;
      spans.push({ kind: 'batch', position: this.#position, header, bytes: buffer.subarray(at, end) });
      this.#advance(header);
      at = end;
    }
    return spans;
  }

  async #takeOne(): Promise<LogSpan> {
    const position = this.#position;
    const looked = await this.#lookAt(position);
    if ('problem' in looked) return this.#skip(looked.problem, looked.incomplete);
    this.#advance(looked.header);
    return { kind: 'batch', position, ...looked };
  }

  /** The span from a bad place to the next sound batch, or to the end of the file. */
  async #skip(reason: string, incomplete: boolean): Promise<LogSpan> {
    const position = this.#position;
    const startOffset = this.#nextOffset;
    const found = await this.#findNext(position);
    this.#position = found?.position ?? this.window.sizeBytes;
    const span = { position, endPosition: this.#position, startOffset, reason };
    if (found === undefined) {
      if (await this.#onlyZeros(position)) return { ...span, kind: 'zeros' };
      return { ...span, kind: 'tail', incomplete };
    }
    this.#nextOffset = found.header.baseOffset;
    return { ...span, kind: 'damage', endOffset: found.header.baseOffset };
  }

  /** The next sound batch behind a bad one: where the bad one's own length points to, if it does, else wherever one begins. */
  async #findNext(position: number): Promise<{ position: number; header: BatchHeader } | undefined> {
    const start = await this.window.at(position, HEADER_BYTES);
    if (start.length >= HEADER_BYTES) {
      const pointed = position + readHeader(start).sizeBytes;
      if (pointed > position && pointed < this.window.sizeBytes) {
        const looked = await this.#lookAt(pointed);
        if ('header' in looked) return { position: pointed, header: looked.header };
      }
    }
    return this.#search(position + 1);
  }

  async #search(from: number): Promise<{ position: number; header: BatchHeader } | undefined> {
    for (let position = from; position + HEADER_BYTES <= this.window.sizeBytes; ) {
      const buffer = await this.window.at(position, HEADER_BYTES);
      const at = firstCandidate(buffer);
      position += at ?? buffer.length - HEADER_BYTES + 1;
      if (at === undefined) continue;
      const looked = await this.#lookAt(position);
      if ('header' in looked) return { position, header: looked.header };
      position++;
    }
    return undefined;
  }

  async #lookAt(
    position: number,
  ): Promise<{ header: BatchHeader; bytes: Buffer } | { problem: string; incomplete: boolean }> {
    const start = await this.window.at(position, HEADER_BYTES);
    if (start.length < HEADER_BYTES) {
      return { problem: `only ${start.length} bytes of a batch header are left`, incomplete: true };
    }
    const header = readHeader(start);
    const place = this.#place(position);
    const problem = headerProblem(header, place);
    if (problem !== undefined) return { problem, incomplete: header.sizeBytes > place.availableBytes };
    const bytes = (await this.window.at(position, header.sizeBytes)).subarray(0, header.sizeBytes);
    const deepProblem = batchProblem(bytes, header, place);
    return deepProblem === undefined ? { header, bytes } : { problem: deepProblem, incomplete: false };
  }

  async #onlyZeros(from: number): Promise<boolean> {
    for (let position = from; position < this.window.sizeBytes; ) {
      const buffer = await this.window.at(position, 1);
      if (buffer.some((byte) => byte !== 0)) return false;
      position += buffer.length;
    }
    return true;
  }

  #place(position: number): BatchPlace {
    return {
      segmentBaseOffset: this.baseOffset,
      nextOffset: this.#nextOffset,
      availableBytes: this.window.sizeBytes - position,
    };
  }

  #advance(header: BatchHeader): void {
    this.#position += header.sizeBytes;
    this.#nextOffset = lastOffset(header) + 1;
  }
}

/** Where in the buffer a header may begin, looking at whole headers only. */
function firstCandidate(buffer: Buffer): number | undefined {
  for (let at = 0; at + HEADER_BYTES <= buffer.length; at++) if (mayBeginBatch(buffer, at)) return at;
  return undefined;
}

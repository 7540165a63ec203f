import { EXIT } from '../exit-code.js';
import { CommandError } from '../failure.js';

/** A line of the input, without its line feed; everything else, a carriage return too, belongs to it. */
export interface Line {
  bytes: Buffer;
  /** From 1. */
  number: number;
  /** False for a last line that the input ended within. */
  terminated: boolean;
}

const LINE_FEED = 0x0a;

/**
 * Cuts an input into lines at line feeds, and at nothing else, so that the lines and what ended them give the input again, byte for byte.
 * Input that ends with a line feed has no further, empty line.
 */
export class LineSplitter {
  /** The beginning of a line whose end has not come yet. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  #number = 0;

  /** `maxLineBytes`: a longer line is refused before it is held in memory. */
  constructor(private readonly maxLineBytes: number) {}

  /** The lines that end in `chunk`; what they hold are views of it. */
  *push(chunk: Buffer): Generator<Line> {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      yield this.#line(chunk.subarray(start, end), true);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** The line that the input ended within, if it did. */
  *end(): Generator<Line> {
    if (this.#partBytes > 0) yield this.#line(Buffer.alloc(0), false);
  }

  #line(last: Buffer, terminated: boolean): Line {
    this.#checkLength(last.length);
    const bytes = this.#partBytes === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#partBytes = 0;
    this.#number++;
    return { bytes, number: this.#number, terminated };
  }

  #keep(part: Buffer): void {
    this.#checkLength(part.length);
    // A copy: the chunk may be large, and its memory is not ours to hold.
    this.#parts.push(Buffer.from(part));
    this.#partBytes += part.length;
  }

  #checkLength(moreBytes: number): void {
    const sizeBytes = this.#partBytes + moreBytes;
    if (sizeBytes <= this.maxLineBytes) return;
    const details = { line: this.#number + 1, sizeBytes, limitBytes: this.maxLineBytes };
    const message = `line ${details.line} has ${sizeBytes} bytes or more; the topic takes records of at most ${this.maxLineBytes} bytes (raise its max-batch-bytes)`;
    throw new CommandError('RECORD_TOO_LARGE', message, EXIT.refused, details);
  }
}

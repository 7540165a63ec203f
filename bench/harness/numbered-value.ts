/**
 * Values that tell who sent them as which of theirs, so that reading them back shows whether all are there, once, in order and whole:
 *
 *     producer uint32 LE | sequence uint32 LE, from 0 | filler
 */
const SEQUENCE_AT = 4;
const FILLER_AT = 8;
const FILLER = 'respool benchmark ';

/** The smallest value, in bytes. */
export const MIN_VALUE_BYTES = FILLER_AT;

/** The values of one producer, one behind the other. */
export class NumberedValues {
  /** How many were made. */
  count = 0;
  readonly #bytes: Buffer;

  /** `valueBytes`: how long each is, at least {@link MIN_VALUE_BYTES}. */
  constructor(valueBytes: number, producer: number) {
    this.#bytes = Buffer.alloc(valueBytes, FILLER);
    this.#bytes.writeUInt32LE(producer, 0);
  }

  /** The next value; valid until the next call, as all are made in one Buffer. */
  next(): Buffer {
    this.#bytes.writeUInt32LE(this.count++, SEQUENCE_AT);
    return this.#bytes;
  }
}

/**
 * Looks at values that were read back, partition by partition in the order of offsets. Invariants that it holds the log to:
 * every value is whole; none comes twice; those of one producer in one partition keep the order in which they were sent.
 */
export class NumberedValueCheck {
  readonly #expected: Buffer;
  readonly #seen: Uint8Array[];
  readonly #counts: number[];
  readonly #last = new Map<number, number>();

  /** `most`: the most values that each producer can have sent, in the order of their numbers. */
  constructor(valueBytes: number, most: readonly number[]) {
    this.#expected = Buffer.alloc(valueBytes, FILLER);
    this.#seen = most.map((count) => new Uint8Array(Math.ceil(count / 8)));
    this.#counts = most.map(() => 0);
  }

  /** Begins another partition. */
  enterPartition(): void {
    this.#last.clear();
  }

  /** Looks at the value in `bytes` from `start` to `end`. Throws if it should not be there. */
  note(bytes: Buffer, start: number, end: number): void {
    const expected = this.#expected;
    const isWhole =
      end - start === expected.length &&
      bytes.compare(expected, FILLER_AT, expected.length, start + FILLER_AT, end) === 0;
    if (!isWhole) throw new Error(`a value of ${end - start} bytes is not as it was sent`);
    const producer = bytes.readUInt32LE(start);
    const sequence = bytes.readUInt32LE(start + SEQUENCE_AT);
    this.#mark(producer, sequence);
    const last = this.#last.get(producer) ?? -1;
    if (sequence < last)
      throw new Error(`value ${sequence} of producer ${producer} comes behind its value ${last}`);
    this.#last.set(producer, sequence);
  }

  /** Throws unless all of the first `counts[producer]` values of each producer were seen; later ones may be there or not. */
  checkAll(counts: readonly number[]): void {
    counts.forEach((count, producer) => {
      const missing = this.#firstMissing(producer);
      if (missing < count)
        throw new Error(`value ${missing} of ${count} of producer ${producer} is not in the log`);
    });
  }

  /** How many values of each producer were seen. */
  get counts(): readonly number[] {
    return this.#counts;
  }

  #mark(producer: number, sequence: number): void {
    const seen = this.#seen[producer];
    const at = sequence >> 3;
    if (seen === undefined || at >= seen.length) {
      throw new Error(`value ${sequence} of producer ${producer} is in the log, and nobody sent it`);
    }
    const bit = 1 << (sequence & 7);
    if (seen[at]! & bit) throw new Error(`value ${sequence} of producer ${producer} is in the log twice`);
    seen[at]! |= bit;
    this.#counts[producer]! += 1;
  }

  #firstMissing(producer: number): number {
    const seen = this.#seen[producer]!;
    const at = seen.findIndex((bits) => bits !== 255);
    if (at === -1) return seen.length * 8;
    return at * 8 + Math.log2(~seen[at]! & -~seen[at]! & 255);
  }
}

/** Bytes that are only ever added to. */
export class GrowingBuffer {
  #memory: Buffer;
  #length: number;

  /** Begins with a copy of `content`. */
  constructor(content: Buffer) {
    this.#memory = Buffer.from(content);
    this.#length = content.length;
  }

  get length(): number {
    return this.#length;
  }

  /** What was added; a view, valid until the next {@link reserve}. */
  get content(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  /** Where to write what was reserved. */
  get memory(): Buffer {
    return this.#memory;
  }

  /** Adds `bytes` undefined bytes and returns where they begin in {@link memory}. */
  reserve(bytes: number): number {
    const at = this.#length;
    this.#length += bytes;
    if (this.#length > this.#memory.length) {
      const larger = Buffer.alloc(Math.max(512, this.#length * 2));
      this.#memory.copy(larger, 0, 0, at);
      this.#memory = larger;
    }
    return at;
  }
}

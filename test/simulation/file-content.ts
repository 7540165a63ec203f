/** Bytes that grow and shrink as a file's do: what was never written reads as zeros. */
export class FileContent {
  #bytes: Buffer;
  #sizeBytes: number;

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#bytes = bytes;
    this.#sizeBytes = bytes.length;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  copy(): FileContent {
    return new FileContent(Buffer.from(this.bytes()));
  }

  /** A view; valid until the next change. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#sizeBytes);
  }

  write(position: number, bytes: Buffer): void {
    if (position + bytes.length > this.#sizeBytes) this.resize(position + bytes.length);
    bytes.copy(this.#bytes, position);
  }

  resize(sizeBytes: number): void {
    if (sizeBytes < this.#sizeBytes) this.#bytes.fill(0, sizeBytes, this.#sizeBytes);
    if (sizeBytes > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(sizeBytes, 2 * this.#bytes.length));
      this.#bytes.copy(grown);
      this.#bytes = grown;
    }
    this.#sizeBytes = sizeBytes;
  }
}

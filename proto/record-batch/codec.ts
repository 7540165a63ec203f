/** One way to compress, in the framing that Kafka's clients use. */
export interface Codec {
  /** Compresses; the caller must leave `bytes` alone until then. */
  compress(bytes: Buffer): Promise<Buffer>;
  /** Decompresses what {@link checkExpansion} has let pass; rejects with whatever the library says of malformed bytes. */
  decompress(bytes: Buffer, maxBytes: number): Promise<Buffer>;
  /**
   * Throws {@link InvalidBatchError} if the framing is malformed, or says that more than `maxBytes` would come out. Reads the framing
   * only: microseconds. What passes yields at most `maxBytes` and one block (128 KiB to 4 MiB) more.
   */
  checkExpansion(bytes: Buffer, maxBytes: number): void;
}

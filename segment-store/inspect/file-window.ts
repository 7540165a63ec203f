import type { File } from '../file-system.js';

const READ_BYTES = 1024 ** 2;

/**
 * A file read from front to back through one buffer, so that a file of any size costs the same memory. Reads ahead; a look back is
 * allowed within what is buffered and costs a read otherwise.
 */
export class FileWindow {
  #buffer: Buffer = Buffer.allocUnsafe(READ_BYTES);
  #start = 0;
  #end = 0;

  private constructor(
    private readonly file: File,
    /** Bytes of the file when it was opened; what is appended later is not seen. */
    readonly sizeBytes: number,
  ) {}

  static async over(file: File): Promise<FileWindow> {
    return new FileWindow(file, await file.size());
  }

  /**
   * The bytes from `position` on, at least `bytes` of them unless the file ends before. Valid until the next call.
   */
  async at(position: number, bytes: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(bytes, this.sizeBytes - position));
    if (position < this.#start || position + wanted > this.#end) await this.#load(position, wanted);
    return this.#buffer.subarray(position - this.#start, this.#end - this.#start);
  }

  async #load(position: number, wanted: number): Promise<void> {
    if (wanted > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(wanted);
    const room = Math.min(this.#buffer.length, this.sizeBytes - position);
    const filled = await this.file.read(this.#buffer.subarray(0, room), position);
    if (filled < wanted)
      throw new Error(`the file became shorter while it was read, at byte ${position + filled}`);
    this.#start = position;
    this.#end = position + filled;
  }
}

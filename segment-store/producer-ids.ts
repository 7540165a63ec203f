/**
 * Hands out producer ids, each once and never again. They are reserved on disk in blocks, ahead of use: a crash wastes the rest of a block. A
 * block also begins no lower than the clock says, so that ids stay unique even if the file is lost.
 */
import { join } from 'node:path';
import { withChecksum, withoutChecksum } from './checksummed-text.js';
import type { Clock } from './clock.js';
import { PRODUCER_ID_FILE } from './data-directory.js';
import type { FileSystem } from './file-system.js';
import { Mutex } from './mutex.js';
import { readSmallFile, replaceFile } from './small-file.js';

const BLOCK = 1000;

/** Ids per millisecond of the clock: 2^41 ms × 2^10 stays below 2^53 until the year 2248. */
const IDS_PER_MS = 1024;

export class ProducerIds {
  #next = 0;
  #reservedTo = 0;
  readonly #reserving = new Mutex();

  constructor(
    private readonly fs: FileSystem,
    private readonly clock: Clock,
    private readonly dataDir: string,
  ) {}

  allocate(): Promise<number> {
    return this.#reserving.run(async () => {
      if (this.#next === this.#reservedTo) await this.#reserve();
      this.#next += 1;
      return this.#next - 1;
    });
  }

  async #reserve(): Promise<void> {
    const path = join(this.dataDir, PRODUCER_ID_FILE);
    const content = await readSmallFile(this.fs, path);
    const reserved = Number(withoutChecksum(content?.toString('utf8') ?? '') ?? 0);
    const from = Math.max(this.#reservedTo, reserved, this.clock.wallMs() * IDS_PER_MS);
    await replaceFile(this.fs, path, withChecksum(`${from + BLOCK}\n`), { durable: true });
    this.#next = from;
    this.#reservedTo = from + BLOCK;
  }
}

import type { CopyWriter } from './copy-writer.js';
import type { PartitionCopy } from './partition-copy.js';
import type { ReplayBookmark } from './replay-bookmark.js';

/** How often what was copied is made sure of, and under a name marked. Milliseconds. */
const INTERVAL_MS = 1000;

/**
 * Makes sure from time to time that what was copied is stored, and marks it if the replay has a name. Once a copy has failed nothing is marked any more: the mark would say that it
 * is there.
 */
export class ReplayMarks {
  readonly #writer: CopyWriter;
  readonly #copies: readonly PartitionCopy[];
  readonly #bookmark: ReplayBookmark | undefined;
  readonly #keepPartitions: boolean;
  readonly #onFailed: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #marking: Promise<void> = Promise.resolve();
  #failed = false;
  #ended = false;

  /** `onFailed` is told once why nothing more is to be copied. */
  constructor(
    parts: {
      writer: CopyWriter;
      copies: readonly PartitionCopy[];
      bookmark: ReplayBookmark | undefined;
      keepPartitions: boolean;
    },
    onFailed: (error: unknown) => void,
  ) {
    this.#writer = parts.writer;
    this.#copies = parts.copies;
    this.#bookmark = parts.bookmark;
    this.#keepPartitions = parts.keepPartitions;
    this.#onFailed = onFailed;
  }

  /** The first mark, which must be there before the first copy is sent: it says where to look for it. */
  async begin(): Promise<void> {
    await this.#mark();
    this.#soon();
  }

  /** The last mark, when nothing is copied any more. Rejects if it cannot be made; not with what `onFailed` was told. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#marking;
    if (!this.#failed) await this.#mark();
  }

  #soon(): void {
    if (this.#ended || this.#failed) return;
    this.#timer = setTimeout(() => {
      this.#marking = this.#mark().catch((error: unknown) => {
        this.#failed = true;
        this.#onFailed(error);
      });
      void this.#marking.then(() => this.#soon());
    }, INTERVAL_MS);
  }

  /** The order of these steps is what {@link ReplayBookmark} is about. */
  async #mark(): Promise<void> {
    const tails = await this.#bookmark?.tails();
    const marked = this.#copies.map(({ planned, nextOffset }) => {
      const { partition, startOffset, endOffset } = planned;
      return { partition, startOffset, endOffset, nextOffset };
    });
    await this.#writer.flush();
    if (tails !== undefined) await this.#bookmark?.save(marked, tails, this.#keepPartitions);
  }
}

import type { RecordRun } from './fetched-batch.js';

/**
 * Brings the partitions of a topic together: a run of one, then of the next that has something, in the order in which they have it, so
 * that a partition with much does not hold up one with little. Of each, one run is asked for ahead.
 */
export class RunMerge {
  readonly #sources: AsyncGenerator<RecordRun, undefined>[];
  readonly #ready: { source: AsyncGenerator<RecordRun, undefined>; run: RecordRun }[] = [];
  #unfinished: number;
  #failure: { error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(sources: AsyncGenerator<RecordRun, undefined>[]) {
    this.#sources = sources;
    this.#unfinished = sources.length;
    for (const source of sources) this.#pull(source);
  }

  /** The next run; undefined when all partitions have ended. Rejects as soon as one of them fails. One call at a time. */
  async next(): Promise<RecordRun | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const first = this.#ready.shift();
      if (first !== undefined) {
        this.#pull(first.source);
        return first.run;
      }
      if (this.#unfinished === 0) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends all partitions; abort their signal first, so that none waits. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#sources.map((source) => source.return(undefined)));
  }

  #pull(source: AsyncGenerator<RecordRun, undefined>): void {
    source.next().then(
      ({ done, value }) => {
        if (done) this.#unfinished--;
        else this.#ready.push({ source, run: value });
        this.#wake?.();
      },
      (error: unknown) => {
        this.#failure ??= { error };
        this.#wake?.();
      },
    );
  }
}

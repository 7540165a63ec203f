/** Commits as they are watched from outside: how many, how long, what was refused. */

import type { GroupMetrics } from '../observe/group-metrics.js';
import { LongestWait } from '../observe/longest-wait.js';
import { errorCodeName } from '../rpc/error-status.js';

export class CommitMeter {
  readonly #waiting = new LongestWait();

  constructor(private readonly metrics: GroupMetrics) {}

  /** How long the commit that waits longest has waited; undefined if none does. */
  longestWaitMs(nowMs: number): number | undefined {
    return this.#waiting.longestMs(nowMs);
  }

  /** A commit of so many offsets, whose promise resolves when it is durable. What it rejects with is counted, and passed on. */
  async watch<T>(offsets: number, commit: () => Promise<T>, refusedIn: (answer: T) => number): Promise<T> {
    const startedMs = performance.now();
    const over = this.#waiting.begin(startedMs);
    try {
      const answer = await commit();
      this.#committed(offsets - refusedIn(answer), startedMs);
      return answer;
    } catch (error) {
      this.refused(error, offsets);
      throw error;
    } finally {
      over();
    }
  }

  /** Offsets were refused. */
  refused(error: unknown, offsets = 1): void {
    this.metrics.commitsRefused.inc({ code: errorCodeName(error) }, offsets);
  }

  #committed(offsets: number, startedMs: number): void {
    if (offsets === 0) return;
    this.metrics.commits.inc(offsets);
    this.metrics.commitSeconds.observe((performance.now() - startedMs) / 1000);
  }
}

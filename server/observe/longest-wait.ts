/** What is under way, in the order of arrival, and how long the first of it has waited. A long wait means that the disk is slow, or hangs. */
export class LongestWait {
  readonly #waiting = new Set<{ readonly sinceMs: number }>();

  /** Something began; call the answer when it is over. */
  begin(nowMs: number): () => void {
    const one = { sinceMs: nowMs };
    this.#waiting.add(one);
    return () => this.#waiting.delete(one);
  }

  /** Undefined: nothing is under way. */
  longestMs(nowMs: number): number | undefined {
    // Insertion order is the order of arrival.
    for (const { sinceMs } of this.#waiting) return nowMs - sinceMs;
    return undefined;
  }
}

/**
 * Keeps the order of appends to one partition although some must wait for something first (a compressed batch to be checked). What waits
 * for nothing, behind nobody, goes at once and synchronously.
 */
export class AppendLanes {
  readonly #tails = new Map<string, Promise<unknown>>();

  /**
   * Calls `append` with what `prepared` resolves with, after all earlier ones of this lane were called. Preparing runs side by side. Resolves as
   * `append` does; rejects without calling it if `prepared` rejects, and the lane goes on.
   */
  run<T, R>(
    lane: string,
    prepared: Promise<T> | undefined,
    append: (value: T | undefined) => Promise<R>,
  ): Promise<R> {
    const before = this.#tails.get(lane);
    if (!before && !prepared) return append(undefined);
    const turn = inTurn(before, prepared, append);
    const tail = turn.then(ignore, ignore);
    this.#tails.set(lane, tail);
    void tail.then(() => {
      if (this.#tails.get(lane) === tail) this.#tails.delete(lane);
    });
    return turn.then(({ appended }) => appended);
  }
}

/** Boxed, so that awaiting the turn does not await the append. */
async function inTurn<T, R>(
  before: Promise<unknown> | undefined,
  prepared: Promise<T> | undefined,
  append: (value: T | undefined) => Promise<R>,
): Promise<{ appended: Promise<R> }> {
  const [, outcome] = await Promise.allSettled([before, prepared]);
  if (outcome.status === 'rejected') throw outcome.reason;
  return { appended: append(outcome.value) };
}

function ignore(): void {}

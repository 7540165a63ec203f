/** How long to wait before trying again. */
export interface BackOff {
  /** The first wait is up to this long, in milliseconds; each further one up to twice the one before. */
  readonly initialMs: number;
  /** No wait is longer, in milliseconds. */
  readonly maxMs: number;
}

/**
 * Exponential with full jitter: anything from 0 to the bound, so that clients that failed together do not return together.
 *
 * @param attempt how many attempts have failed, from 1
 * @param random from 0 to, not including, 1
 */
export function backOffMs({ initialMs, maxMs }: BackOff, attempt: number, random = Math.random()): number {
  // 2^30 is beyond any bound; the cap keeps the power finite.
  const bound = Math.min(maxMs, initialMs * 2 ** Math.min(attempt - 1, 30));
  return Math.floor(random * bound);
}

/** Resolves after `ms`, or rejects with the signal's reason as soon as it is aborted. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

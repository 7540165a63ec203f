import { RespoolError } from '../connection/index.js';

/**
 * Resolves or rejects as `promise` does, but with DEADLINE_EXCEEDED when `timeoutMs` are over before, or with the signal's reason when it is aborted. What becomes of the promise then is
 * of no more interest.
 */
export function within<T>(
  promise: Promise<T>,
  what: string,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new RespoolError('DEADLINE_EXCEEDED', `${what} took longer than ${timeoutMs} ms`));
    }, timeoutMs);
    const onAbort = (): void => reject(signal?.reason as Error);
    const settled = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    promise.then(resolve, reject).finally(settled);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}

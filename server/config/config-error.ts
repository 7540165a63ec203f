/** Where a value came from, as a person would look for it: `--listen`, `RESPOOL_LISTEN`, `respool.yaml: listen`, `option listen`, `default`. */
export type Origin = string;

/**
 * Thrown when the broker's configuration cannot be used. The message is one line: which option, where it was set, what it was
 * and what it may be. Mend the value at `origin`.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(
    /** The option's name as in code, or undefined if the error is not about one option. */
    readonly option: string | undefined,
    readonly origin: Origin,
    problem: string,
    options?: { cause?: unknown },
  ) {
    super(`${origin}: ${problem}`, options);
  }
}

import { SIGNAL_EXIT } from './exit-code.js';

/** The first SIGINT or SIGTERM, for a command that ends in its own way. A second one ends the process at once. */
export class StopSignal {
  readonly #stop = new AbortController();
  #exitCode: number | undefined;

  /** Heeds signals from now on. */
  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        this.#exitCode ??= SIGNAL_EXIT[signal];
        this.#stop.abort();
      });
    }
  }

  /** Aborted by the signal. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** What the process is to end with; undefined: there was no signal. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }
}

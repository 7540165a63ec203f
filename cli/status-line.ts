import { SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.js';

const DRAWN_PER_SECOND = 5;

/** A line on a terminal's standard error that is written anew as long work goes on. Elsewhere nothing. */
export class StatusLine {
  readonly #bar: SingleBar | undefined;

  /** Begins at once; `text` is asked for the line whenever it is drawn. */
  constructor(terminal: Terminal, quiet: boolean, text: () => string) {
    if (!terminal.errIsTerminal || quiet) return;
    this.#bar = new SingleBar({
      // What does not fit would wrap, and the next drawing would not cover it.
      format: () => text().slice(0, (process.stderr.columns || Number.POSITIVE_INFINITY) - 1),
      stream: process.stderr,
      fps: DRAWN_PER_SECOND,
      clearOnComplete: true,
      // Whoever is ended by a signal could not turn it on again.
      linewrap: true,
      // Signals are for the command to heed.
      gracefulExit: false,
    });
    this.#bar.start(1, 0);
  }

  /** Takes the line away. Idempotent. */
  end(): void {
    this.#bar?.stop();
  }
}

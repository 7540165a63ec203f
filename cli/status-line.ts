import type { Terminal } from './terminal.js';

const INTERVAL_MS = 200;
const CLEAR_LINE = '\r\u001b[K';

/** A line on a terminal's standard error that is written anew as long work goes on. Elsewhere nothing. */
export class StatusLine {
  readonly #timer: NodeJS.Timeout | undefined;

  /** Begins at once; `text` is asked for the line whenever it is drawn. */
  constructor(terminal: Terminal, quiet: boolean, text: () => string) {
    if (!terminal.errIsTerminal || quiet) return;
    this.#timer = setInterval(() => process.stderr.write(`${CLEAR_LINE}${text()}`), INTERVAL_MS);
  }

  /** Takes the line away. Idempotent. */
  end(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    process.stderr.write(CLEAR_LINE);
  }
}

/** A block of text that is drawn anew over itself. Pure. */

const UP = (lines: number) => (lines === 0 ? '\r' : `\u001b[${lines}A\r`);
const CLEAR_TO_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
/** A line that is wider than the terminal is cut at its edge, or lines could not be counted. Both go out in one piece, so that it is never left off. */
const WRAP_OFF = '\u001b[?7l';
const WRAP_ON = '\u001b[?7h';

/** Makes the characters that replace what was drawn last by what is given, without flicker. The cursor stands below, as behind any other output. */
export class Screen {
  #drawnLines = 0;

  /**
   * @param text lines, each with its end.
   * @param rows of the terminal; what does not fit is left out, and the last line says so: a terminal that has scrolled could not be drawn over.
   */
  frame(text: string, rows: number): string {
    const lines = fitting(text.replace(/\n$/, '').split('\n'), rows - 1);
    const up = UP(this.#drawnLines);
    this.#drawnLines = lines.length;
    const drawn = lines.map((line) => `${line}${CLEAR_TO_LINE_END}\n`).join('');
    return `${WRAP_OFF}${up}${drawn}${CLEAR_BELOW}${WRAP_ON}`;
  }
}

function fitting(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  const shown = lines.slice(0, Math.max(0, most - 1));
  return [
    ...shown,
    `… ${lines.length - shown.length} more lines; make the terminal taller, or name fewer groups`,
  ];
}

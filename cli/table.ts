import Table from 'cli-table3';

export interface Column {
  title: string;
  /** Numbers line up on the right. */
  align?: 'left' | 'right';
  /** May be cut short, with `…`, where the table would be wider than the terminal. */
  shrinks?: boolean;
}

export interface TableStyle {
  terminal: boolean;
  colors: boolean;
  /** Columns of the terminal. */
  width: number;
}

/** No lines around and between: what is left of a table when it is to be read, not admired. */
const NO_LINES = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'])
    .map((place) => [place, '']),
);

/**
 * Rows below their titles, ending with a line break. On a terminal with a line below bold titles; in a pipe plain columns, two spaces apart, and nothing
 * that would have to be stripped.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { terminal, colors, width }: TableStyle,
): string {
  const cells = rows.map((row) => row.map(printable));
  const table = new Table({
    head: columns.map(({ title }) => (colors ? `\u001b[1m${title}\u001b[22m` : title)),
    colAligns: columns.map(({ align = 'left' }) => align),
    colWidths: terminal ? fittingWidths(columns, cells, width) : [],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    chars: { ...NO_LINES, middle: '  ', ...(terminal ? { mid: '─', 'mid-mid': '──' } : {}) },
  });
  for (const row of cells) table.push(row);
  const lines = table.toString().split('\n');
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

const GAP = 2;
/** A column that shrinks keeps so many. */
const LEAST_WIDTH = 8;

/** Widths with which the table fits, as far as the columns that shrink allow: the widest of them gives first. Null: as wide as what is in it. */
function fittingWidths(
  columns: readonly Column[],
  cells: readonly (readonly string[])[],
  width: number,
): (number | null)[] {
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...cells.map((row) => [...row[at]!].length)),
  );
  let excess = widths.reduce((sum, one) => sum + one, GAP * (columns.length - 1)) - width;
  const shrunk = new Set<number>();
  while (excess > 0) {
    const candidates = columns.flatMap(({ shrinks, title }, at) =>
      shrinks && widths[at]! > Math.max(LEAST_WIDTH, title.length) ? [at] : [],
    );
    if (candidates.length === 0) break;
    const widest = candidates.reduce((best, at) => (widths[at]! > widths[best]! ? at : best));
    widths[widest]!--;
    excess--;
    shrunk.add(widest);
  }
  return widths.map((one, at) => (shrunk.has(at) ? one : null));
}

/** Text from elsewhere must not move the cursor or break the row. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

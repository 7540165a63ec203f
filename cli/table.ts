import Table from 'cli-table3';

export interface Column {
  title: string;
  /** Numbers line up on the right. */
  align?: 'left' | 'right';
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
  { terminal, colors }: { terminal: boolean; colors: boolean },
): string {
  const table = new Table({
    head: columns.map(({ title }) => (colors ? `\u001b[1m${title}\u001b[22m` : title)),
    colAligns: columns.map(({ align = 'left' }) => align),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    chars: { ...NO_LINES, middle: '  ', ...(terminal ? { mid: '─', 'mid-mid': '──' } : {}) },
  });
  for (const row of rows) table.push(row.map(printable));
  const lines = table.toString().split('\n');
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** Text from elsewhere must not move the cursor or break the row. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

import { describe, expect, test } from 'vitest';
import { Screen } from '../../cli/screen.js';
import { renderTable } from '../../cli/table.js';

const COLUMNS = [
  { title: 'TOPIC', shrinks: true },
  { title: 'LAG', align: 'right' },
  { title: 'OWNER', shrinks: true },
] as const;
const ROWS = [
  ['orders-of-all-customers', '1,234', 'worker-1'],
  ['b', '5', '-'],
];

describe('a table', () => {
  test('is as wide as what is in it, where it fits', () => {
    const wide = renderTable(COLUMNS, ROWS, { terminal: true, colors: false, width: 80 });
    expect(wide).toContain('orders-of-all-customers  1,234  worker-1\n');
  });

  test('that would be wider than the terminal gives up the ends of its widest columns, never its numbers', () => {
    for (const width of [40, 35, 30, 25]) {
      const lines = renderTable(COLUMNS, ROWS, { terminal: true, colors: true, width }).split('\n');
      const shown = lines.map((line) => readable(line).replace(/<ESC>\[\d+m/g, ''));
      expect(Math.max(...shown.map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(shown.join('\n')).toContain('1,234');
    }
  });

  test('in a pipe loses nothing', () => {
    const piped = renderTable(COLUMNS, ROWS, { terminal: false, colors: false, width: 10 });
    expect(piped).toContain('orders-of-all-customers  1,234  worker-1\n');
  });
});

/** What a screen writes, its parts told apart. */
const TERMINAL_TOKEN = /<ESC>\[\d+A|<ESC>\[\?7[lh]|<ESC>\[[JK]|\r|\n|[^<\r\n]+/g;

function readable(output: string): string {
  return output.replaceAll('\u001b', '<ESC>');
}

describe('a screen', () => {
  /** What stands on a terminal after these characters: enough of one for what a screen uses. */
  function shown(output: string): string[] {
    const lines = [''];
    let row = 0;
    let column = 0;
    for (const [token] of readable(output).matchAll(TERMINAL_TOKEN)) {
      if (/^<ESC>\[\d+A$/.test(token)) row -= Number(/\d+/.exec(token));
      else if (token === '\n') lines[++row] ??= '';
      else if (token === '<ESC>[K') lines[row] = lines[row]!.slice(0, column);
      else if (token === '<ESC>[J') lines.splice(row, Number.POSITIVE_INFINITY, '');
      else if (!token.startsWith('<ESC>') && token !== '\r') {
        lines[row] = token + lines[row]!.slice(token.length);
        column = token.length;
      }
      if (token === '\n' || token === '\r') column = 0;
    }
    return lines;
  }

  test('is drawn over itself, also when there is less on it than before', () => {
    const screen = new Screen();
    const output =
      screen.frame('alpha\nb\nc\n', 24) + screen.frame('d\ne\n', 24) + screen.frame('f\ng\nh\n', 24);
    expect(shown(output)).toEqual(['f', 'g', 'h', '']);
    const fewer = new Screen();
    expect(shown(fewer.frame('a\nb\nc\n', 24) + fewer.frame('d\n', 24))).toEqual(['d', '']);
  });

  test('says what does not fit, so that the terminal never scrolls', () => {
    const lines = shown(new Screen().frame('a\nb\nc\nd\ne\n', 4));
    expect(lines).toHaveLength(4);
    expect(lines[2]).toMatch(/^… 3 more lines/);
  });
});

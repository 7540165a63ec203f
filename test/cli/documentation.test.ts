import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { completionNodes } from '../../cli/completion/command-tree.js';
import { EXIT } from '../../cli/exit-code.js';
import { buildProgram } from '../../cli/program.js';
import { Terminal } from '../../cli/terminal.js';

const PAGE = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const OPTIONS_PAGE = readFileSync(new URL('../../docs/options.md', import.meta.url), 'utf8');

const program = await buildProgram(new Terminal({}), () => {}, []);
const nodes = completionNodes(program);

describe('docs/cli.md', () => {
  test('names every command and every flag', () => {
    for (const { path, options } of nodes) {
      expect(PAGE).toContain(path.length === 0 ? 'respool' : path.join(' '));
      const page = path[0] === 'serve' ? PAGE + OPTIONS_PAGE : PAGE;
      for (const flag of options.flatMap(({ flags }) => flags).filter((one) => !isCommon(one))) {
        expect(page, `${path.join(' ')} ${flag}`).toMatch(new RegExp(`${flag}(?![\\w-])`));
      }
    }
  });

  test('names no flag that there is not', () => {
    const known = new Set(nodes.flatMap(({ options }) => options.flatMap(({ flags }) => flags)));
    const named = [...PAGE.matchAll(/--[a-z][a-z-]+/g)].map(([flag]) => flag);
    expect(named.filter((flag) => !known.has(flag))).toEqual([]);
  });

  test('lists every value of a flag that takes one of a few', () => {
    for (const { path, options } of nodes.filter(
      (node) => node.path[0] !== 'serve' && node.path[0] !== 'topic',
    )) {
      for (const { flags, value } of options) {
        if (value.kind !== 'words') continue;
        for (const word of value.words)
          expect(PAGE, `${path.join(' ')} ${flags[0]} ${word}`).toMatch(new RegExp(`[\` ]${word}\``));
      }
    }
  });

  test('lists every exit code, and no other', () => {
    const rows = [...PAGE.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(([, code, name]) => [
      name,
      Number(code),
    ]);
    expect(Object.fromEntries(rows)).toEqual({ ...EXIT });
    const help =
      /Exit codes: ([\s\S]*)$/.exec(
        readFileSync(new URL('../../cli/program.ts', import.meta.url), 'utf8'),
      )?.[1] ?? '';
    for (const code of Object.values(EXIT)) expect(help).toMatch(new RegExp(`\\b${code} [a-z]`));
  });
});

/** Of the program as a whole. */
function isCommon(flag: string): boolean {
  return ['--help', '-h', '--version', '-V'].includes(flag);
}

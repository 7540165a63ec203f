import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { buildProgram } from '../../cli/program.js';
import { Terminal } from '../../cli/terminal.js';
import { readSourceTree } from '../architecture/source-tree.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** `respool …` on a line of code of its own, or in back quotes; continued lines are one. */
const COMMAND =
  /^(?: {4}|ExecStart=\S*|.*\| )?(?:npx )?respool ([a-z][^|#\n]*)|`(?:npx )?respool ([a-z][^`]*)`/gm;

const pages = [...readSourceTree(ROOT)].filter(([path]) => path.endsWith('.md'));
const written = pages.flatMap(([path, text]) =>
  [...text.replaceAll('\\\n', ' ').matchAll(COMMAND)].map((match) => ({
    path,
    words: wordsOf(match[1] ?? match[2]!),
  })),
);

const program = await buildProgram(new Terminal({}), () => {}, []);

test('every command that a page names exists, with every flag', () => {
  const unknown = written.flatMap(({ path, words }) =>
    unknownWords(program, words).map((word) => `${path}: respool ${words.join(' ')}: ${word}`),
  );
  expect(unknown).toEqual([]);
  expect(written.length).toBeGreaterThan(20);
});

test('a command or flag that does not exist is noticed', () => {
  expect(unknownWords(program, ['topic', 'rename', 'a'])).toEqual(['rename']);
  expect(unknownWords(program, ['consume', 'a', '--frmo', '--follow'])).toEqual(['--frmo']);
});

function wordsOf(line: string): string[] {
  return line.trim().split(/\s+/);
}

/** The commands and flags among the words that there are not. */
function unknownWords(root: Command, words: readonly string[]): string[] {
  let command = root;
  let at = 0;
  for (; at < words.length && command.commands.length > 0; at += 1) {
    const next = command.commands.find((child) => child.name() === words[at]);
    if (next === undefined) return [words[at]!];
    command = next;
  }
  const flags = words.slice(at).filter((word) => word.startsWith('--') && word !== '--help');
  return flags.filter((flag) => !command.options.some(({ long }) => long === flag.split('=')[0]));
}

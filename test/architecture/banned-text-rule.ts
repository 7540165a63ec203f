/** What is put off, switched off or silenced does not land. The patterns are written so that they do not match themselves. */
import { codeFiles, lineAt, type SourceTree, type Violation } from './source-tree.js';

interface Ban {
  pattern: RegExp;
  /** True if the words mean something else in a comment. */
  codeOnly?: boolean;
  problem: string;
  instead: string;
}

const BANS: readonly Ban[] = [
  {
    pattern: /\b(?:describe|it|test|suite|bench)(?:\.\w+)*\.(?:only|skip|todo|skipIf)\b/g,
    problem: 'a test is switched off',
    instead: 'Mend or delete it; a suite that needs more than Node uses describe.runIf(requireOrSkip(…))',
  },
  {
    pattern: /\b(?:TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b/g,
    problem: 'work is put off',
    instead: 'Do it now, or open an issue and say in the code what holds today',
  },
  {
    pattern: /\bas (?:unknown as )?a[n]y\b/g,
    codeOnly: true,
    problem: 'a type is thrown away',
    instead: 'Use `unknown` and narrow it, or describe the shape',
  },
  {
    pattern: /@ts-(?:ig[n]ore|nocheck)|biome-ig[n]ore-all/g,
    problem: 'a checker is silenced',
    instead:
      'Mend the cause; for one justified line there are @ts-expect-error and biome-ignore, each with its reason',
  },
];

const COMMENT_LINE = /^\s*(?:\/\/|\/?\*)/;

export function bannedTextRule(tree: SourceTree): Violation[] {
  return codeFiles(tree).flatMap(([file, text]) =>
    BANS.flatMap(({ pattern, codeOnly, problem, instead }) =>
      [...text.matchAll(pattern)]
        .map((match) => ({ line: lineAt(text, match.index), words: match[0] }))
        .filter(({ line }) => !codeOnly || !COMMENT_LINE.test(text.split('\n')[line - 1]!))
        .map(({ line, words }) => ({ file, line, problem: `${problem} (\`${words}\`)`, instead })),
    ),
  );
}

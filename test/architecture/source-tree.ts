/** The project's own files, as the rules see them: paths from the root with `/`, and their text. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type SourceTree = ReadonlyMap<string, string>;

/** Where a rule is broken, and what to do instead. */
export interface Violation {
  file: string;
  /** From 1; absent if the whole file is meant. */
  line?: number;
  problem: string;
  instead: string;
}

/** Looks at the whole tree; no violations means that the rule holds. */
export type Rule = (tree: SourceTree) => Violation[];

/** What git tracks or would track, in the order of the paths; files with NUL bytes are left out. */
export function readSourceTree(root: string): SourceTree {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const paths = [...new Set(listed.split('\0'))].filter(
    (path) => path !== '' && existsSync(join(root, path)),
  );
  const texts = paths.sort().map((path) => [path, readFileSync(join(root, path), 'utf8')] as const);
  return new Map(texts.filter(([, text]) => !text.includes('\0')));
}

/** A tree made by hand, for tests of the rules. */
export function treeOf(files: Readonly<Record<string, string>>): SourceTree {
  return new Map(Object.entries(files));
}

const CODE = /\.[cm]?[jt]s$/;

/** The files that hold code of ours. */
export function codeFiles(tree: SourceTree): [path: string, text: string][] {
  return [...tree].filter(([path]) => CODE.test(path));
}

/** The line, from 1, of a position in a text. */
export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

/** One violation a line, as an editor can jump to it. */
export function describeViolations(violations: readonly Violation[]): string[] {
  return violations.map(
    ({ file, line, problem, instead }) =>
      `${file}${line === undefined ? '' : `:${line}`}: ${problem}. ${instead}`,
  );
}

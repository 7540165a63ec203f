/** Nothing in the tree depends on, or tells of, the machine it was written on. */
import { lineAt, type SourceTree, type Violation } from './source-tree.js';

interface Trace {
  pattern: RegExp;
  problem: string;
  instead: string;
}

const TRACES: readonly Trace[] = [
  {
    pattern: /(?<![\w.])\/(?:work|home|root|Users)\/[\w.-]+|\b[A-Z]:\\\\?Users\\/g,
    problem: 'it names a folder of one machine',
    instead: 'Use a path from the root, or a temporary folder',
  },
  {
    pattern: /\b(?:registry|repo\d*|proxy|files|pypi|deb|mirrors?)\.(?:[a-z][\w-]*\.)*(?:org|com|io|net)\b/g,
    problem: 'it names a package registry',
    instead: 'Leave that to the configuration of each machine',
  },
];

const LOCKED_ADDRESS: Trace = {
  pattern: /"resolved": "[^"]*"/g,
  problem: 'it locks where a package comes from',
  instead: 'Write it anew with `npm install --omit-lockfile-registry-resolved`',
};

export function machineTraceRule(tree: SourceTree): Violation[] {
  return [...tree].flatMap(([file, text]) =>
    (file === 'package-lock.json' ? [LOCKED_ADDRESS] : TRACES).flatMap((trace) => find(trace, file, text)),
  );
}

function find({ pattern, problem, instead }: Trace, file: string, text: string): Violation[] {
  return [...text.matchAll(pattern)].map((match) => ({
    file,
    line: lineAt(text, match.index),
    problem: `${problem} (${match[0]})`,
    instead,
  }));
}

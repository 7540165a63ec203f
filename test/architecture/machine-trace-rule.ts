/** Nothing in the tree depends on, or tells of, the machine it was written on. */
import { lineAt, type SourceTree, type Violation } from './source-tree.js';

/** Hosts that may be named: licences, schemas, and names that are reserved for examples. */
const KNOWN_HOSTS: readonly RegExp[] = [
  /^(?:www|maven)\.apache\.org$/,
  /^(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])$/,
  /(?:^|\.)(?:example|invalid|test)(?:\.(?:com|org|net))?$/,
];

const HOME = /(?<![\w.])\/(?:work|home|root|Users)\/[\w.-]+|\b[A-Z]:\\\\?Users\\/g;
const URL_HOST = /\bhttps?:\/\/(?:[^\s/@'"`]*@)?(\[[0-9a-f:]+\]|[\w.-]+)/g;
const REGISTRY = /\b(?:registry|repo\d*|proxy|files|pypi|deb|mirrors?)\.[a-z][\w-]*\.(?:org|com|io|net)\b/g;

export function machineTraceRule(tree: SourceTree): Violation[] {
  return [...tree].flatMap(([file, text]) => {
    if (file === 'package-lock.json') return lockedAddresses(file, text);
    return [
      ...matches(
        file,
        text,
        HOME,
        'it names a folder of one machine',
        'Use a path from the root, or a temporary folder',
      ),
      ...matches(
        file,
        text,
        REGISTRY,
        'it names a package registry',
        'Leave that to the configuration of each machine',
      ),
      ...matches(
        file,
        text,
        URL_HOST,
        'it names a host',
        'Leave it out, or add the host to KNOWN_HOSTS if the text needs it',
      ).filter(({ host }) => !KNOWN_HOSTS.some((known) => known.test(host))),
    ].map(({ host: _host, ...violation }) => violation);
  });
}

function lockedAddresses(file: string, text: string): Violation[] {
  return matches(
    file,
    text,
    /"resolved": "[^"]*"/g,
    'it locks where a package comes from',
    'Write it anew with `npm install --omit-lockfile-registry-resolved`',
  );
}

function matches(
  file: string,
  text: string,
  pattern: RegExp,
  problem: string,
  instead: string,
): (Violation & { host: string })[] {
  return [...text.matchAll(pattern)].map((match) => ({
    file,
    line: lineAt(text, match.index),
    problem: `${problem} (${match[0]})`,
    instead,
    host: match[1] ?? '',
  }));
}

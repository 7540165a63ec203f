import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const textOf = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

/** A name, two or more spaces, and what it is: a line of the list at the top of a source file. */
const LISTED = /^ \* {5}(\S.*?) {2,}\S/gm;
/** The first cell of a row that also says whose the file is. */
const ROW = /^\| `([^`]+)` \| (?:ours|Kafka's)/gm;

const matchesOf = (pattern: RegExp, text: string): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1]!);

test('docs/format.md has every file that the sources list, and no other', () => {
  const listed = [
    'segment-store/data-directory.ts',
    'segment-store/segment-files.ts',
    'consumer-groups/view/view-folder.ts',
  ].flatMap((path) => matchesOf(LISTED, textOf(path)));
  expect(listed.length).toBeGreaterThan(15);
  expect(matchesOf(ROW, textOf('docs/format.md')).sort()).toEqual(listed.sort());
});

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readSourceTree } from '../architecture/source-tree.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const pages = [...readSourceTree(ROOT)].filter(([path]) => path.endsWith('.md'));

/** `[text](target)`, not to other hosts. */
const LINK = /\[[^\]]*\]\((?!https?:)([^)\s]*)\)/g;
/** A path of the tree in back quotes, without placeholders. */
const FILE_NAMED =
  /`((?:proto|segment-store|server|sdk|cli|test|bench|docs|examples|\.ci)\/[\w./-]*)`|`([A-Z]+\.md|package\.json)`/g;

describe.each(pages)('%s', (path, text) => {
  test('links lead to pages and headings that exist', () => {
    const broken = [...text.matchAll(LINK)]
      .map((match) => match[1]!)
      .filter((target) => !leadsSomewhere(path, target));
    expect(broken).toEqual([]);
  });

  test('the files it names exist', () => {
    const named = [...text.matchAll(FILE_NAMED)].map((match) => match[1] ?? match[2]!);
    const missing = named.filter((file) => !existsSync(join(ROOT, file)));
    expect(missing).toEqual([]);
  });
});

function leadsSomewhere(from: string, target: string): boolean {
  const [file = '', heading] = target.split('#');
  const path = file === '' ? from : join(dirname(from), file);
  if (!existsSync(join(ROOT, path))) return false;
  if (heading === undefined) return true;
  const text = pages.find(([page]) => page === path)?.[1] ?? '';
  return headingsOf(text).includes(heading);
}

/** The anchors that a page's headings get when it is shown. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Broker, formatAddress } from '../../server/index.js';
import { readSourceTree } from '../architecture/source-tree.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMMAND = `node ${join(ROOT, 'dist/cli/respool.cjs')}`;
const MAX_OUTPUT_BYTES = 64 * 1024 ** 2;

test('what the README says to type does what it says', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'respool-readme-'));
  try {
    await using broker = await Broker.start({
      dataDir: join(folder, 'data'),
      listen: '127.0.0.1:0',
      http: 'off',
      logLevel: 'silent',
    });
    const script = (await blocks('sh', 'README.md')).join('\n').replaceAll('npx respool', COMMAND);
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: folder,
      // The commands look at this repository's history, but leave their files elsewhere.
      env: { ...process.env, GIT_DIR: join(ROOT, '.git'), RESPOOL_SERVER: formatAddress(broker.address) },
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toEqual(expect.arrayContaining(['world', 'the same', 'read again']));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test.each(['README.md', 'docs/consumer-groups.md'])(
  'the code in %s is cut from the examples',
  async (page) => {
    const examples = [...readSourceTree(ROOT)].filter(([path]) => path.startsWith('examples/'));
    for (const block of await blocks('ts', page)) {
      const from = examples.filter(([, text]) => isCutFrom(block, text));
      expect(
        from.map(([path]) => path),
        `no example has:\n${block}`,
      ).not.toEqual([]);
    }
  },
);

/** A page's blocks of code in a language. */
async function blocks(language: string, page: string): Promise<string[]> {
  const text = await readFile(join(ROOT, page), 'utf8');
  const found = [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    (match) => match[1]!,
  );
  expect(found).not.toEqual([]);
  return found;
}

/** True if the lines of a block are lines of the text, in the same order, maybe with others between them. */
function isCutFrom(block: string, text: string): boolean {
  const left = linesOf(block);
  for (const line of linesOf(text)) if (line === left[0]) left.shift();
  return left.length === 0;
}

/** Without indentation and empty lines. */
function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

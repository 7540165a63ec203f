import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ViewFolder } from '../../../consumer-groups/view/view-folder.js';
import { nodeFileSystem } from '../../../segment-store/index.js';
import { groupStoreFolder } from '../group-store/group-store-folder.js';

const groups = groupStoreFolder();

test('a folder that is none keeps the groups shut', async () => {
  await mkdir(dirname(groups.viewDir), { recursive: true });
  await writeFile(groups.viewDir, 'not a folder');
  await expect(groups.open()).rejects.toThrow(
    /^The view of the groups has no place: .*group-view is a file; it must be a folder$/,
  );
});

test('of the views that were set aside the newest three are kept', async () => {
  const folder = new ViewFolder(groups.viewDir, nodeFileSystem);
  const kept: string[] = [];
  for (let at = 0; at < 5; at += 1) {
    await folder.beginNext();
    await writeFile(folder.file, `view ${at}`);
    kept.push(await folder.setAside(1_700_000_000_000 + at));
    expect(await folder.hasView()).toBe(false);
  }
  const left = (await readdir(groups.path)).filter((name) => name.includes('.corrupt-'));
  expect(left.sort()).toEqual(kept.slice(2).map((path) => path.slice(groups.path.length + 1)));
});

test('what a process left that died while it wrote a view is cleared away', async () => {
  const folder = new ViewFolder(groups.viewDir, nodeFileSystem);
  await folder.beginNext();
  for (const name of ['data.mdb', 'data.mdb-lock', 'next.mdb', 'next.mdb-lock']) {
    await writeFile(join(groups.viewDir, name), 'x');
  }
  await folder.open();
  expect((await readdir(groups.viewDir)).sort()).toEqual(['data.mdb', 'data.mdb-lock']);
});

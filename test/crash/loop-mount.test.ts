/** The power loss of the crash tests is a real one: what was not synced is gone, what was is there. */
import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LoopMount } from '../fixtures/loop-mount.js';
import { hasCommands, isRoot, requireOrSkip } from '../fixtures/requirement.js';

const canRun = requireOrSkip(
  'power loss',
  () => isRoot() && hasCommands('xfs_io', 'mkfs.ext4', 'mkfs.xfs', 'losetup'),
  'needs root, e2fsprogs and xfsprogs',
);

describe.runIf(canRun).each(['ext4', 'xfs'] as const)('a power loss on %s', (kind) => {
  it('takes what was not synced, and keeps what was', async () => {
    await using mount = await LoopMount.make(kind);
    await mkdir(join(mount.path, 'd'));
    await writeSynced(join(mount.path, 'd', 'synced'), 'kept');
    await syncFolder(join(mount.path, 'd'));
    await syncFolder(mount.path);
    await writeFile(join(mount.path, 'd', 'not synced'), 'lost');
    await mount.losePower();
    await expect(writeFile(join(mount.path, 'late'), '')).rejects.toMatchObject({ code: 'EIO' });
    await mount.restore();
    expect(await readdir(join(mount.path, 'd'))).toEqual(['synced']);
    expect(await readFile(join(mount.path, 'd', 'synced'), 'utf8')).toBe('kept');
  });
});

async function writeSynced(path: string, content: string): Promise<void> {
  const file = await open(path, 'w');
  await file.writeFile(content);
  await file.datasync();
  await file.close();
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync();
  await folder.close();
}

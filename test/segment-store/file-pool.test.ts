/** Open files: as many as may be, the right ones, and none after the end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FilePool } from '../../segment-store/file-pool.js';
import { WatchedFileSystem } from './fixtures/watched-file-system.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();
const path = (name: string) => join(folder.path, name);

function poolOf(maxOpenFiles: number) {
  const disk = new WatchedFileSystem();
  for (const name of ['a', 'b', 'c', 'd']) writeFileSync(path(name), name);
  const pool = new FilePool(disk.fileSystem, maxOpenFiles);
  const content = (name: string) =>
    pool.use(path(name), 'read', async (file) => {
      const bytes = Buffer.alloc(10);
      return bytes.subarray(0, await file.read(bytes, 0)).toString();
    });
  const opened = () =>
    disk
      .of('open')
      .map((call) => call.path.at(-1))
      .join('');
  return { disk, pool, content, opened };
}

describe('a pool of files', () => {
  it('opens a file once for many uses, also at the same time', async () => {
    const { pool, content, opened } = poolOf(4);
    expect(await Promise.all(['a', 'a', 'a'].map(content))).toEqual(['a', 'a', 'a']);
    await content('a');
    expect(opened()).toBe('a');
    expect(pool.openFiles).toBe(1);
    await pool.close();
  });

  it('closes the file unused longest when there are too many', async () => {
    const { pool, content, opened } = poolOf(2);
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await content(name);
    expect(opened()).toBe('abcb');
    expect(pool.openFiles).toBe(2);
    await pool.close();
  });

  it('never closes one that is pinned or in use, even if there are too many then', async () => {
    const { pool, content, opened } = poolOf(1);
    await pool.use(path('a'), 'write', async () => {
      pool.pin(path('a'));
      await content('b');
    });
    await content('c');
    expect(await content('a')).toBe('a');
    expect(opened()).toBe('abc');
    pool.unpin(path('a'));
    await content('d');
    await content('a');
    expect(opened()).toBe('abcda');
    await pool.close();
  });

  it('opens a file anew for writing, and reads through the one for writing', async () => {
    const { disk, pool, content } = poolOf(4);
    await content('a');
    await pool.use(path('a'), 'write', (file) => file.write([Buffer.from('z')], 0));
    expect(await content('a')).toBe('z');
    expect(disk.of('open', 'a')).toHaveLength(2);
    await pool.close();
    expect(disk.of('close', 'a')).toHaveLength(2);
  });

  it('closes a retired file when its users are done, and gives the next user another', async () => {
    const { disk, pool, content, opened } = poolOf(4);
    await pool.use(path('a'), 'read', async (file) => {
      pool.retire(path('a'));
      expect(disk.of('close')).toEqual([]);
      expect(await file.size()).toBe(1);
      await content('a');
    });
    expect(opened()).toBe('aa');
    await pool.close();
    expect(disk.of('close')).toHaveLength(2);
  });

  it('tries again after a file could not be opened', async () => {
    const { disk, pool, content } = poolOf(4);
    const heal = disk.fail('open', 'a', 'EMFILE');
    await expect(content('a')).rejects.toMatchObject({ code: 'EMFILE' });
    expect(pool.openFiles).toBe(0);
    heal();
    expect(await content('a')).toBe('a');
    await pool.close();
  });

  it('waits at its end for those who use a file, and lends none any more', async () => {
    const { disk, pool, content } = poolOf(4);
    const held = disk.hold('read', 'a');
    const reading = content('a');
    await held.arrived;
    const closed = pool.close();
    await expect(content('b')).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    expect(disk.of('close')).toEqual([]);
    held.release();
    expect(await reading).toBe('a');
    await closed;
    expect(disk.of('close', 'a')).toHaveLength(1);
  });
});

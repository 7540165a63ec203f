/**
 * The folder of the view:
 *
 *     data.mdb        the view, an LMDB environment; what its entries are: view-entry.ts, view-head.ts
 *     next.mdb        one that was being written anew, to take its place
 *     data.mdb-lock   LMDB's own; says nothing once the process is gone, and is zeroed before it is used
 *     next.mdb-lock   the same
 *
 * A view that is not to be used is kept beside the folder, under `<folder>.corrupt-<time>`, for whoever wants to know.
 */
import { basename, dirname, join } from 'node:path';
import type { FileSystem } from '../../segment-store/index.js';
import { lockFile } from './lock-file.js';

/** How many of those that were set aside are kept. */
const KEPT_ASIDE = 3;

export class ViewFolder {
  readonly path: string;
  readonly file: string;
  readonly nextFile: string;

  constructor(
    path: string,
    private readonly fs: FileSystem,
  ) {
    this.path = path;
    this.file = join(path, 'data.mdb');
    this.nextFile = join(path, 'next.mdb');
  }

  /** Clears away what was left, if the folder is there. Rejects if it is none, or not ours. */
  async open(): Promise<void> {
    const stat = await this.fs.stat(this.path);
    if (stat === undefined) return;
    if (!stat.isDirectory) {
      throw new Error(`The view of the groups has no place: ${this.path} is a file; it must be a folder`);
    }
    await this.removeNext();
  }

  /** True if there is a view. */
  async hasView(): Promise<boolean> {
    return (await this.fs.stat(this.file)) !== undefined;
  }

  /** Makes the folder, durably, and room in it for {@link nextFile}. */
  async beginNext(): Promise<void> {
    await this.fs.makeDirectory(this.path);
    await this.fs.syncDirectory(dirname(this.path));
    await this.removeNext();
  }

  /** Puts the view that was written anew in place of the old one, durably. */
  async replace(): Promise<void> {
    await this.fs.rename(this.nextFile, this.file);
    await this.removeNext();
    await this.fs.syncDirectory(this.path);
  }

  /** Deletes one that was being written. */
  async removeNext(): Promise<void> {
    await this.fs.remove(this.nextFile);
    await this.fs.remove(lockFile(this.nextFile));
  }

  /** Sets the folder aside, durably. Resolves with where it is kept. */
  async setAside(nowMs: number): Promise<string> {
    const kept = `${this.path}${ASIDE}${new Date(nowMs).toISOString().replace(/[-:.]/g, '')}`;
    await this.fs.rename(this.path, kept);
    await this.fs.syncDirectory(dirname(this.path));
    await this.#forgetOldest();
    return kept;
  }

  async #forgetOldest(): Promise<void> {
    const parent = dirname(this.path);
    const prefix = `${basename(this.path)}${ASIDE}`;
    const aside = (await this.fs.list(parent)).filter((name) => name.startsWith(prefix)).sort();
    for (const name of aside.slice(0, -KEPT_ASIDE)) await this.fs.removeDirectory(join(parent, name));
  }
}

const ASIDE = '.corrupt-';

import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileSystemOf } from './environment.js';

/** A folder of its own for the data of one measurement, gone afterwards, however the program ends. */
export class DataFolder implements Disposable {
  readonly path: string;
  readonly #remove = () => rmSync(this.path, { recursive: true, force: true });

  constructor(parent: string) {
    this.path = mkdtempSync(join(parent, 'respool-bench-'));
    process.on('exit', this.#remove);
  }

  [Symbol.dispose](): void {
    this.#remove();
    process.off('exit', this.#remove);
  }
}

/** Throws for a folder in memory: a sync costs nothing there, so that every figure would be of something else. */
export function checkIsDisk(dir: string): void {
  const fileSystem = fileSystemOf(dir);
  if (fileSystem !== 'tmpfs') return;
  throw new Error(`${dir} is in memory (${fileSystem}); name a folder on a disk with --dir`);
}

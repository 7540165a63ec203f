/** Whichever one file of the data directory is gone: the store opens, serves what is left, and says what is not. */
import { describe, expect, it } from 'vitest';
import { withoutFile } from '../simulation/disk-image.js';
import { brokenPromises, FOLDER, reopen, type StoredLog, storeLog } from './stored-log.js';

describe.each(['clean', 'crashed'] as const)('a data directory that was left %s', (how) => {
  it('opens without any one of its files; only a .log takes records with it, and only its own', async () => {
    const log = await storeLog(how);
    const files = [...log.image].flatMap(([path, content]) => (content ? [path] : []));
    expect(files.length).toBeGreaterThan(10);
    const broken: string[] = [];
    for (const path of files) {
      const damaged = { ...log, image: withoutFile(log.image, path) };
      const wrong = await reopen(damaged).then(
        (reopened) => brokenPromises(damaged, reopened, heldBy(path, log)),
        (error: Error) => [`it does not open: ${error.message}`],
      );
      broken.push(...wrong.map((what) => `without ${path}: ${what}`));
    }
    expect(broken).toEqual([]);
  });
});

/** The offsets that are only in this file. */
function heldBy(path: string, { image, batches }: StoredLog): { startOffset: number; endOffset: number } {
  if (!path.startsWith(FOLDER) || !path.endsWith('.log')) return { startOffset: 0, endOffset: 0 };
  const bases = [...image.keys()].filter((other) => other.endsWith('.log')).map(baseOffsetOf);
  const startOffset = baseOffsetOf(path);
  const later = bases.filter((base) => base > startOffset);
  return { startOffset, endOffset: Math.min(...later, batches.at(-1)!.endOffset) };
}

function baseOffsetOf(path: string): number {
  return Number(/(\d{20})\.log$/.exec(path)?.[1]);
}

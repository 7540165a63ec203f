/** Recovery that leaves out a check is found out by what the other tests of this folder look at: else they would prove nothing. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type DiskImage, flipped, replaced } from '../simulation/disk-image.js';

afterEach(() => {
  vi.doUnmock('../../proto/record-batch/header.js');
  vi.doUnmock('../../segment-store/seal.js');
  vi.resetModules();
});

describe('a store is found out that', () => {
  it('does not check the CRC', async () => {
    vi.doMock('../../proto/record-batch/header.js', async (original) => ({
      ...(await original<typeof import('../../proto/record-batch/header.js')>()),
      crcMatches: () => true,
    }));
    expect(await brokenByFlips('.log')).not.toEqual([]);
  });

  it('trusts indexes that no seal vouches for', async () => {
    vi.doMock('../../segment-store/seal.js', async (original) => ({
      ...(await original<typeof import('../../segment-store/seal.js')>()),
      fits: (_: unknown, content: Buffer | undefined) => content !== undefined,
    }));
    expect([...(await brokenByFlips('.index')), ...(await brokenByFlips('.timeindex'))]).not.toEqual([]);
  });

  it('is as it should be: the same damage breaks no promise', async () => {
    expect(await brokenByFlips('.log')).toEqual([]);
    expect(await brokenByFlips('.index')).toEqual([]);
  });
});

/** Flips the lowest bit of each byte of the first file of that kind. What is wrong then, apart from records that are called damaged. */
async function brokenByFlips(kind: string): Promise<string[]> {
  vi.resetModules();
  const { brokenPromises, FOLDER, reopen, storeLog } = await import('./stored-log.js');
  const log = await storeLog('clean');
  const [path, content] = firstFile(log.image, FOLDER, kind);
  const everything = { startOffset: 0, endOffset: log.batches.at(-1)!.endOffset };
  const broken: string[] = [];
  for (let at = 0; at < content.length && broken.length === 0; at += 1) {
    const damaged = { ...log, image: replaced(log.image, path, flipped(content, at, 0)) };
    const wrong = await reopen(damaged).then(
      (reopened) => brokenPromises(damaged, reopened, everything),
      (error: Error) => [error.message],
    );
    broken.push(...wrong);
  }
  return broken;
}

function firstFile(image: DiskImage, folder: string, kind: string): [string, Buffer] {
  for (const [path, content] of image) {
    if (content && path.startsWith(folder) && path.endsWith(kind)) return [path, content];
  }
  throw new Error(`there is no ${kind}`);
}

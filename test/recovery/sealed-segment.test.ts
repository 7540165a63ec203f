/** Damage in the middle of a log costs the batch that it hits, and nothing else; indexes are only a help. */
import { describe, expect, it } from 'vitest';
import { type DiskImage, flipped, replaced } from '../simulation/disk-image.js';
import {
  brokenPromises,
  FOLDER,
  isOwnMark,
  reopen,
  type StoredBatch,
  type StoredLog,
  storeLog,
} from './stored-log.js';

describe.each(['clean', 'crashed'] as const)('a log that was left %s', (how) => {
  it('loses, by any flipped byte of a sealed segment, at most the batch that it is in', async () => {
    const log = await storeLog(how);
    const [path, content] = fileWith(log.image, '.log', 1);
    const broken: string[] = [];
    for (const { position, sizeBytes, batch } of batchesIn(content, log)) {
      for (let at = position; at < position + sizeBytes; at += 1) {
        const damaged = { ...log, image: replaced(log.image, path, flipped(content, at, at % 8)) };
        const reopened = await reopen(damaged);
        const wrong = brokenPromises(damaged, reopened, {
          startOffset: batch.baseOffset,
          endOffset: batch.endOffset,
        });
        const isDamaged = reopened.read.log.damaged.length > 0;
        if (isDamaged === isOwnMark(at - position))
          wrong.push(isDamaged ? 'it is called damaged' : 'it is not');
        if (reopened.endOffset !== log.batches.at(-1)!.endOffset) wrong.push('the end has moved');
        broken.push(...wrong.map((what) => `byte ${at} (${at - position} of its batch): ${what}`));
      }
    }
    expect(broken).toEqual([]);
  });

  it.each(['.index', '.timeindex', '.seal', '.snapshot'])(
    'answers the same whichever byte of a %s is flipped',
    async (kind) => {
      const log = await storeLog(how);
      const broken: string[] = [];
      for (const [path, content] of filesOf(log.image, kind)) {
        for (let at = 0; at < content.length; at += 1) {
          const damaged = { ...log, image: replaced(log.image, path, flipped(content, at, at % 8)) };
          const wrong = brokenPromises(damaged, await reopen(damaged));
          broken.push(...wrong.map((what) => `byte ${at} of ${path}: ${what}`));
        }
      }
      expect(broken).toEqual([]);
    },
  );

  it.each(['.index', '.timeindex', '.seal', '.snapshot'])(
    'answers the same whatever a %s holds',
    async (kind) => {
      const log = await storeLog(how);
      const broken: string[] = [];
      for (const [path, content] of filesOf(log.image, kind)) {
        const others = [
          Buffer.alloc(0),
          content.subarray(0, content.length - 1),
          Buffer.concat([content, Buffer.alloc(24)]),
          Buffer.alloc(content.length),
          Buffer.alloc(4096, 0xff),
        ];
        for (const [which, other] of others.entries()) {
          const damaged = { ...log, image: replaced(log.image, path, other) };
          const wrong = brokenPromises(damaged, await reopen(damaged));
          broken.push(...wrong.map((what) => `content ${which} of ${path}: ${what}`));
        }
      }
      expect(broken).toEqual([]);
    },
  );
});

function filesOf(image: DiskImage, kind: string): [string, Buffer][] {
  const files = [...image].flatMap(([path, content]): [string, Buffer][] =>
    content && path.startsWith(FOLDER) && path.endsWith(kind) ? [[path, content]] : [],
  );
  expect(files.length).toBeGreaterThan(0);
  return files.sort(([a], [b]) => (a < b ? -1 : 1));
}

function fileWith(image: DiskImage, kind: string, number: number): [string, Buffer] {
  return filesOf(image, kind)[number]!;
}

function batchesIn(
  content: Buffer,
  log: StoredLog,
): { position: number; sizeBytes: number; batch: StoredBatch }[] {
  const found: { position: number; sizeBytes: number; batch: StoredBatch }[] = [];
  for (let position = 0; position < content.length; ) {
    const sizeBytes = 12 + content.readInt32BE(position + 8);
    const baseOffset = Number(content.readBigInt64BE(position));
    found.push({ position, sizeBytes, batch: log.batches.find((batch) => batch.baseOffset === baseOffset)! });
    position += sizeBytes;
  }
  expect(found.length).toBeGreaterThan(2);
  return found;
}

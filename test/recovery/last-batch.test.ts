/** Torn is not corrupt: what may happen to the last batch, at every byte and every bit. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { StoreEvent } from '../../segment-store/index.js';
import { type DiskImage, flipped, replaced } from '../simulation/disk-image.js';
import { brokenPromises, FOLDER, isOwnMark, reopen, type StoredLog, storeLog } from './stored-log.js';

/** Where the last batch lies: the active segment ends with it. */
interface LastBatch {
  log: StoredLog;
  path: string;
  content: Buffer;
  position: number;
  startOffset: number;
  endOffset: number;
}

async function lastBatchOf(how: 'clean' | 'crashed'): Promise<LastBatch> {
  const log = await storeLog(how);
  const path = logPaths(log.image).at(-1)!;
  const content = log.image.get(path)!;
  const { baseOffset: startOffset, endOffset } = log.batches.at(-1)!;
  return { log, path, content, position: positionOfLast(content), startOffset, endOffset };
}

describe('after a crash', () => {
  let last: LastBatch;
  beforeAll(async () => {
    last = await lastBatchOf('crashed');
  });

  it('a log whose last batch was cut at any byte goes on where that batch began, and keeps the bytes aside', async () => {
    const { log, path, content, position, startOffset, endOffset } = last;
    const lost = { startOffset, endOffset };
    const broken: string[] = [];
    for (let size = position; size < content.length; size += 1) {
      const damaged = { ...log, image: replaced(log.image, path, content.subarray(0, size)) };
      const reopened = await reopen(damaged);
      const wrong = [...brokenPromises(damaged, reopened, lost)];
      if (reopened.endOffset !== startOffset) wrong.push(`the log ends at ${reopened.endOffset}`);
      wrong.push(...wrongCut(reopened, content.subarray(position, size), startOffset));
      broken.push(...wrong.map((what) => `cut at ${size - position}: ${what}`));
    }
    expect(broken).toEqual([]);
  });

  it('a log with any bit of its last batch flipped never serves it, and keeps its bytes', async () => {
    const { log, path, content, position, startOffset, endOffset } = last;
    const broken: string[] = [];
    for (let at = position; at < content.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const bytes = flipped(content, at, bit);
        const damaged = { ...log, image: replaced(log.image, path, bytes) };
        const reopened = await reopen(damaged);
        const wrong = brokenPromises(damaged, reopened, { startOffset, endOffset });
        const isServed = reopened.read.records.some(({ offset }) => offset >= startOffset);
        if (isServed !== isOwnMark(at - position))
          wrong.push(isServed ? 'it was served' : 'it was not served');
        if (!isServed && !isKept(reopened.image, bytes.subarray(position))) wrong.push('its bytes are gone');
        broken.push(...wrong.map((what) => `bit ${bit} of byte ${at - position}: ${what}`));
      }
    }
    expect(broken).toEqual([]);
  });
});

it('after a crash, damage to an earlier batch is no torn tail: nothing behind it is cut', async () => {
  const { log, path, content, position } = await lastBatchOf('crashed');
  const damaged = { ...log, image: replaced(log.image, path, flipped(content, position - 1, 0)) };
  const reopened = await reopen(damaged);
  const { baseOffset: startOffset, endOffset } = log.batches.at(-2)!;
  expect(reopened.read.log.damaged).toEqual([{ startOffset, endOffset }]);
  expect(brokenPromises(damaged, reopened, { startOffset, endOffset })).toEqual([]);
});

describe('after a clean shutdown', () => {
  let last: LastBatch;
  beforeAll(async () => {
    last = await lastBatchOf('clean');
  });

  it('a last batch that is cut at any byte is damage: its offsets are never given to other records', async () => {
    const { log, path, content, position, startOffset, endOffset } = last;
    const broken: string[] = [];
    for (let size = position; size < content.length; size += 1) {
      const damaged = { ...log, image: replaced(log.image, path, content.subarray(0, size)) };
      const reopened = await reopen(damaged);
      const wrong = brokenPromises(damaged, reopened, { startOffset, endOffset });
      if (reopened.endOffset !== endOffset)
        wrong.push(`the log ends at ${reopened.endOffset}, not at ${endOffset}`);
      if (!isKept(reopened.image, content.subarray(position, size))) wrong.push('the rest of it is gone');
      broken.push(...wrong.map((what) => `cut at ${size - position}: ${what}`));
    }
    expect(broken).toEqual([]);
  });

  it('a last batch with any bit flipped is damage, and only that batch is', async () => {
    const { log, path, content, position, startOffset, endOffset } = last;
    const broken: string[] = [];
    for (let at = position; at < content.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const damaged = { ...log, image: replaced(log.image, path, flipped(content, at, bit)) };
        const reopened = await reopen(damaged);
        const wrong = brokenPromises(damaged, reopened, { startOffset, endOffset });
        if (reopened.endOffset !== endOffset)
          wrong.push(`the log ends at ${reopened.endOffset}, not at ${endOffset}`);
        const isDamaged = reopened.read.log.damaged.length > 0;
        if (isDamaged === isOwnMark(at - position))
          wrong.push(isDamaged ? 'it is called damaged' : 'it is not');
        broken.push(...wrong.map((what) => `bit ${bit} of byte ${at - position}: ${what}`));
      }
    }
    expect(broken).toEqual([]);
  });
});

function logPaths(image: DiskImage): string[] {
  return [...image.keys()].filter((path) => path.startsWith(FOLDER) && path.endsWith('.log')).sort();
}

/** The last batch begins where the lengths of those before it lead. */
function positionOfLast(content: Buffer): number {
  let position = 0;
  for (;;) {
    const next = position + 12 + content.readInt32BE(position + 8);
    if (next >= content.length) return position;
    position = next;
  }
}

/** What is wrong with how a torn tail was cut: told once, with its size, and the bytes beside. */
function wrongCut(
  reopened: { events: StoreEvent[]; image: DiskImage },
  tail: Buffer,
  offset: number,
): string[] {
  const cuts = reopened.events.filter((event) => event.event === 'tail-cut');
  if (tail.length === 0) return cuts.length === 0 ? [] : ['a cut was told of, and nothing was torn'];
  const [cut] = cuts;
  if (cuts.length !== 1 || !cut) return [`${cuts.length} cuts were told of`];
  const kept = cut.keptIn === undefined ? undefined : reopened.image.get(cut.keptIn);
  return [
    ...(cut.bytes === tail.length && cut.offset === offset
      ? []
      : [`told of ${cut.bytes} bytes at ${cut.offset}`]),
    ...(kept?.equals(tail) ? [] : ['the bytes that were cut are not kept']),
  ];
}

function isKept(image: DiskImage, bytes: Buffer): boolean {
  return [...image.values()].some((content) => content?.includes(bytes));
}

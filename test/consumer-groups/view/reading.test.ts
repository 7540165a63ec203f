import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { GroupChange } from '../../../consumer-groups/group-store.js';
import { encodeFact, type JournalFact } from '../../../consumer-groups/journal/journal-record.js';
import { mismatch } from '../../../consumer-groups/view/group-recovery.js';
import { sealEntry, ViewDigest } from '../../../consumer-groups/view/view-entry.js';
import { encodeHead, HEAD_KEY, type ViewHead } from '../../../consumer-groups/view/view-head.js';
import { readView, ViewJudge, type ViewVerdict } from '../../../consumer-groups/view/view-reading.js';
import { nodeFileSystem, systemClock } from '../../../segment-store/index.js';
import { temporaryFolder } from '../../segment-store/temporary-folder.js';

const folder = temporaryFolder();

test('a reader that says nothing is ended', async () => {
  const file = join(folder.path, 'data.mdb');
  // Who opens it waits for somebody who writes it.
  execFileSync('mkfifo', [file]);
  const verdict = await readView(file, { fs: nodeFileSystem, clock: systemClock, timeoutMs: 500 }, () => {});
  expect(verdict).toEqual({ damage: 'reading it took longer than 500 ms' });
});

test('what is no environment at all is damage, in the words of whoever read it', async () => {
  const verdict = await readView(
    join(folder.path, 'data.mdb'),
    { fs: nodeFileSystem, clock: systemClock, timeoutMs: 30_000 },
    () => {},
  );
  expect(verdict).toEqual({ damage: expect.stringMatching(/^reading it ended with exit code 1: /) });
});

const commit = (partition: number, offset: number): GroupChange => ({
  kind: 'offset',
  group: 'g',
  topic: 't',
  partition,
  committed: { offset, leaderEpoch: 0, metadata: '', committedMs: 1 },
});

const HEAD: ViewHead = {
  journalId: 'j',
  replayFrom: 5,
  reflectsTo: 7,
  entries: 2,
  low: 0,
  high: 0,
  writtenMs: 9,
};

interface Entry {
  key: Buffer;
  value: Buffer;
}

function entryOf(fact: JournalFact): Entry {
  const { key, value } = encodeFact(fact);
  return { key, value: sealEntry(key, value!) };
}

function headOf(facts: readonly JournalFact[], change: Partial<ViewHead> = {}): Entry {
  const digest = new ViewDigest();
  for (const fact of facts) {
    const { key, value } = encodeFact(fact);
    digest.add(key, value!);
  }
  const { entries, low, high } = digest;
  return {
    key: HEAD_KEY,
    value: sealEntry(HEAD_KEY, encodeHead({ ...HEAD, entries, low, high, ...change })),
  };
}

function judge(entries: readonly Entry[], pieceBytes = 1000): ViewVerdict {
  const judged = new ViewJudge(() => {});
  const bytes = Buffer.concat([...entries, { key: Buffer.alloc(0), value: Buffer.alloc(0) }].map(frameOf));
  for (let at = 0; at < bytes.length; at += pieceBytes) judged.read(bytes.subarray(at, at + pieceBytes));
  return judged.verdict();
}

function frameOf({ key, value }: Entry): Buffer {
  const lengths = Buffer.alloc(6);
  lengths.writeUInt16BE(key.length, 0);
  lengths.writeUInt32BE(value.length, 2);
  return Buffer.concat([lengths, key, value]);
}

describe('of what a reader hands over', () => {
  const facts = [commit(1, 10), commit(2, 20)];
  const entries = facts.map(entryOf);
  const head = headOf(facts);

  test.each([1, 7, 1000])('all is taken, in pieces of %i bytes', (pieceBytes) => {
    expect(judge([...entries, head], pieceBytes)).toMatchObject({
      head: { journalId: 'j', replayFrom: 5, entries: 2 },
    });
  });

  test('an end that is missing is noticed', () => {
    const judged = new ViewJudge(() => {});
    judged.read(Buffer.concat([...entries, head].map(frameOf)));
    expect(judged.verdict()).toEqual({ damage: 'it ends early' });
  });

  test('a head that is missing is noticed', () => {
    expect(judge(entries)).toEqual({ damage: 'it has no head' });
  });

  test('an entry that is missing, or more than there was, is noticed', () => {
    expect(judge([entries[0]!, head])).toEqual({
      damage: expect.stringContaining('1 entries are not the 2'),
    });
    expect(judge([...entries, entryOf(commit(3, 1)), head])).toEqual({
      damage: expect.stringContaining('3 entries'),
    });
  });

  test('an entry as it was before, sound by itself, is noticed', () => {
    expect(judge([entries[0]!, entryOf(commit(2, 19)), head])).toHaveProperty('damage');
  });

  test('two entries that changed their values are noticed', () => {
    expect(judge([entryOf(commit(1, 20)), entryOf(commit(2, 10)), head])).toHaveProperty('damage');
  });

  test.each([
    [
      'a checksum that does not match',
      () => [{ ...entries[0]!, value: Buffer.from(entries[0]!.value).fill(1, 8, 9) }],
    ],
    ['a value of another key', () => [{ key: entries[1]!.key, value: entries[0]!.value }]],
    ['a value too short for a checksum', () => [{ ...entries[0]!, value: Buffer.alloc(3) }]],
    ['keys out of order', () => [entries[1]!, entries[0]!]],
    ['a key twice', () => [entries[0]!, entries[0]!]],
    ['entries behind the head', () => [head, head]],
    ['a record that no view has', () => [entryOf({ kind: 'journal', id: 'j' })]],
  ])('%s is refused', (_what, made) => {
    expect(() => judge(made())).toThrow();
  });

  test('a head of another version is refused', () => {
    const body = encodeHead(HEAD);
    body.writeInt16BE(2, 0);
    expect(() => judge([{ key: HEAD_KEY, value: sealEntry(HEAD_KEY, body) }])).toThrow(
      'version 2; this release uses 1',
    );
  });
});

test('a digest follows what comes and goes, in any order', () => {
  const digest = new ViewDigest();
  const records = [1, 2, 3].map((partition) => encodeFact(commit(partition, partition)));
  for (const { key, value } of records) digest.add(key, value!);
  for (const { key, value } of [records[2]!, records[0]!]) digest.remove(key, value!);
  const rest = new ViewDigest();
  rest.add(records[1]!.key, records[1]!.value!);
  expect(digest).toEqual(rest);
});

describe('a whole view is not used if it', () => {
  const journal = { id: 'j', logStartOffset: 3, highWatermark: 8 };

  test.each([
    ['belongs to another journal', { journalId: 'k' }, 'it belongs to another journal'],
    ['is ahead of the journal', { reflectsTo: 9 }, 'it reflects the journal up to 9, which ends at 8'],
    ['ends before the journal begins', { replayFrom: 2 }, 'it ends at 2, before the journal begins at 3'],
  ])('%s', (_why, change, problem) => {
    expect(mismatch({ ...HEAD, ...change }, journal)).toBe(problem);
  });

  test('else it is, at both ends too', () => {
    expect(mismatch({ ...HEAD, replayFrom: 3, reflectsTo: 8 }, journal)).toBeUndefined();
  });

  test('a journal that cannot tell which it is, because it is damaged, is believed to be its own', () => {
    expect(mismatch({ ...HEAD, journalId: 'k' }, { ...journal, id: undefined })).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFact, encodeFact, type JournalFact } from '../../../consumer-groups/journal/journal-record.js';
import { MalformedRecordError } from '../../../consumer-groups/journal/record-bytes.js';

const commit: JournalFact & { kind: 'offset' } = {
  kind: 'offset',
  group: 'billing',
  topic: 'orders',
  partition: 3,
  committed: { offset: 0x1234567890, leaderEpoch: 7, metadata: 'é', committedMs: 1_700_000_000_000 },
};

test('a commit is what Kafka writes for it', () => {
  const { key, value } = encodeFact(commit);
  // Version 1, "billing", "orders", partition 3.
  expect(key.toString('hex')).toBe(`0001${'0007'}62696c6c696e67${'0006'}6f7264657273${'00000003'}`);
  // Version 3, offset, leader epoch, metadata, commit time.
  expect(value!.toString('hex')).toBe(
    `0003${'0000001234567890'}${'00000007'}${'0002'}c3a9${'0000018bcfe56800'}`,
  );
});

test.each<[string, JournalFact]>([
  ['a commit', commit],
  ['a commit without a leader epoch', { ...commit, committed: { ...commit.committed!, leaderEpoch: -1 } }],
  ['the deletion of a commit', { ...commit, committed: undefined }],
  ['a group', { kind: 'group', group: 'g', state: { generation: 2 ** 40, emptySinceMs: undefined } }],
  ['a group that is empty', { kind: 'group', group: 'g', state: { generation: 0, emptySinceMs: 5 } }],
  ['the deletion of a group', { kind: 'group', group: 'g', state: undefined }],
  ['the deletion of a snapshot', { kind: 'snapshot', group: 'g', name: 's', snapshot: undefined }],
  ['the name of the journal', { kind: 'journal', id: 'some-id' }],
])('%s comes back as it went in', (_what, fact) => {
  const { key, value } = encodeFact(fact);
  expect(decodeFact(key, value)).toEqual(fact);
});

test('a snapshot comes back as it went in, in its order', () => {
  const name = fc.stringMatching(/^[a-z]{1,4}$/);
  const offset = fc.record({ topic: name, partition: fc.nat(2 ** 31 - 1), offset: fc.maxSafeNat() });
  const snapshots = fc.record({
    createdMs: fc.maxSafeNat(),
    pinsRetention: fc.boolean(),
    offsets: fc.array(offset),
  });
  fc.assert(
    fc.property(name, name, snapshots, (group, snapshotName, made) => {
      const snapshot = { group, name: snapshotName, ...made };
      const fact: JournalFact = { kind: 'snapshot', group, name: snapshotName, snapshot };
      const { key, value } = encodeFact(fact);
      expect(decodeFact(key, value)).toEqual(fact);
    }),
  );
});

describe('what does not fit is refused, by name', () => {
  const withCommitted = (change: object): JournalFact => ({
    ...commit,
    committed: { ...commit.committed!, ...change },
  });
  test.each<[string, JournalFact, string]>([
    ['a negative offset', withCommitted({ offset: -1 }), 'offset'],
    ['half an offset', withCommitted({ offset: 0.5 }), 'offset'],
    ['an offset beyond the safe integers', withCommitted({ offset: 2 ** 53 }), 'offset'],
    ['long metadata', withCommitted({ metadata: 'é'.repeat(2 ** 14) }), 'metadata'],
    ['metadata with half a character', withCommitted({ metadata: 'a\ud800' }), 'metadata'],
    ['a leader epoch below none', withCommitted({ leaderEpoch: -2 }), 'leader epoch'],
    ['a negative partition', { ...commit, partition: -1 }, 'partition'],
    ['names too long for the view', { ...commit, topic: 't'.repeat(1100) }, 'group'],
  ])('%s', (_what, fact, field) => {
    expect(() => encodeFact(fact)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', details: { field } }),
    );
  });
});

describe('what is read', () => {
  const { key, value } = encodeFact(commit);

  test.each([0, 2, 3, 999, 1003, 32767])('passes over a key of version %i', (version) => {
    const other = Buffer.from(key);
    other.writeInt16BE(version, 0);
    expect(decodeFact(other, value)).toBeUndefined();
  });

  test('is malformed if it ends anywhere but at its end', () => {
    for (let end = 2; end < key.length; end += 1) {
      expect(() => decodeFact(key.subarray(0, end), value), `key of ${end}`).toThrow(MalformedRecordError);
    }
    for (let end = 0; end < value!.length; end += 1) {
      expect(() => decodeFact(key, value!.subarray(0, end)), `value of ${end}`).toThrow(MalformedRecordError);
    }
    expect(() => decodeFact(key, Buffer.concat([value!, Buffer.alloc(1)]))).toThrow(MalformedRecordError);
    expect(() => decodeFact(Buffer.alloc(1), value)).toThrow(MalformedRecordError);
  });

  test('is malformed if a value has a version of a newer release', () => {
    const newer = Buffer.from(value!);
    newer.writeInt16BE(4, 0);
    expect(() => decodeFact(key, newer)).toThrow('its value has version 4; this release reads 3');
  });

  test('never throws anything but that, whatever the bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
    const versions = fc.constantFrom(1, 1000, 1001, 1002);
    fc.assert(
      fc.property(versions, bytes, bytes, (version, rest, made) => {
        const prefixed = Buffer.concat([Buffer.from([version >> 8, version & 0xff]), rest]);
        try {
          decodeFact(prefixed, made);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedRecordError);
        }
      }),
    );
  });
});

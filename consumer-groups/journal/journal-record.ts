/**
 * The records of the journal. A record says what holds for its key from now on; a null value, that nothing does. All integers are big-endian, strings have an
 * int16 length before their UTF-8. Each begins with an int16 version, which in a key also says what the record is about:
 *
 *     key version  key                                       value
 *     1            group string, topic string,               version 3, offset int64, leaderEpoch int32, metadata string,
 *                  partition int32                           committedMs int64
 *     1000         (nothing more)                            version 0, id string: which journal this is. Its first record
 *     1001         group string                              version 0, generation int64, emptySinceMs int64 (−1: none)
 *     1002         group string, snapshot string             version 0, createdMs int64, pinsRetention int8 (0 or 1), runs int32, then for
 *                                                            each run: topic string, count int32, then count times
 *                                                            partition int32, offset int64
 *
 * Version 1 is Kafka's `OffsetCommitKey` 1 with `OffsetCommitValue` 3, so that Kafka's tools read it. Kafka's own further keys (0: an older commit, 2: a classic
 * group, 3 to 16: newer groups) are not written and not read. Ours are far above them.
 *
 * What a newer release may add:
 * - a key version that is not known here is a fact that this release has no use for: it is passed over, and compaction keeps it. The view does not hold it, which
 *   is why a view of another version is never used;
 * - a value version that is not known here is one of *our* facts in a form that we cannot read. It counts as malformed: it is reported, and its key keeps what
 *   it had before. Older is the safe side: records are read again, none is skipped. A release that must not be gone back from raises the version in `format.json`.
 */
import { StoreError } from '../../segment-store/index.js';
import type { GroupChange, StoredSnapshot } from '../group-store.js';
import { MalformedRecordError, RecordReader, RecordWriter } from './record-bytes.js';

/** As they stand in the journal, and in the view. */
export interface JournalRecord {
  key: Buffer;
  /** Undefined: null. */
  value: Buffer | undefined;
}

/** What a record says. `journal`: which journal it is in. */
export type JournalFact = GroupChange | { kind: 'journal'; id: string };

/** The view's keys can be no longer. */
const MAX_KEY_BYTES = 1024;

const KEY_VERSION = { offset: 1, journal: 1000, group: 1001, snapshot: 1002 } as const;
const OFFSET_VALUE_VERSION = 3;
const OWN_VALUE_VERSION = 0;
const NONE = -1;

/** INVALID_ARGUMENT, naming the field, if something does not fit. */
export function encodeFact(fact: JournalFact): JournalRecord {
  const key = encodeKey(fact);
  if (key.length <= MAX_KEY_BYTES) return { key, value: encodeValue(fact) };
  const message = `The names together have ${key.length} bytes; at most ${MAX_KEY_BYTES} are allowed`;
  throw new StoreError('INVALID_ARGUMENT', message, { field: 'group' });
}

function encodeKey(fact: JournalFact): Buffer {
  const key = new RecordWriter().int16(KEY_VERSION[fact.kind]);
  if (fact.kind === 'journal') return key.finish();
  key.string(fact.group, 'group');
  if (fact.kind === 'offset') key.string(fact.topic, 'topic').int32(fact.partition, 'partition');
  if (fact.kind === 'snapshot') key.string(fact.name, 'snapshot');
  return key.finish();
}

function encodeValue(fact: JournalFact): Buffer | undefined {
  if (fact.kind === 'journal') {
    return new RecordWriter().int16(OWN_VALUE_VERSION).string(fact.id, 'id').finish();
  }
  if (fact.kind === 'offset') {
    const { committed } = fact;
    return (
      committed &&
      new RecordWriter()
        .int16(OFFSET_VALUE_VERSION)
        .int64(committed.offset, 'offset')
        .int32(committed.leaderEpoch, 'leader epoch', NONE)
        .string(committed.metadata, 'metadata')
        .int64(committed.committedMs, 'commit time')
        .finish()
    );
  }
  if (fact.kind === 'group') {
    const { state } = fact;
    return (
      state &&
      new RecordWriter()
        .int16(OWN_VALUE_VERSION)
        .int64(state.generation, 'generation')
        .int64(state.emptySinceMs ?? NONE, 'empty since', NONE)
        .finish()
    );
  }
  return fact.snapshot && encodeSnapshot(fact.snapshot);
}

function encodeSnapshot({ createdMs, pinsRetention, offsets }: StoredSnapshot): Buffer {
  const runs = runsOf(offsets);
  const value = new RecordWriter()
    .int16(OWN_VALUE_VERSION)
    .int64(createdMs, 'creation time')
    .int8(pinsRetention ? 1 : 0)
    .int32(runs.length, 'topics');
  for (const run of runs) {
    value.string(run[0]!.topic, 'topic').int32(run.length, 'partitions');
    for (const { partition, offset } of run) value.int32(partition, 'partition').int64(offset, 'offset');
  }
  return value.finish();
}

/** Neighbours of one topic together, so that its name is written once. */
function runsOf(offsets: StoredSnapshot['offsets']): StoredSnapshot['offsets'][number][][] {
  const runs: StoredSnapshot['offsets'][number][][] = [];
  for (const entry of offsets) {
    const run = runs.at(-1);
    if (run?.[0]?.topic === entry.topic) run.push(entry);
    else runs.push([entry]);
  }
  return runs;
}

/** Undefined: a key of a newer release, or one of Kafka's that we have no use for. {@link MalformedRecordError}. */
export function decodeFact(key: Buffer, value: Buffer | undefined): JournalFact | undefined {
  const names = new RecordReader(key);
  const version = names.int16();
  switch (version) {
    case KEY_VERSION.offset: {
      const group = names.string('group');
      const topic = names.string('topic');
      const partition = names.int32('partition');
      names.end();
      return { kind: 'offset', group, topic, partition, committed: value && decodeCommitted(value) };
    }
    case KEY_VERSION.journal:
      names.end();
      // The one record that is never deleted.
      return { kind: 'journal', id: decodeId(value) };
    case KEY_VERSION.group: {
      const group = names.string('group');
      names.end();
      return { kind: 'group', group, state: value && decodeState(value) };
    }
    case KEY_VERSION.snapshot: {
      const group = names.string('group');
      const name = names.string('snapshot');
      names.end();
      return { kind: 'snapshot', group, name, snapshot: value && decodeSnapshot(group, name, value) };
    }
    default:
      return undefined;
  }
}

function decodeCommitted(value: Buffer) {
  const fields = openValue(value, OFFSET_VALUE_VERSION);
  const committed = {
    offset: fields.int64('offset'),
    leaderEpoch: fields.int32('leader epoch', NONE),
    metadata: fields.string('metadata'),
    committedMs: fields.int64('commit time'),
  };
  fields.end();
  return committed;
}

function decodeId(value: Buffer | undefined): string {
  if (value === undefined) throw new MalformedRecordError('the id of the journal is null');
  const fields = openValue(value, OWN_VALUE_VERSION);
  const id = fields.string('id');
  fields.end();
  return id;
}

function decodeState(value: Buffer) {
  const fields = openValue(value, OWN_VALUE_VERSION);
  const generation = fields.int64('generation');
  const emptySinceMs = fields.int64('empty since', NONE);
  fields.end();
  return { generation, emptySinceMs: emptySinceMs === NONE ? undefined : emptySinceMs };
}

function decodeSnapshot(group: string, name: string, value: Buffer): StoredSnapshot {
  const fields = openValue(value, OWN_VALUE_VERSION);
  const createdMs = fields.int64('creation time');
  const pinsRetention = fields.int8() === 1;
  const runs = fields.int32('topics');
  const offsets: StoredSnapshot['offsets'][number][] = [];
  for (let run = 0; run < runs; run += 1) {
    const topic = fields.string('topic');
    const count = fields.int32('partitions');
    for (let at = 0; at < count; at += 1) {
      offsets.push({ topic, partition: fields.int32('partition'), offset: fields.int64('offset') });
    }
  }
  fields.end();
  return { group, name, createdMs, pinsRetention, offsets };
}

function openValue(value: Buffer, expected: number): RecordReader {
  const fields = new RecordReader(value);
  const version = fields.int16();
  if (version === expected) return fields;
  throw new MalformedRecordError(`its value has version ${version}; this release reads ${expected}`);
}

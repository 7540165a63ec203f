/**
 * What the view says of itself, in an entry behind all others, written in each transaction:
 *
 *     key    ff, then "head"
 *     value  crc32c uint32 as in every entry, then: version int16, journal id string, replayFrom int64, reflectsTo int64, entries int64,
 *            digest int64 (two halves, uint32 each), writtenMs int64
 *
 * Invariant: everything below `replayFrom` is in the view; nothing of `reflectsTo` and beyond is. Of what lies between, some is: a transaction can hold only
 * so much. To fold records twice does no harm, so a start goes on from `replayFrom`.
 *
 * A release that adds kinds of records raises the version: a view that was written by one that passed them over lacks them.
 */
import { MalformedRecordError, RecordReader, RecordWriter } from '../journal/record-bytes.js';

/** Greater than every key of the journal: those begin with a version above 0. */
export const HEAD_KEY: Buffer = Buffer.from('\xffhead', 'latin1');

const VIEW_VERSION = 1;

export interface ViewHead {
  /** Of the journal that it is a view of. */
  journalId: string;
  replayFrom: number;
  reflectsTo: number;
  /** How many entries there are besides this. */
  entries: number;
  /** Of all of them; see `ViewDigest`. */
  low: number;
  high: number;
  /** Milliseconds since 1970 UTC. */
  writtenMs: number;
}

/** The entry's value, to be sealed as any other. */
export function encodeHead(head: ViewHead): Buffer {
  return new RecordWriter()
    .int16(VIEW_VERSION)
    .string(head.journalId, 'journal id')
    .int64(head.replayFrom, 'replay from')
    .int64(head.reflectsTo, 'reflects to')
    .int64(head.entries, 'entries')
    .uint32(head.high)
    .uint32(head.low)
    .int64(head.writtenMs, 'written')
    .finish();
}

/** {@link MalformedRecordError} if it is malformed or of another version. */
export function decodeHead(value: Buffer): ViewHead {
  const fields = new RecordReader(value);
  const version = fields.int16();
  if (version !== VIEW_VERSION) {
    throw new MalformedRecordError(`the view has version ${version}; this release uses ${VIEW_VERSION}`);
  }
  const journalId = fields.string('journal id');
  const replayFrom = fields.int64('replay from');
  const reflectsTo = fields.int64('reflects to', replayFrom);
  const entries = fields.int64('entries');
  const high = fields.uint32();
  const low = fields.uint32();
  const writtenMs = fields.int64('written');
  fields.end();
  return { journalId, replayFrom, reflectsTo, entries, high, low, writtenMs };
}

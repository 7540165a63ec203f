/**
 * One history for each way to break a promise, made by hand. Each starts from the same three acknowledged records and breaks exactly the rule
 * under which it stands: the checker must report that rule and no other.
 */
import type { RuleName } from './check-history.js';
import type { FinalLog, History } from './history.js';
import { HistoryRecorder } from './history-recorder.js';

const P = 'orders-0';

/** Takes down what happened and returns how the log reads in the end. */
type Story = (recorder: HistoryRecorder) => Partial<FinalLog>;

export const BAD_HISTORIES: readonly { rule: RuleName; story: string; history: History }[] = [
  bad('one value per offset', 'an offset is read twice, with a second value', (h) => {
    h.send(P, ['d'], true);
    h.send(P, ['e'], true);
    return { records: [at(0, 'a'), at(1, 'b'), at(2, 'c'), at(3, 'd'), at(3, 'e')], endOffset: 4 };
  }),
  bad('offsets are dense', 'an offset between two records is missing', (h) => {
    acked(h, 'd', 4);
    return { records: [at(0, 'a'), at(1, 'b'), at(2, 'c'), at(4, 'd')], endOffset: 5 };
  }),
  bad('offsets are dense', 'the end offset is beyond the last record', () => ({
    records: [at(0, 'a'), at(1, 'b'), at(2, 'c')],
    endOffset: 4,
  })),
  bad('offsets are dense', 'damage covers only a part of what is missing', (h) => {
    acked(h, 'd', 5);
    return {
      records: [at(0, 'a'), at(1, 'b'), at(2, 'c'), at(5, 'd')],
      endOffset: 6,
      damaged: [{ startOffset: 3, endOffset: 4 }],
    };
  }),
  bad('no acknowledged write is unread', 'the last acknowledged record is gone after a crash', () => ({
    records: [at(0, 'a'), at(1, 'b')],
    endOffset: 2,
  })),
  bad('no acknowledged write is unread', 'an acknowledged record lies in a damaged range', () => ({
    records: [at(0, 'a'), at(2, 'c')],
    endOffset: 3,
    damaged: [{ startOffset: 1, endOffset: 2 }],
  })),
  bad('no acknowledged write is unread', 'compaction took the last record of a key', (h) => {
    acked(h, 'B', 3);
    return { records: [at(0, 'a'), at(1, 'b'), at(2, 'c')], endOffset: 4, keyOf: (value) => value };
  }),
  bad('an acknowledged value is in its place', 'another record took the offset of a lost one', (h) => {
    h.send(P, ['d'], true);
    acked(h, 'e', 3);
    return { records: [at(0, 'a'), at(1, 'b'), at(2, 'c'), at(3, 'd')], endOffset: 4 };
  }),
  bad('an acknowledged value is in its place', 'a byte of it differs', () => ({
    records: [at(0, 'a'), at(1, 'b'), at(2, 'C')],
    endOffset: 3,
  })),
  bad('an acknowledged value is in its place', 'a retry is acknowledged with the wrong offset', (h) => {
    acked(h, 'c', 0);
    return {};
  }),
  bad('nothing is read that nobody sent', 'the log ends with zeros', () => ({
    records: [at(0, 'a'), at(1, 'b'), at(2, 'c'), at(3, '\0\0')],
    endOffset: 4,
  })),
  bad('nothing is read that nobody sent', 'a reader was served garbage, which recovery then cut', (h) => {
    read(h, 'r', [at(2, 'c'), at(3, 'garbage')]);
    return {};
  }),
  bad('what was refused is absent', 'a batch that was answered with an error is stored', (h) => {
    h.sent(h.send(P, ['d'], false), 'fail');
    return { records: [at(0, 'a'), at(1, 'b'), at(2, 'c'), at(3, 'd')], endOffset: 4 };
  }),
  bad('no duplicates', 'a retried batch of an idempotent producer is stored twice', (h) => {
    h.send(P, ['d'], true);
    h.send(P, ['d'], true);
    return { records: [at(0, 'a'), at(1, 'b'), at(2, 'c'), at(3, 'd'), at(4, 'd')], endOffset: 5 };
  }),
  bad('no duplicates', 'a batch that was sent once is stored twice', (h) => {
    h.send(P, ['d'], false);
    return { records: [at(0, 'a'), at(1, 'b'), at(2, 'c'), at(3, 'd'), at(4, 'd')], endOffset: 5 };
  }),
  bad('the prefix is kept', 'the first segment is gone and nobody asked for it', () => ({
    logStartOffset: 1,
    records: [at(1, 'b'), at(2, 'c')],
  })),
  bad('the prefix is kept', 'a truncation took more than it was asked to', (h) => {
    h.truncated(h.truncate(P, 1), 'ok');
    return { logStartOffset: 2, records: [at(2, 'c')] };
  }),
  bad('the prefix is kept', 'a refused truncation was carried out', (h) => {
    h.truncated(h.truncate(P, 1), 'fail');
    return { logStartOffset: 1, records: [at(1, 'b'), at(2, 'c')] };
  }),
  bad('what was seen stays', 'a record that a reader saw before the crash is gone', (h) => {
    h.send(P, ['d'], true);
    read(h, 'r', [at(2, 'c'), at(3, 'd')]);
    return {};
  }),
  bad(
    'what was seen stays',
    'compaction took a record that a reader saw, and kept an older one of its key',
    (h) => {
      h.send(P, ['C'], true);
      read(h, 'r', [at(2, 'c'), at(3, 'C')]);
      return { keyOf: (value) => value.toLowerCase(), endOffset: 4 };
    },
  ),
  bad('what was seen stays', 'two readers saw different records at one offset', (h) => {
    h.send(P, ['d'], true);
    h.send(P, ['e'], true);
    read(h, 'r', [at(3, 'd')]);
    read(h, 's', [at(3, 'e')]);
    h.truncated(h.truncate(P, 4), 'ok');
    return { logStartOffset: 4, records: [], endOffset: 4 };
  }),
  bad('reads are monotone', 'a reader is sent back', (h) => {
    read(h, 'r', [at(0, 'a'), at(1, 'b')]);
    read(h, 'r', [at(1, 'b'), at(2, 'c')]);
    return {};
  }),
  bad('reads are monotone', 'a reader is led past a record', (h) => {
    read(h, 'r', [at(0, 'a')]);
    read(h, 'r', [at(2, 'c')]);
    return {};
  }),
  bad('a later send is behind', 'a record sent after an ack lies before the acknowledged one', (h) => {
    const early = h.send(P, ['d'], true);
    h.sent(early, 'ok', 4);
    acked(h, 'e', 3);
    return { records: [at(0, 'a'), at(1, 'b'), at(2, 'c'), at(3, 'e'), at(4, 'd')], endOffset: 5 };
  }),
  bad('the high watermark holds', 'a read after an ack does not see the record', (h) => {
    const begun = h.moment();
    h.read(P, 'r', begun, [at(0, 'a')], { highWatermark: 1, logStartOffset: 0 });
    return {};
  }),
  bad('the high watermark holds', 'it goes back from one read to the next', (h) => {
    h.send(P, ['d'], true);
    h.read(P, 'r', h.moment(), [], { highWatermark: 4, logStartOffset: 0 });
    h.read(P, 's', h.moment(), [], { highWatermark: 3, logStartOffset: 0 });
    return { records: [at(0, 'a'), at(1, 'b'), at(2, 'c'), at(3, 'd')], endOffset: 4 };
  }),
  bad('the log start offset holds', 'a truncated prefix comes back', (h) => {
    h.truncated(h.truncate(P, 2), 'ok');
    return {};
  }),
  bad('the log start offset holds', 'a read shows an older start than one before', (h) => {
    h.truncate(P, 2);
    h.read(P, 'r', h.moment(), [], { highWatermark: 3, logStartOffset: 2 });
    h.read(P, 's', h.moment(), [], { highWatermark: 3, logStartOffset: 0 });
    return { logStartOffset: 2, records: [at(2, 'c')] };
  }),
];

function bad(
  rule: RuleName,
  story: string,
  tell: Story,
): { rule: RuleName; story: string; history: History } {
  const recorder = new HistoryRecorder();
  acked(recorder, 'a', 0);
  acked(recorder, 'b', 1);
  acked(recorder, 'c', 2);
  const whole = {
    partition: P,
    logStartOffset: 0,
    endOffset: 3,
    records: [at(0, 'a'), at(1, 'b'), at(2, 'c')],
    damaged: [],
    deletableBelow: 0,
  };
  const log = { ...whole, ...tell(recorder) };
  return { rule, story, history: recorder.history([log]) };
}

function acked(recorder: HistoryRecorder, value: string, offset: number): void {
  recorder.sent(recorder.send(P, [value], true), 'ok', offset);
}

function read(
  recorder: HistoryRecorder,
  reader: string,
  records: readonly { offset: number; value: string }[],
): void {
  const highWatermark = Math.max(3, (records.at(-1)?.offset ?? 0) + 1);
  recorder.read(P, reader, recorder.moment(), records, { highWatermark, logStartOffset: 0 });
}

function at(offset: number, value: string): { offset: number; value: string } {
  return { offset, value };
}

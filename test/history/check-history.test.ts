import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BAD_HISTORIES } from './bad-histories.js';
import { checkHistory, RULES } from './check-history.js';
import { HistoryRecorder } from './history-recorder.js';

const P = 'orders-0';

describe('a bad history is caught by the rule that it breaks, and by no other', () => {
  it.each(BAD_HISTORIES)('$rule: $story', ({ rule, history }) => {
    const caught = new Set(checkHistory(history).map((violation) => violation.rule));
    expect([...caught]).toEqual([rule]);
  });

  it('there is one for every rule', () => {
    expect(new Set(BAD_HISTORIES.map(({ rule }) => rule))).toEqual(new Set(Object.keys(RULES)));
  });
});

describe('a good history passes', () => {
  it('with unknown outcomes that did happen, did not, and happened twice without sequence numbers', () => {
    const h = new HistoryRecorder();
    h.sent(h.send(P, ['stored, answer lost'], true), 'unknown');
    h.send(P, ['never arrived'], true);
    h.send(P, ['plain'], false);
    h.sent(h.send(P, ['plain'], false), 'ok', 2);
    const records = [at(0, 'stored, answer lost'), at(1, 'plain'), at(2, 'plain')];
    h.read(P, 'r', h.moment(), records, { highWatermark: 3, logStartOffset: 0 });
    expect(checkHistory(h.history([{ ...log(0, 3), records }]))).toEqual([]);
  });

  it('when a retry is answered with the old offset after later records were acknowledged', () => {
    const h = new HistoryRecorder();
    h.send(P, ['a'], true);
    h.sent(h.send(P, ['b'], true), 'ok', 1);
    h.sent(h.send(P, ['a'], true), 'ok', 0);
    expect(checkHistory(h.history([{ ...log(0, 2), records: [at(0, 'a'), at(1, 'b')] }]))).toEqual([]);
  });

  it('when a refused batch is accepted later', () => {
    const h = new HistoryRecorder();
    h.sent(h.send(P, ['a'], true), 'fail');
    h.sent(h.send(P, ['a'], true), 'ok', 0);
    expect(checkHistory(h.history([{ ...log(0, 1), records: [at(0, 'a')] }]))).toEqual([]);
  });

  it('when a truncation without an answer was carried out', () => {
    const h = new HistoryRecorder();
    h.sent(h.send(P, ['a', 'b'], true), 'ok', 0);
    h.truncate(P, 1);
    expect(checkHistory(h.history([{ ...log(1, 2), records: [at(1, 'b')] }]))).toEqual([]);
  });

  it('when retention deleted what it may', () => {
    const h = new HistoryRecorder();
    h.sent(h.send(P, ['a', 'b'], true), 'ok', 0);
    const final = { ...log(1, 2), records: [at(1, 'b')], deletableBelow: 1 };
    expect(checkHistory(h.history([final]))).toEqual([]);
  });

  it('when compaction keeps the last record of each key', () => {
    const h = new HistoryRecorder();
    h.sent(h.send(P, ['a', 'b', 'A'], true), 'ok', 0);
    h.read(P, 'r', h.moment(), [at(0, 'a'), at(1, 'b')], {});
    h.read(P, 's', h.moment(), [at(1, 'b'), at(2, 'A')], {});
    const final = {
      ...log(0, 3),
      records: [at(1, 'b'), at(2, 'A')],
      keyOf: (value: string) => value.toLowerCase(),
    };
    expect(checkHistory(h.history([final]))).toEqual([]);
  });

  it('when only what nobody was promised is damaged', () => {
    const h = new HistoryRecorder();
    h.send(P, ['torn'], true);
    h.sent(h.send(P, ['b'], true), 'ok', 1);
    const damaged = [{ startOffset: 0, endOffset: 1 }];
    expect(checkHistory(h.history([{ ...log(0, 2), records: [at(1, 'b')], damaged }]))).toEqual([]);
  });

  it('for calls that overlap in any way, if the log is their order of taking effect', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('send', 'store', 'answer', 'read'), { maxLength: 60 }),
        (steps) => {
          expect(checkHistory(playQueue(steps))).toEqual([]);
        },
      ),
    );
  });
});

it('partitions are judged apart, and one that was never read at the end is an error', () => {
  const h = new HistoryRecorder();
  h.sent(h.send('orders-0', ['a'], true), 'ok', 0);
  h.sent(h.send('orders-1', ['b'], true), 'ok', 0);
  const logs = [
    { ...log(0, 1), records: [at(0, 'a')] },
    { ...log(0, 1), partition: 'orders-1', records: [at(0, 'b')] },
  ];
  expect(checkHistory(h.history(logs))).toEqual([]);
  expect(() => checkHistory(h.history(logs.slice(0, 1)))).toThrow('no final log of orders-1');
});

/** A perfect log of one partition: sends queue up, are stored in order, answered later; readers see what is stored. */
function playQueue(steps: readonly string[]): ReturnType<HistoryRecorder['history']> {
  const h = new HistoryRecorder();
  const waiting: ReturnType<HistoryRecorder['send']>[] = [];
  const unanswered: { call: ReturnType<HistoryRecorder['send']>; offset: number }[] = [];
  const records: { offset: number; value: string }[] = [];
  let sent = 0;
  let readTo = 0;
  const actions: Record<string, () => void> = {
    send: () => waiting.push(h.send(P, [`value ${sent++}`], true)),
    store: () => {
      const call = waiting.shift();
      if (!call) return;
      unanswered.push({ call, offset: records.length });
      records.push(at(records.length, call.values[0] ?? ''));
    },
    answer: () => {
      const answer = unanswered.shift();
      if (answer) h.sent(answer.call, 'ok', answer.offset);
    },
    read: () => {
      const bounds = { highWatermark: records.length, logStartOffset: 0 };
      h.read(P, 'r', h.moment(), records.slice(readTo), bounds);
      readTo = records.length;
    },
  };
  for (const step of steps) actions[step]?.();
  return h.history([{ ...log(0, records.length), records }]);
}

function log(logStartOffset: number, endOffset: number) {
  return { partition: P, logStartOffset, endOffset, records: [], damaged: [], deletableBelow: 0 };
}

function at(offset: number, value: string): { offset: number; value: string } {
  return { offset, value };
}

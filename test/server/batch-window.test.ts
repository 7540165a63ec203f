import { expect, test } from 'vitest';
import { BatchBuilder, stampBatch } from '../../proto/record-batch/index.js';
import { cutBatches } from '../../server/log/batch-window.js';

/** Three batches of two records, at offsets 0, 2 and 4. */
const three = Buffer.concat([0, 2, 4].map(batchAt));
const size = three.length / 3;
const all = { endOffset: Infinity, maxRecords: Infinity, maxBytes: Infinity };

function batchAt(baseOffset: number): Buffer {
  const builder = new BatchBuilder();
  for (const value of ['a', 'b']) builder.append({ timestampMs: 1, value });
  const batch = builder.build();
  stampBatch(batch, baseOffset, 0);
  return batch;
}

test('without limits all of it is one piece', () => {
  expect(cutBatches(three, all)).toEqual([{ batches: three, nextOffset: 6, records: 6 }]);
});

test.each([
  [3, 2, 4],
  [4, 2, 4],
  [5, 3, 6],
  [0, 0, undefined],
])('batches that begin at %i or later are left out', (endOffset, batches, nextOffset) => {
  const [piece] = cutBatches(three, { ...all, endOffset });
  expect(piece?.batches.length ?? 0).toBe(batches * size);
  expect(piece?.nextOffset).toBe(nextOffset);
});

test.each([
  [1, 1],
  [2, 1],
  [3, 2],
  [6, 3],
])('the batch that holds record %i is the last', (maxRecords, batches) => {
  expect(cutBatches(three, { ...all, maxRecords })[0]?.batches.length).toBe(batches * size);
});

test('pieces are no larger than a message, but for a single batch', () => {
  expect(cutBatches(three, { ...all, maxBytes: 2 * size }).map(({ nextOffset }) => nextOffset)).toEqual([
    4, 6,
  ]);
  expect(cutBatches(three, { ...all, maxBytes: 1 }).map(({ nextOffset }) => nextOffset)).toEqual([2, 4, 6]);
});

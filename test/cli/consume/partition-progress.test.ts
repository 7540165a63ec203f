import { expect, test } from 'vitest';
import { PartitionProgress } from '../../../cli/consume/partition-progress.js';

const AT = { topic: 't', partition: 0, generation: 1 };

test('what was read is due until it is stored', () => {
  const progress = new PartitionProgress();
  progress.assigned({ ...AT, startOffset: 5, committedOffset: 5 }, 10);
  expect(progress.uncommitted().offsets).toEqual([]);
  progress.reached(AT, 8);
  const due = progress.uncommitted();
  expect(due.offsets).toEqual([{ topic: 't', partition: 0, offset: 8 }]);
  progress.reached(AT, 9);
  due.stored();
  expect(progress.uncommitted().offsets).toEqual([{ topic: 't', partition: 0, offset: 9 }]);
});

test('the start is due where nothing was committed', () => {
  const progress = new PartitionProgress();
  progress.assigned({ ...AT, startOffset: 5, committedOffset: undefined }, 5);
  expect(progress.uncommitted().offsets).toEqual([{ topic: 't', partition: 0, offset: 5 }]);
});

test('a commit from before a reset says nothing of the partition that was given anew', () => {
  const progress = new PartitionProgress();
  progress.assigned({ ...AT, startOffset: 0, committedOffset: 0 }, 10);
  progress.reached(AT, 10);
  const late = progress.uncommitted();
  progress.assigned({ ...AT, generation: 2, startOffset: 3, committedOffset: 3 }, 10);
  late.stored();
  progress.reached(AT, 4);
  expect(progress.uncommitted().offsets).toEqual([{ topic: 't', partition: 0, offset: 4 }]);
});

test('the end is reached when every partition is where its log ended; those that are gone do not count', () => {
  const progress = new PartitionProgress();
  progress.assigned({ ...AT, startOffset: 0, committedOffset: 0 }, 10);
  progress.assigned({ ...AT, partition: 1, startOffset: 7, committedOffset: 7 }, 7);
  progress.reached(AT, 9);
  expect(progress.atEnd).toBe(false);
  progress.reached(AT, 10);
  expect(progress.atEnd).toBe(true);
  progress.assigned({ ...AT, partition: 2, startOffset: 0, committedOffset: 0 }, 1);
  expect(progress.atEnd).toBe(false);
  progress.gone([{ topic: 't', partition: 2 }]);
  expect(progress.atEnd).toBe(true);
  progress.reached({ topic: 't', partition: 2 }, 1);
  expect(progress.size).toBe(2);
});

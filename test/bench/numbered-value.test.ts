import { expect, test } from 'vitest';
import { NumberedValueCheck, NumberedValues } from '../../bench/harness/numbered-value.js';

const VALUE_BYTES = 20;

/** The first `count` values of a producer. */
function values(count: number, producer = 0): Buffer[] {
  const numbered = new NumberedValues(VALUE_BYTES, producer);
  return Array.from({ length: count }, () => Buffer.from(numbered.next()));
}

/** Reads partitions of values back; `acknowledged` and `sent` are by producer. */
function check(partitions: Buffer[][], acknowledged: number[], sent = acknowledged): void {
  const read = new NumberedValueCheck(VALUE_BYTES, sent);
  for (const partition of partitions) {
    read.enterPartition();
    for (const value of partition) read.note(value, 0, value.length);
  }
  read.checkAll(acknowledged);
}

test('a whole log passes, however it is spread over partitions', () => {
  const [a, b, c, d] = values(4) as [Buffer, Buffer, Buffer, Buffer];
  expect(() => check([[a, b, c, d]], [4])).not.toThrow();
  expect(() => check([[b, d], [], [a, c]], [4])).not.toThrow();
  expect(() => check([[a, ...values(100, 1), b]], [2, 100])).not.toThrow();
});

test('what was sent and not acknowledged may be there or not', () => {
  expect(() => check([values(5)], [5], [7])).not.toThrow();
  expect(() => check([values(6)], [5], [7])).not.toThrow();
});

test.each([0, 1, 7, 8, 9, 63, 99])('a missing value is noticed: number %i of 100', (missing) => {
  const log = values(100);
  log.splice(missing, 1);
  expect(() => check([log], [100])).toThrow(`value ${missing} of 100 of producer 0 is not in the log`);
});

test('a value that comes twice is noticed, also in another partition', () => {
  const log = values(3);
  expect(() => check([[...log, log[2]!]], [3])).toThrow('value 2 of producer 0 is in the log twice');
  expect(() => check([log, [log[0]!]], [3])).toThrow('value 0 of producer 0 is in the log twice');
});

test('a value in the wrong place is noticed', () => {
  const [a, b, c] = values(3) as [Buffer, Buffer, Buffer];
  expect(() => check([[a, c, b]], [3])).toThrow('value 1 of producer 0 comes behind its value 2');
});

test('a value that nobody sent is noticed', () => {
  expect(() => check([values(9)], [8])).toThrow('value 8 of producer 0 is in the log, and nobody sent it');
  expect(() => check([values(1, 3)], [1])).toThrow('value 0 of producer 3 is in the log, and nobody sent it');
});

test('a changed value is noticed', () => {
  const cut = values(1).map((value) => value.subarray(0, VALUE_BYTES - 1));
  expect(() => check([cut], [1])).toThrow('not as it was sent');
  for (let at = 8; at < VALUE_BYTES; at++) {
    const [value] = values(1);
    value![at]! ^= 1;
    expect(() => check([[value!]], [1])).toThrow('not as it was sent');
  }
});

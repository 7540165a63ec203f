import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatOffsetList,
  OFFSET_FORMATS,
  OffsetListError,
  parseOffsetList,
} from '../../../cli/group/offset-list.js';

const read = (text: string) => parseOffsetList(text).map(({ line: _, ...offset }) => offset);

describe('a list of offsets', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,249}$/);
  const place = { topic: name, partition: fc.nat(), offset: fc.maxSafeNat() };
  const unique = {
    minLength: 1,
    selector: ({ group, topic, partition }: { group?: string; topic: string; partition: number }) =>
      JSON.stringify([group, topic, partition]),
  };

  test.each(OFFSET_FORMATS)('comes back as it was written, as %s, with and without groups', (format) => {
    const lists = fc.oneof(
      fc.uniqueArray(fc.record(place), unique),
      fc.uniqueArray(fc.record({ group: name, ...place }), unique),
    );
    fc.assert(
      fc.property(lists, (offsets) => {
        const written = formatOffsetList(offsets, format);
        expect(written.split('\n')).toHaveLength(offsets.length + 1);
        expect(read(written)).toEqual(offsets.map((offset) => ({ group: undefined, ...offset })));
      }),
      { numRuns: 50 },
    );
  });

  test('has Kafka’s columns', () => {
    expect(formatOffsetList([{ topic: 'orders', partition: 2, offset: 42 }], 'csv')).toBe('orders,2,42\n');
    expect(formatOffsetList([{ group: 'g', topic: 'orders', partition: 2, offset: 42 }], 'csv')).toBe(
      'g,orders,2,42\n',
    );
  });

  test('is read as Kafka’s tool writes it: long names are quoted, the last line may end or not', () => {
    const offset = { topic: 'a-topic-with-a-very-long-name', partition: 0, offset: 7 };
    expect(read('"a-topic-with-a-very-long-name",0,7\n')).toEqual([{ group: undefined, ...offset }]);
    expect(read('"my-very-long-consumer-group",a,0,7\r\ng,"a",1,8')).toEqual([
      { group: 'my-very-long-consumer-group', topic: 'a', partition: 0, offset: 7 },
      { group: 'g', topic: 'a', partition: 1, offset: 8 },
    ]);
  });

  test('as JSON may be spread over lines, or an array', () => {
    const expected = [
      { group: undefined, topic: 'a', partition: 0, offset: 1 },
      { group: undefined, topic: 'b}{', partition: 1, offset: 2 },
    ];
    const objects = expected.map(({ group: _, ...one }) => one);
    const spread = objects.map((one) => JSON.stringify(one, undefined, 2)).join('\n');
    for (const text of [
      spread,
      JSON.stringify(objects),
      JSON.stringify(objects, undefined, 2),
      `\uFEFF${spread}`,
    ]) {
      expect(read(text), text).toEqual(expected);
    }
  });

  test('empty lines are nothing, and an empty text is an empty list', () => {
    expect(read('\n\na,0,1\n\n')).toHaveLength(1);
    expect(read('')).toEqual([]);
    expect(read('[]')).toEqual([]);
  });

  test.each([
    ['a,0', 1, /expected topic,partition,offset or group,topic,partition,offset, not "a,0"/],
    ['a;0;1', 1, /expected topic,partition,offset/],
    ['g,a,0,1,2', 1, /expected topic,partition,offset/],
    ['a,0,1\n\ng,a,0,1', 3, /it has 4 columns, the lines before it have 3/],
    ['a,0,1\nb,zero,1', 2, /the partition is "zero"; expected a whole number, 0 or more/],
    ['a,0,-1', 1, /the offset is "-1"; expected a whole number/],
    ['a,0,99999999999999999999', 1, /the offset is 100000000000000000000/],
    ['a,0,', 1, /the offset is ""/],
    [',0,1', 1, /the topic is ""; expected a name/],
    ['"a,0,1', 1, /a quote is not closed/],
    ['a,0,1\nb,0,1\na,0,2', 3, /a-0 is there already, in line 1/],
    ['{"topic":"a","partition":0}', 1, /the offset is missing/],
    [
      '{"topic":"a","partition":0,"offset":1}\n{"topic":5,"partition":0,"offset":1}',
      2,
      /the topic is 5; expected a name/,
    ],
    ['{"topic":"a","partition":"0","offset":1}', 1, /the partition is "0"/],
    ['{"topic":"a","partition":0,"offset":1.5}', 1, /the offset is 1.5/],
    ['{"topic":"a",\n"partition":0,}', 1, /it is not JSON/],
    ['\n\n{"topic":"a"', 3, /does not end/],
    ['[{"topic":"a","partition":0,"offset":1}, 5]', 1, /expected an object, not "5"/],
    ['{"topic":"a","partition":0,"offset":1}}', 1, /expected an object, not "}"/],
    [
      '{"topic":"a","partition":0,"offset":1}\n{"topic":"a","partition":0,"offset":1}',
      2,
      /is there already, in line 1/,
    ],
  ])('%j is refused, naming line %d', (text, line, why) => {
    expect(() => parseOffsetList(text)).toThrow(OffsetListError);
    expect(() => parseOffsetList(text)).toThrow(why);
    expect(() => parseOffsetList(text)).toThrow(new RegExp(`^line ${line}: `));
  });
});

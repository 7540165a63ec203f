import { describe, expect, test } from 'vitest';
import { type LineFormat, lineToRecord } from '../../../cli/produce/line-record.js';

const record = (text: string, format: Partial<LineFormat> = {}, terminated = true) =>
  lineToRecord({ format: 'lines', ...format })({ bytes: Buffer.from(text), number: 1, terminated });

describe('from a line to a record', () => {
  test('a line is a value without a key', () => {
    expect(record('hello\r')).toMatchObject({ key: null, value: Buffer.from('hello\r'), headers: [] });
  });

  test('a line that nothing ended says so in a header, behind those that were asked for', () => {
    const header = [{ key: 'a', value: Buffer.from('1') }];
    expect(record('x', { header }, false).headers).toEqual([
      ...header,
      { key: 'respool.unterminated', value: Buffer.alloc(0) },
    ]);
  });

  test('a separator parts key and value at its first place', () => {
    const { key, value } = record('k::v::w', { keySeparator: '::' });
    expect([key, value].map(String)).toEqual(['k', 'v::w']);
    expect(() => record('kv', { keySeparator: '::' })).toThrow('there is no "::" that ends the key');
  });

  test.each([
    ['{"user":{"id":"u1"}}', 'user.id', 'u1'],
    ['{"n":17}', 'n', '17'],
    ['{"list":[{"sku":true}]}', 'list.0.sku', 'true'],
    ['{"a":""}', 'a', ''],
  ])('the key of %s by %s is %j, the value the whole line', (line, keyBy, expected) => {
    const { key, value } = record(line, { keyBy });
    expect(String(key)).toBe(expected);
    expect(String(value)).toBe(line);
  });

  test.each([
    ['{"a":1}', 'b', 'there is no field b'],
    ['{"a":{}}', 'a', 'not a text, number or boolean'],
    ['{"a":null}', 'a', 'the field a is null'],
    ['{"a":1}', 'a.b', 'there is no field a.b'],
    ['{}', 'constructor', 'there is no field constructor'],
    ['{}', '__proto__', 'there is no field __proto__'],
    ['nonsense', 'a', 'it is not JSON'],
  ])('no key of %s by %s: %s', (line, keyBy, why) => expect(() => record(line, { keyBy })).toThrow(why));

  test('with json a line must be JSON, and stays as it is', () => {
    expect(String(record(' {"a": 1} ', { format: 'json' }).value)).toBe(' {"a": 1} ');
    expect(() => record('{a:1}', { format: 'json' })).toThrow('it is not JSON');
    expect(() => record('', { format: 'json' })).toThrow('it is not JSON');
  });

  test('with records a line names key, value, headers and time', () => {
    const line = {
      topic: 't',
      partition: 3,
      offset: 9,
      timestamp: '2026-01-31T12:00:00.000Z',
      keyBase64: '/w==',
      value: 'v',
      headers: [
        { key: 'h', value: 'x' },
        { key: 'n', value: null },
        { key: 'b', valueBase64: 'gA==' },
      ],
    };
    expect(record(JSON.stringify(line), { format: 'records' })).toEqual({
      key: Buffer.from([0xff]),
      value: Buffer.from('v'),
      headers: [
        { key: 'h', value: Buffer.from('x') },
        { key: 'n', value: null },
        { key: 'b', value: Buffer.from([0x80]) },
      ],
      timestampMs: Date.UTC(2026, 0, 31, 12),
    });
  });

  test.each([
    ['[]', /expected object/],
    ['{"valu":"x"}', /Unrecognized key.*valu/],
    ['{"key":"a","keyBase64":"YQ=="}', /key and keyBase64 are both given/],
    ['{"valueBase64":"?"}', /valueBase64: Invalid base64/],
    ['{"timestamp":"yesterday"}', /timestamp: expected milliseconds since 1970 or an ISO time/],
    ['{"headers":[{"value":"x"}]}', /headers\.0\.key/],
  ])('%s is no record: %s', (line, why) => {
    expect(() => record(line, { format: 'records' })).toThrow(why);
  });

  test('contradicting options are refused before anything is read', () => {
    expect(() => lineToRecord({ format: 'lines', keyBy: 'a', keySeparator: ':' })).toThrow(/contradict/);
    expect(() => lineToRecord({ format: 'records', keyBy: 'a' })).toThrow(/names its key itself/);
  });
});

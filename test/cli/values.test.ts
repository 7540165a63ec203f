import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatByteSize, parseByteSize } from '../../cli/byte-size.js';
import { formatDuration, formatSpan, parseDuration } from '../../cli/duration.js';
import { parseIsoDuration } from '../../cli/iso-duration.js';
import { parseInstant, parsePlace } from '../../cli/place-in-log.js';

describe('sizes', () => {
  test.each([
    ['0', 0],
    ['1048588', 1_048_588],
    ['64KiB', 65_536],
    ['64 kib', 65_536],
    ['64k', 65_536],
    ['1.5GiB', 1_610_612_736],
    ['10MB', 10_000_000],
    ['2TiB', 2 * 1024 ** 4],
  ])('%s is %d bytes', (text, bytes) => expect(parseByteSize(text)).toBe(bytes));

  test.each(['', '-1', '1.0000001', '5 apples', 'KiB', '1e3', '9999999999TiB', '0x10', '1 KiB 2'])(
    '%j is no size',
    (text) => expect(parseByteSize(text)).toBeUndefined(),
  );

  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [1024 ** 3, '1 GiB'],
    [123_456_789, '118 MiB'],
  ])('%d bytes are shown as %s', (bytes, text) => expect(formatByteSize(bytes)).toBe(text));
});

describe('durations', () => {
  test.each([
    ['7d', 604_800_000],
    ['2h30m', 9_000_000],
    ['1.5 h', 5_400_000],
    ['250ms', 250],
    ['0s', 0],
    ['1w', 604_800_000],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(['', '7', '7 dogs', '-7d', 'd', '7d and more', '1.5ms', '1_000s'])('%j is no duration', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );

  test('what is shown can be typed in again and means the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('durations of ISO 8601', () => {
  test.each([
    ['PT2H30M', 9_000_000],
    ['P1DT2H', 93_600_000],
    ['PT0.5S', 500],
    ['PT1.1H', 3_960_000],
    ['P2W', 1_209_600_000],
    ['P1D', 86_400_000],
    ['pt15m', 900_000],
    ['PT0S', 0],
  ])('%s is %d ms', (text, ms) => expect(parseIsoDuration(text)).toBe(ms));

  test.each([
    '',
    'P',
    'PT',
    'P1DT',
    'P1H',
    'PT1D',
    '2h30m',
    '-PT2H',
    'PT-2H',
    'PT2H30',
    'P99999999999999999D',
  ])('%j is none', (text) => expect(parseIsoDuration(text)).toBeUndefined());

  test.each(['P1Y', 'P1M', 'P1Y2M3DT4H', 'P2MT3H'])('%j is refused: it has no length by itself', (text) =>
    expect(() => parseIsoDuration(text)).toThrow(/years and months differ in length; use days/),
  );
});

describe('spans of time, to be read at a glance', () => {
  test.each([
    [0, '0ms'],
    [999, '999ms'],
    [1000, '1s'],
    [59_999, '59s'],
    [123_000, '2m 3s'],
    [120_999, '2m'],
    [3_600_000, '1h'],
    [9_000_000, '2h 30m'],
    [100_000_000, '1d 3h'],
  ])('%d ms are shown as %s', (ms, text) => expect(formatSpan(ms)).toBe(text));
});

describe('times', () => {
  test.each([
    ['2026-01-31T12:00:00.000', new Date(2026, 0, 31, 12).getTime()],
    ['2026-01-31T12:00:00.250Z', Date.UTC(2026, 0, 31, 12, 0, 0, 250)],
    ['2026-01-31T14:00:00.000+02:00', Date.UTC(2026, 0, 31, 12)],
    ['2026-01-31T14:00:00.000+0200', Date.UTC(2026, 0, 31, 12)],
    ['2026-01-31T14:00:00.000+02', Date.UTC(2026, 0, 31, 12)],
    ['@1767225600000', 1_767_225_600_000],
  ])('%s', (text, ms) => expect(parseInstant(text)).toBe(ms));

  test.each([
    '',
    'yesterday',
    '2h30m',
    '42',
    'earliest',
    '31.01.2026',
    '2026-01-31T',
    '2026-01-31T12:00:00+',
  ])('%j is none, and what is one is said', (text) =>
    expect(() => parseInstant(text)).toThrow(
      /^expected a time \(2026-01-31T12:00, .*\) or epoch milliseconds/,
    ),
  );

  test.each([
    ['2026-02-30T00:00', /no such day/],
    ['2026-01-31T24:01', /no such time/],
    ['1969-12-31T23:59Z', /before 1970/],
  ])('%j is refused, saying why', (text, why) => expect(() => parseInstant(text)).toThrow(why));
});

describe('places in a log', () => {
  const NOW_MS = Date.UTC(2026, 0, 31, 12);

  test.each([
    ['earliest', { at: 'earliest' }],
    ['latest', { at: 'latest' }],
    ['0', { at: 'offset', offset: 0 }],
    ['1767225600000', { at: 'offset', offset: 1_767_225_600_000 }],
    ['@1767225600000', { at: 'time', timestampMs: 1_767_225_600_000 }],
    ['@0', { at: 'time', timestampMs: 0 }],
    ['2h30m', { at: 'time', timestampMs: NOW_MS - 9_000_000 }],
    ['100y', { at: 'time', timestampMs: 0 }],
    ['2026-01-31T12:00:00Z', { at: 'time', timestampMs: NOW_MS }],
    ['2026-01-31T14:00:00.5+02:00', { at: 'time', timestampMs: NOW_MS + 500 }],
    ['2026-01-31 12:00', { at: 'time', timestampMs: new Date(2026, 0, 31, 12).getTime() }],
    ['2026-01-31', { at: 'time', timestampMs: new Date(2026, 0, 31).getTime() }],
  ])('%s', (text, place) => expect(parsePlace(text, NOW_MS)).toEqual(place));

  test.each([
    ['', /expected earliest, latest, an offset/],
    ['-5', /expected earliest/],
    ['yesterday', /expected earliest/],
    ['2026-02-31', /no such day/],
    ['2026-01-31T25:00', /no such time/],
    ['1969-12-31T00:00Z', /before 1970/],
    ['@1767225600', /milliseconds; if 1767225600 are seconds, write @1767225600000/],
    ['99999999999999999999', /larger than/],
  ])('%j is refused, saying why', (text, why) => expect(() => parsePlace(text, NOW_MS)).toThrow(why));
});
